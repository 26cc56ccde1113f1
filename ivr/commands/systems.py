"""Other systems for commands that hold calls in text: the settings enter; who answers a flow leaves."""

from __future__ import annotations

import sys
from pathlib import Path

from ivr import config
from ivr.events import CallFacts, ProfileFound, RequestEnded
from ivr.flow.actions import Request
from ivr.rooms import Services
from ivr.talk.backends import Ask, nobody


def import_from_here() -> None:
    """Packages of the current folder can be named as package.module:factory."""
    if (here := str(Path.cwd())) not in sys.path:
        sys.path.insert(0, here)


def asked(services: Services) -> Ask:
    """`services` answer before they return."""

    def ask(request: Request) -> RequestEnded:
        came: list[RequestEnded] = []
        services.request(
            request.number, request.service, request.method, request.path, request.body, request.timeout_ms,
            request.retries, came.append,  # type: ignore[arg-type]
        )  # fmt: skip
        return came[0]

    return ask


def profile(services: Services, facts: CallFacts) -> ProfileFound | None:
    """None: there is nobody to ask, or no number to ask for."""
    if not services.profile_ms or not facts.caller:
        return None
    came: list[ProfileFound] = []
    services.profile(facts, came.append)  # type: ignore[arg-type]
    return came[0]


def functions_only(settings: config.Flows) -> Ask:
    """Python functions of the settings answer, and no system on the network. Raises FunctionError."""
    from ivr.services.services import Services as Asked

    ask = asked(Asked(settings, run=lambda work: work()))
    return lambda request: nobody(request) if request.method else ask(request)
