"""Services that run in this process, for conversations in text: `package.module:factory` enters, what a
flow asks and what comes back leaves. A factory takes `today`; what it makes has
handle(method, path, query, body), which returns something with `status` and `json`, and perhaps close().
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from ivr.events import RequestEnded
from ivr.flow.actions import Request

Ask = Callable[[Request], RequestEnded]
"""answers a request of the flow"""
Factory = Callable[..., Any]
EVERY = "*"
"""in place of a name: the service that answers for all others"""

_PROFILE_MS = 1000


class BackendError(Exception):
    """A place that names no service; the message says how to mend it."""


def factory(place: str) -> Factory:
    """Raises BackendError."""
    module, _, name = place.partition(":")
    try:
        found = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise BackendError(f"cannot import '{place}': {error}; write it as package.module:factory") from error
    if not callable(found):
        raise BackendError(f"'{place}' makes nothing: it is no function and no class")
    return found  # type: ignore[no-any-return]


def nobody(request: Request) -> RequestEnded:
    """Where there is no other system."""
    return RequestEnded(request.number, 0, reason="no service here")


@contextmanager
def opened(factories: Mapping[str, Factory], today: date, otherwise: Ask = nobody) -> Iterator[Ask]:
    """Services by name, each made anew and closed at the end; `otherwise` answers for all others."""
    applications = {name: make(today=today) for name, make in factories.items()}
    try:
        yield in_process(applications, otherwise)
    finally:
        for application in applications.values():
            if close := getattr(application, "close", None):
                close()


def in_process(applications: Mapping[str, Any], otherwise: Ask = nobody) -> Ask:
    """Services by name; they get JSON, as over HTTP."""

    def ask(request: Request) -> RequestEnded:
        application = applications.get(request.service, applications.get(EVERY))
        if application is None or not request.method:
            return otherwise(request)
        url = urlsplit(request.path)
        body = json.loads(json.dumps(request.body)) if request.body is not None else None
        answer = application.handle(request.method, url.path, dict(parse_qsl(url.query)), body)
        return RequestEnded(request.number, answer.status, answer.json)

    return ask


def profile(ask: Ask, service: str, caller: str) -> Mapping[str, Any] | None:
    """What the service knows of the calling number."""
    path = f"/customers/by-number/{quote(caller, safe='')}"
    answer = ask(Request(0, service, "GET", path, path, None, _PROFILE_MS, 0))
    return answer.data if answer.status == 200 and isinstance(answer.data, dict) else None
