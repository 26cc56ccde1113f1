"""What a call asks other systems for, in threads of its own: requests of the flow and the profile of the
calling number enter; their answers are posted to the call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal
from urllib.parse import quote

from ivr import config
from ivr.events import BackendEvent, CallFacts, ProfileFound, RequestEnded
from ivr.services import functions
from ivr.services.client import Answer, HttpServices

Post = Callable[[BackendEvent], None]
_THREADS = 16
"""requests under way at a time: those of four calls, and some that hang"""


class Services:
    """Shared by all calls of a process. `run` runs the work; by default in a pool of threads."""

    def __init__(
        self, settings: config.Flows, run: Callable[[Callable[[], None]], object] | None = None
    ) -> None:
        """Raises FunctionError."""
        self._http = HttpServices(settings.services)
        self._functions = functions.load(settings.functions)
        self._profile = settings.profile
        self._pool = None if run else ThreadPoolExecutor(_THREADS, thread_name_prefix="services")
        self._run = run or self._pool.submit  # type: ignore[union-attr]

    @property
    def profile_ms(self) -> int:
        """How long a call waits for its caller's profile; 0: there is none to wait for."""
        return self._profile.timeout_ms if self._profile else 0

    def request(
        self, number: int, service: str, method: Literal["GET", "POST", ""], path: str,
        body: Mapping[str, Any] | None, timeout_ms: int, retries: int, post: Post,
    ) -> None:  # fmt: skip
        """RequestEnded is posted, whatever happens."""

        def work() -> None:
            answer = self._ask(service, method, path, body, timeout_ms, retries)
            post(RequestEnded(number, answer.status, answer.data, answer.reason, answer.took_ms))

        self._run(work)

    def profile(self, facts: CallFacts, post: Post) -> None:
        """ProfileFound is posted, whatever happens."""
        wanted = self._profile
        assert wanted
        path = wanted.path.replace("{number}", quote(facts.caller, safe=""))

        def work() -> None:
            answer = self._http.ask(wanted.service, "GET", path, None, wanted.timeout_ms, 0)
            known = answer.data if answer.status == 200 and isinstance(answer.data, dict) else None
            reason = answer.reason or ("" if known else f"status {answer.status}")
            post(ProfileFound(known, reason, answer.took_ms))

        self._run(work)

    def close(self) -> None:
        if self._pool:
            self._pool.shutdown(wait=False, cancel_futures=True)

    def _ask(
        self, service: str, method: Literal["GET", "POST", ""], path: str, body: Mapping[str, Any] | None,
        timeout_ms: int, retries: int,
    ) -> Answer:  # fmt: skip
        if method:
            return self._http.ask(service, method, path, body, timeout_ms, retries)
        function = self._functions.get(service)
        if function is None:
            return Answer(0, reason=f"no function '{service}' in the settings")
        return functions.run(function, body or {})
