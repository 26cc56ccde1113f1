"""HTTP requests of monitoring enter; /metrics, /healthz and /readyz leave, on `console.port`."""

from __future__ import annotations

import logging
import socket
import socketserver
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer
from wsgiref.types import StartResponse, WSGIEnvironment

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from ivr.config import Console as Address
from ivr.ops.metrics import Metrics, registry_to_serve

MOST_REQUESTS = 16
"""answered at one time; more connections are closed at once"""
REQUEST_TIMEOUT_S = 10

log = logging.getLogger(__name__)

_TEXT = "text/plain; charset=utf-8"


class ConsoleError(Exception):
    """The port cannot be opened; the message names it, its setting and the way out."""


class Console:
    """The web server of the supervisor, in threads of its own.

    not_ready   the reasons why no call can be taken now, for people; empty when ready
    """

    def __init__(self, address: Address, metrics: Metrics, not_ready: Callable[[], Sequence[str]]) -> None:
        self._address = address
        self._metrics = metrics
        self._not_ready = not_ready
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Listens when it returns. Raises ConsoleError."""
        host, port = self._address.host, self._address.port
        try:
            self._server = _Server((host, port), _Handler)
        except OSError as error:
            raise ConsoleError(
                f"console.port {port} on {host}: {error.strerror}; "
                "free it, or set another console.host or console.port in config.yaml"
            ) from error
        self._server.set_app(self._answer)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), name="console")
        self._thread.start()

    def stop(self) -> None:
        """The port is free when it returns."""
        if self._server is None or self._thread is None:
            return
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._server = self._thread = None

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        status, kind, body = "200 OK", _TEXT, b"ok\n"
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        if method not in ("GET", "HEAD"):
            status, body = "405 Method Not Allowed", b"only GET and HEAD\n"
        elif path == "/metrics":
            kind, body = CONTENT_TYPE_LATEST, generate_latest(registry_to_serve(self._metrics))
        elif path == "/readyz":
            if reasons := self._not_ready():
                status = "503 Service Unavailable"
                body = "".join(f"{reason}\n" for reason in reasons).encode()
        elif path != "/healthz":
            status, body = "404 Not Found", b"here are /metrics, /healthz and /readyz\n"
        start_response(status, [("Content-Type", kind), ("Content-Length", str(len(body)))])
        return [] if method == "HEAD" else [body]


class _Handler(WSGIRequestHandler):
    timeout = REQUEST_TIMEOUT_S

    def log_message(self, format: str, *args: Any) -> None:
        """Monitoring asks every few seconds: not a line each."""


class _Server(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], handler: type[WSGIRequestHandler]) -> None:
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self._room = threading.BoundedSemaphore(MOST_REQUESTS)
        super().__init__(address, handler)

    def server_bind(self) -> None:
        # without HTTPServer's reverse look-up of our address, which may hang in DNS
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])
        self.setup_environ()

    def process_request(self, request: Any, client_address: Any) -> None:
        if self._room.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._room.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        log.warning("console: request from %s failed: %r", client_address[0], sys.exception())
