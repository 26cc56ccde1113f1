"""A recogniser in another process: the caller's audio leaves over the Wyoming protocol, transcripts
come back as events.

transcribe, audio-start, audio-chunk ..., audio-stop -->      one connection an utterance, so that
                    <-- transcript-chunk ..., transcript      nothing late can reach another one
"""

from __future__ import annotations

import contextlib
import functools
import logging
import socket
import struct
import threading
import time
from collections.abc import Callable, Sequence
from typing import BinaryIO
from urllib.parse import urlsplit

from wyoming.asr import Transcript as WyomingTranscript
from wyoming.asr import TranscriptChunk
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.error import Error
from wyoming.event import Event, read_event, write_event

from ivr.asr import wire
from ivr.audio import RATE_HZ
from ivr.events import Grammar, RecogniserEvent, RecogniserLost

log = logging.getLogger(__name__)

SEND_TIMEOUT_S = 0.5
"""a service that takes no audio for so long is lost; its socket buffer holds seconds of it"""
SHUNNED_S = 2.0
"""a service that could not be reached is not asked again for so long, if there is another"""

Post = Callable[[RecogniserEvent], None]


class WyomingRecogniser:
    """Several like services, the least busy first. `uris`: unix:///path or tcp://host:port.
    `timeout_ms` is how long a transcript may take after the end of the utterance."""

    def __init__(self, uris: Sequence[str], name: str, languages: frozenset[str], timeout_ms: int) -> None:
        self.name = name
        self.languages = languages
        self._timeout_s = timeout_ms / 1000
        self._busy = dict.fromkeys(uris, 0)
        self._shunned_until_s = dict.fromkeys(uris, 0.0)
        self._lock = threading.Lock()

    def open(self, utterance: int, grammar: Grammar, post: Post) -> RemoteRecognition:
        reasons = []
        for uri in self._in_order():
            try:
                connection = _connect(uri)
            except OSError as error:
                reasons.append(f"{uri}: {error.strerror or error}")
                self._shunned_until_s[uri] = time.monotonic() + SHUNNED_S
                continue
            with self._lock:
                self._busy[uri] += 1
            ended = functools.partial(self._ended, uri)
            return RemoteRecognition(connection, utterance, grammar, post, self._timeout_s, ended)
        reason = f"no speech service answers ({'; '.join(reasons)})"
        return RemoteRecognition(None, utterance, grammar, post, self._timeout_s, lambda: None, reason)

    def _in_order(self) -> list[str]:
        now_s = time.monotonic()
        with self._lock:
            return sorted(self._busy, key=lambda uri: (self._shunned_until_s[uri] > now_s, self._busy[uri]))

    def _ended(self, uri: str) -> None:
        with self._lock:
            self._busy[uri] -= 1


class RemoteRecognition:
    """One utterance. `feed`, `finish` and `cancel` come from the call's thread; answers from a
    reader thread, which ends with the connection."""

    def __init__(
        self,
        connection: socket.socket | None,
        utterance: int,
        grammar: Grammar,
        post: Post,
        timeout_s: float,
        ended: Callable[[], None],
        lost: str = "",
    ) -> None:
        self._connection = connection
        self._utterance = utterance
        self._post = post
        self._timeout_s = timeout_s
        self._ended = ended
        self._timer: threading.Timer | None = None
        self._settled = threading.Lock()
        """taken by whoever posts the one final event, or by `cancel`"""
        if connection is None:
            self._lose(lost)
            return
        self._writer: BinaryIO = connection.makefile("wb")
        threading.Thread(target=self._read, name=f"utterance {utterance}", daemon=True).start()
        self._send(wire.request(grammar))
        self._send(AudioStart(rate=RATE_HZ, width=2, channels=1).event())

    def feed(self, pcm16: bytes) -> None:
        self._send(AudioChunk(rate=RATE_HZ, width=2, channels=1, audio=pcm16).event())

    def finish(self) -> None:
        if self._connection is None:
            return
        self._send(AudioStop().event())
        reason = f"no transcript within {self._timeout_s:g} s"
        self._timer = threading.Timer(self._timeout_s, self._lose, [reason])
        self._timer.daemon = True
        self._timer.start()
        if self._settled.locked():  # the answer was quicker than the timer
            self._timer.cancel()

    def cancel(self) -> None:
        if self._settled.acquire(blocking=False):
            self._close()

    def _send(self, event: Event) -> None:
        if self._connection is None or self._settled.locked():
            return
        try:
            write_event(event, self._writer)
        except (OSError, ValueError) as error:  # ValueError: closed in the meantime
            self._lose(f"the speech service takes no audio: {error}")

    def _read(self) -> None:
        assert self._connection
        try:
            with self._connection.makefile("rb") as reader:
                while (event := read_event(reader)) is not None:
                    if self._take(event):
                        return
            self._lose("the speech service closed the connection")
        except (OSError, ValueError) as error:
            self._lose(f"the speech service broke off: {error}")
        finally:
            self._ended()

    def _take(self, event: Event) -> bool:
        """True when this was the last event."""
        if TranscriptChunk.is_type(event.type) and not self._settled.locked():
            self._post(wire.partial_of(event, self._utterance))
        elif WyomingTranscript.is_type(event.type):
            self._settle(wire.transcript_of(event, self._utterance))
            return True
        elif Error.is_type(event.type):
            self._lose(Error.from_event(event).text)
            return True
        return False

    def _lose(self, reason: str) -> None:
        self._settle(RecogniserLost(self._utterance, reason))

    def _settle(self, final: RecogniserEvent) -> None:
        if self._settled.acquire(blocking=False):
            if isinstance(final, RecogniserLost):
                log.warning("recogniser lost: %s", final.reason)
            self._post(final)
            self._close()

    def _close(self) -> None:
        if self._timer:
            self._timer.cancel()
        if self._connection is not None:
            with contextlib.suppress(OSError):
                self._connection.shutdown(socket.SHUT_RDWR)  # wakes the reader
            with contextlib.suppress(OSError):  # what was not sent yet is void
                self._writer.close()
            self._connection.close()


def _connect(uri: str) -> socket.socket:
    parts = urlsplit(uri)
    if parts.scheme == "unix":
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        address: str | tuple[str, int] = parts.path
    else:
        connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        address = (parts.hostname or "127.0.0.1", parts.port or 10300)
    connection.settimeout(SEND_TIMEOUT_S)
    try:
        connection.connect(address)
    except OSError:
        connection.close()
        raise
    connection.settimeout(None)  # the reader may wait; only sending is bounded
    send_timeout = struct.pack("ll", 0, int(SEND_TIMEOUT_S * 1e6))
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, send_timeout)
    return connection
