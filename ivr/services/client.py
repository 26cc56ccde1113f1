"""HTTP services of the settings: a request by service name enters, status and JSON leave. Nothing is
raised: what went wrong is the reason in the answer, and the call goes on by its flow's own path."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import urllib3
from urllib3.util import Retry, Timeout

from ivr.config import Service

LARGEST_ANSWER_BYTES = 256 * 1024
_CONNECTIONS = 16


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    """HTTP status; 0: none"""
    data: Any = None
    reason: str = ""
    took_ms: int = 0


class HttpServices:
    """Thread-safe; connections are kept open and shared."""

    def __init__(self, services: Mapping[str, Service]) -> None:
        self._services = dict(services)
        self._pool = urllib3.PoolManager(maxsize=_CONNECTIONS, retries=False)

    def ask(
        self, service: str, method: Literal["GET", "POST"], path: str, body: Mapping[str, Any] | None,
        timeout_ms: int, retries: int,
    ) -> Answer:  # fmt: skip
        """`retries` more tries where no answer came, or one of 502 to 504. A POST carries one
        Idempotency-Key for all its tries, so that nothing is ordered twice."""
        began_s = time.monotonic()
        known = self._services.get(service)
        if known is None:
            return Answer(0, reason=f"no service '{service}' in the settings")
        headers = {"Accept": "application/json"}
        if known.token:
            headers["Authorization"] = f"Bearer {known.token}"
        if method == "POST":
            headers |= {"Content-Type": "application/json", "Idempotency-Key": uuid.uuid4().hex}
        try:
            response = self._pool.request(
                method,
                known.url.rstrip("/") + path,
                body=json.dumps(body or {}).encode() if method == "POST" else None,
                headers=headers,
                timeout=Timeout(total=timeout_ms / 1000),
                retries=_retry(retries),
                redirect=False,
                preload_content=False,
            )
            try:
                raw = response.read(LARGEST_ANSWER_BYTES + 1)
                response.drain_conn()
            finally:
                response.release_conn()
        except urllib3.exceptions.HTTPError as error:
            return Answer(0, reason=_reason(error), took_ms=_since_ms(began_s))
        if len(raw) > LARGEST_ANSWER_BYTES:
            return Answer(0, reason="the answer is too large", took_ms=_since_ms(began_s))
        try:
            data = json.loads(raw) if raw.strip() else None
        except ValueError:
            return Answer(0, reason="the answer is not JSON", took_ms=_since_ms(began_s))
        return Answer(response.status, data, took_ms=_since_ms(began_s))


def _retry(retries: int) -> Retry:
    return Retry(
        total=retries, redirect=0, status_forcelist=(502, 503, 504), allowed_methods=None,
        backoff_factor=0.1, raise_on_status=False,
    )  # fmt: skip


def _reason(error: urllib3.exceptions.HTTPError) -> str:
    """In few words, without addresses: the text of an error may hold the path with its values."""
    cause = getattr(error, "reason", None) or error
    if isinstance(cause, urllib3.exceptions.NewConnectionError):  # a timeout too, by its class
        return "cannot connect"
    if isinstance(cause, urllib3.exceptions.TimeoutError):
        return "no answer in time"
    return type(cause).__name__


def _since_ms(began_s: float) -> int:
    return round((time.monotonic() - began_s) * 1000)
