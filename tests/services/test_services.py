"""Requests over real HTTP on the loopback, to a service that behaves badly in every way."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from ivr.config import Flows, Profile, Service
from ivr.events import BackendEvent, CallFacts, ProfileFound, RequestEnded
from ivr.services import functions
from ivr.services.client import LARGEST_ANSWER_BYTES, HttpServices
from ivr.services.services import Services
from tests.free_ports import free_port

FACTS = CallFacts("c", "s", "n", "a", "+1 5/5", "8000")


class Handler(BaseHTTPRequestHandler):
    seen: list[tuple[str, str, dict[str, str], bytes]]
    failing: int

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.seen.append((self.command, self.path, dict(self.headers), body))
        if self.path == "/never":
            self.server.released.wait(20)  # type: ignore[attr-defined]
            return
        status, text = 200, json.dumps({"you": self.path})
        if self.path == "/busy":
            type(self).failing -= 1
            status = 503 if type(self).failing >= 0 else 200
        elif self.path == "/large":
            text = json.dumps("x" * (LARGEST_ANSWER_BYTES + 1))
        elif self.path == "/html":
            text = "<html>"
        elif self.path == "/empty":
            status, text = 204, ""
        elif self.path == "/elsewhere":
            status = 302
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        if status == 302:
            self.send_header("Location", "/secret")
        self.end_headers()
        self.wfile.write(text.encode())

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def log_message(self, *args: Any) -> None: ...


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    handler = type("OneTest", (Handler,), {"seen": [], "failing": 1})
    http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    http.handler = handler  # type: ignore[attr-defined]
    http.released = threading.Event()  # type: ignore[attr-defined]
    thread = threading.Thread(target=http.serve_forever, daemon=True)
    thread.start()
    yield http
    http.released.set()  # type: ignore[attr-defined]
    http.shutdown()
    http.server_close()
    thread.join()


@pytest.fixture
def http(server: ThreadingHTTPServer) -> HttpServices:
    url = f"http://127.0.0.1:{server.server_port}"
    return HttpServices({"bank": Service(url=url, token="t0ken")})


def seen(server: ThreadingHTTPServer) -> list[Any]:
    return list(server.handler.seen)  # type: ignore[attr-defined]


def test_a_request_with_its_token(http: HttpServices, server: ThreadingHTTPServer) -> None:
    answer = http.ask("bank", "POST", "/orders?x=1", {"amount": "5.00"}, 2000, 0)
    assert (answer.status, answer.data) == (200, {"you": "/orders?x=1"})
    method, _, headers, body = seen(server)[0]
    assert (method, json.loads(body)) == ("POST", {"amount": "5.00"})
    assert headers["Authorization"] == "Bearer t0ken"
    assert headers["Idempotency-Key"]


def test_a_busy_service_is_asked_again_with_the_same_key(
    http: HttpServices, server: ThreadingHTTPServer
) -> None:
    assert http.ask("bank", "POST", "/busy", None, 2000, 1).status == 200
    assert len({headers["Idempotency-Key"] for _, _, headers, _ in seen(server)}) == 1
    assert len(seen(server)) == 2


def test_a_busy_service_that_stays_so(http: HttpServices) -> None:
    assert http.ask("bank", "GET", "/busy", None, 2000, 0).status == 503


@pytest.mark.parametrize(
    ("path", "timeout_ms", "reason"),
    [
        ("/never", 150, "no answer in time"),
        ("/large", 2000, "the answer is too large"),
        ("/html", 2000, "the answer is not JSON"),
    ],
)
def test_no_use_of_an_answer(http: HttpServices, path: str, timeout_ms: int, reason: str) -> None:
    answer = http.ask("bank", "GET", path, None, timeout_ms, 0)
    assert (answer.status, answer.reason) == (0, reason)


def test_an_empty_answer_is_one(http: HttpServices) -> None:
    answer = http.ask("bank", "GET", "/empty", None, 2000, 0)
    assert (answer.status, answer.data, answer.reason) == (204, None, "")


def test_nobody_is_led_elsewhere(http: HttpServices, server: ThreadingHTTPServer) -> None:
    assert http.ask("bank", "GET", "/elsewhere", None, 2000, 0).status == 302
    assert [path for _, path, _, _ in seen(server)] == ["/elsewhere"]


def test_nobody_there() -> None:
    gone = HttpServices({"bank": Service(url=f"http://127.0.0.1:{free_port()}")})
    assert gone.ask("bank", "GET", "/x", None, 2000, 0).reason == "cannot connect"
    assert "no service" in gone.ask("other", "GET", "/x", None, 2000, 0).reason


def test_the_profile_and_functions(server: ThreadingHTTPServer) -> None:
    url = f"http://127.0.0.1:{server.server_port}"
    settings = Flows(
        services={"bank": Service(url=url)},
        profile=Profile(service="bank"),
        functions={"add": "operator:add"},
    )
    services = Services(settings, run=lambda work: work())
    posted: list[BackendEvent] = []
    services.profile(FACTS, posted.append)
    found = posted.pop()
    assert isinstance(found, ProfileFound)
    assert found.profile == {"you": "/customers/by-number/%2B1%205%2F5"}
    services.request(7, "add", "", "", {"a": 1}, 1000, 0, posted.append)
    ended = posted.pop()
    assert isinstance(ended, RequestEnded)
    assert (ended.number, ended.status, ended.reason) == (7, 0, "TypeError")


def test_a_function_that_is_not_there_is_named() -> None:
    with pytest.raises(functions.FunctionError, match=r"flows\.functions\.x: cannot import no\.such:thing"):
        functions.load({"x": "no.such:thing"})
    assert functions.run(lambda a, b: a + b, {"a": 1, "b": 2}).data == 3
