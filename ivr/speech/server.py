"""`ivr speech`: a process that serves recogniser and voice until SIGTERM."""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from ivr import config
from ivr.asr import Recogniser
from ivr.asr import engines as recognisers
from ivr.speech.session import Session
from ivr.tts import Synthesiser, SynthesisError
from ivr.tts import engines as voices

log = logging.getLogger(__name__)

MOST_CONNECTIONS = 64
DRAIN_S = 5.0
EXIT_CONFIG = 78
"""sysexits(3): starting again would not help"""


class Service:
    """Accepts connections in the calling thread; each is served in a thread of its own."""

    def __init__(self, listener: socket.socket, recogniser: Recogniser, synthesiser: Synthesiser) -> None:
        self._listener = listener
        self._recogniser = recogniser
        self._synthesiser = synthesiser
        self._stop = threading.Event()
        self._connections: dict[threading.Thread, socket.socket] = {}

    def stop(self) -> None:
        """May be called from a signal handler."""
        self._stop.set()

    def run(self) -> None:
        """Until `stop`; then what runs gets a few seconds to end."""
        self._listener.settimeout(0.2)
        while True:
            stopping = self._stop.is_set()
            try:
                connection, _ = self._listener.accept()
            except TimeoutError:
                if stopping:  # and nobody is left who had connected before
                    break
                continue
            if len(self._connections) >= MOST_CONNECTIONS:
                log.warning("more than %d connections: refused one", MOST_CONNECTIONS)
                connection.close()
                continue
            connection.settimeout(None)
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._connections[thread] = connection
            thread.start()
        self._listener.close()
        deadline_s = time.monotonic() + DRAIN_S
        for thread in list(self._connections):
            thread.join(max(0.0, deadline_s - time.monotonic()))

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection, connection.makefile("rb") as reader, connection.makefile("wb") as writer:
                Session(reader, writer, self._recogniser, self._synthesiser).run()
        except (BrokenPipeError, ConnectionResetError):
            pass  # the client went: a caller who hung up, or who spoke on
        except (OSError, ValueError) as error:
            log.warning("a client was cut off: %s", error)
        except Exception:
            log.exception("a client was cut off")
        finally:
            self._connections.pop(threading.current_thread(), None)


def serve(settings: config.Settings, uri: str, ready: Callable[[], None]) -> int:
    """Serve at unix:///path or tcp://host:port until SIGTERM, or until the parent process that
    holds our standard input is gone; returns the exit code."""
    os.nice(settings.speech.nice)
    try:
        recogniser, synthesiser = recognisers.create(settings.asr), voices.create(settings.tts)
        listener = _listen(uri)
    except (SynthesisError, OSError) as error:
        log.error("cannot serve %s: %s", uri, error)
        return EXIT_CONFIG
    service = Service(listener, recogniser, synthesiser)
    signal.signal(signal.SIGTERM, lambda *_: service.stop())
    if not sys.stdin.isatty():
        threading.Thread(target=_stop_when_orphaned, args=(service,), daemon=True).start()
    ready()
    service.run()
    return 0


def _stop_when_orphaned(service: Service) -> None:
    sys.stdin.read()
    service.stop()


def _listen(uri: str) -> socket.socket:
    parts = urlsplit(uri)
    if parts.scheme == "tcp":
        return socket.create_server((parts.hostname or "127.0.0.1", parts.port or 10300))
    if parts.scheme != "unix":
        raise OSError(f"'{uri}' is neither unix:///path nor tcp://host:port")
    path = Path(parts.path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)  # left by a process that was killed
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(path))
    path.chmod(0o600)
    listener.listen(MOST_CONNECTIONS)
    return listener
