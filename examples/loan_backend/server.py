"""HTTP around the application: JSON in and out, a bearer token, and trouble on demand.

/trouble/{kind}/... is answered like /... with something wrong (only when wanted, for tests):
  slow   after ?slow_ms=2000    error  500, nothing done      lost   500, though it was done
  half   half the answer        drop   no answer, though it was done
"""

from __future__ import annotations

import hmac
import ipaddress
import json
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import parse_qsl, urlsplit

from examples.loan_backend.backend import LoanBackend
from examples.loan_backend.web import ApiError, Response

LONGEST_BODY = 65_536
IDLE_S = 30
TROUBLES = ("slow", "error", "lost", "half", "drop")
LONGEST_SLOW_MS = 60_000


@dataclass(frozen=True)
class Serving:
    host: str
    port: int

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = IDLE_S
    wbufsize = 65_536
    """an answer leaves in one piece: two would wait for each other's acknowledgement"""
    disable_nagle_algorithm = True
    backend: ClassVar[LoanBackend]
    token: ClassVar[str | None]
    trouble: ClassVar[bool]

    def do_GET(self) -> None:
        self.answer()

    def do_POST(self) -> None:
        self.answer()

    def answer(self) -> None:
        kind, path = split_trouble(self.path) if self.trouble else ("", self.path)
        try:
            body = self.body()
            self.check_token()
            if kind == "error":
                raise ApiError(500, "trouble", "as you wished")
            response = self.respond(path, body, kind)
        except ApiError as error:
            response = error.response
        except Exception:
            traceback.print_exc()
            response = ApiError(500, "broken", "something went wrong here").response
        self.send(response, kind)

    def respond(self, path: str, body: dict[str, object], kind: str) -> Response:
        url = urlsplit(path)
        query = dict(parse_qsl(url.query))
        if kind == "slow":
            wished = query.pop("slow_ms", "2000")
            time.sleep(min(int(wished) if wished.isdecimal() else 2000, LONGEST_SLOW_MS) / 1000)
        response = self.backend.handle(
            self.command, url.path, query, body, key=self.headers.get("Idempotency-Key")
        )
        return ApiError(500, "trouble", "as you wished").response if kind == "lost" else response

    def body(self) -> dict[str, object]:
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length) > LONGEST_BODY or "Transfer-Encoding" in self.headers:
            self.close_connection = True
            raise ApiError(400, "wrong_length", f"a body has up to {LONGEST_BODY} bytes and says its length")
        raw = self.rfile.read(int(length))
        try:
            found = json.loads(raw) if raw else {}
        except (ValueError, RecursionError):
            raise ApiError(400, "wrong_json", "the body is no JSON") from None
        if not isinstance(found, dict):
            raise ApiError(400, "wrong_json", "the body must be a JSON object")
        return found

    def check_token(self) -> None:
        wanted = f"Bearer {self.token}".encode()
        sent = self.headers.get("Authorization", "").encode()
        if self.token and not hmac.compare_digest(wanted, sent):
            raise ApiError(401, "wrong_token", "a bearer token is needed")

    def send(self, response: Response, kind: str) -> None:
        raw = json.dumps(response.json, ensure_ascii=False).encode()
        if kind in ("half", "drop"):
            self.close_connection = True
        if kind == "drop":
            return
        self.send_response(response.status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(raw)))
        if self.close_connection:
            self.send_header("Connection", "close")
        if response.status == 401:
            self.send_header("WWW-Authenticate", "Bearer")
        self.end_headers()
        self.wfile.write(raw[: len(raw) // 2] if kind == "half" else raw)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: paths hold telephone numbers, and the audit table knows."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def split_trouble(path: str) -> tuple[str, str]:
    """ "/trouble/slow/loans/1" -> "slow", "/loans/1"; any other path as it is, with no kind."""
    parts = path.split("/", 3)
    if len(parts) == 4 and parts[1] == "trouble" and parts[2] in TROUBLES:
        return parts[2], f"/{parts[3]}"
    return "", path


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@contextmanager
def serve(
    backend: LoanBackend,
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    token: str | None = None,
    trouble: bool = False,
) -> Iterator[Serving]:
    """Serves until the block ends; port 0 is any free one. Without a token only on loopback."""
    if not token and not is_loopback(host):
        raise ValueError(f"a token is needed to serve on {host}")
    settings = {"backend": backend, "token": token, "trouble": trouble}
    with Server((host, port), type("BoundHandler", (Handler,), settings)) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield Serving(host, server.server_address[1])
        finally:
            server.shutdown()
            thread.join()
