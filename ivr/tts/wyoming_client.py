"""Synthesis in another process: a text leaves over the Wyoming protocol, its audio enters and
is handed on as it comes.

synthesize -->                     one connection a text
           <-- audio-start, audio-chunk ..., audio-stop (or error)
"""

from __future__ import annotations

import itertools
import socket
from collections.abc import Iterator, Sequence
from typing import BinaryIO
from urllib.parse import urlsplit

from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.error import Error
from wyoming.event import Event, read_event, write_event
from wyoming.tts import Synthesize

from ivr.tts import SynthesisError
from ivr.tts.stream_resampler import StreamResampler


class _ServiceLostError(Exception):
    """This service is dead, hangs or talks nonsense: the next one may do better."""


class WyomingSynthesiser:
    """A Synthesiser over several like services, used in turn. `uris`: unix:///path or
    tcp://host:port. `name` is the engine's own, because it is part of the cache key.
    `timeout_ms` is how long a service may be silent."""

    def __init__(self, uris: Sequence[str], name: str, languages: frozenset[str], timeout_ms: int) -> None:
        self._uris = tuple(uris)
        self.name = name
        self.languages = languages
        self._timeout_s = timeout_ms / 1000
        self._turn = itertools.count()
        for uri in self._uris:
            _address(uri)

    def speak(self, text: str, language: str, voice: str = "") -> Iterator[bytes]:
        """Pieces as they come, which may be less than a sentence."""
        request = Synthesize(text).event()
        # the dataclass would send either name or language; an engine may need both
        request.data["voice"] = {"language": language} | ({"name": voice} if voice else {})
        first = next(self._turn)
        lost = []
        for number in range(len(self._uris)):
            uri = self._uris[(first + number) % len(self._uris)]
            begun = False
            try:
                for piece in self._ask(uri, request):
                    begun = True
                    yield piece
                return
            except _ServiceLostError as error:
                lost.append(f"{uri}: {error}")
                if begun:  # another service would say it again from the start
                    break
        raise SynthesisError(f"{self.name}: no speech service answers ({'; '.join(lost) or 'none is set'})")

    def _ask(self, uri: str, request: Event) -> Iterator[bytes]:
        try:
            with self._connect(uri) as connection, connection.makefile("rb") as answer:
                with connection.makefile("wb") as question:
                    write_event(request, question)
                yield from self._answer(answer)
        except TimeoutError as error:
            raise _ServiceLostError(f"silent for {self._timeout_s:g} s") from error
        except OSError as error:
            raise _ServiceLostError(error.strerror or str(error)) from error

    def _connect(self, uri: str) -> socket.socket:
        family, address = _address(uri)
        connection = socket.socket(family, socket.SOCK_STREAM)
        try:
            connection.settimeout(self._timeout_s)
            connection.connect(address)
        except OSError:
            connection.close()
            raise
        return connection

    def _answer(self, stream: BinaryIO) -> Iterator[bytes]:
        resampler: StreamResampler | None = None
        while True:
            event = _next(stream)
            if Error.is_type(event.type):
                raise SynthesisError(f"{self.name}: {event.data.get('text', 'failed')}")
            if AudioChunk.is_type(event.type):
                rate_hz = _rate_hz(event)
                if resampler is None or resampler.from_hz != rate_hz:
                    resampler = StreamResampler(rate_hz)
                piece = resampler.feed(event.payload or b"")
            elif AudioStop.is_type(event.type):
                piece = resampler.finish() if resampler else b""
            elif AudioStart.is_type(event.type):
                continue
            else:
                raise _ServiceLostError(f"unexpected event '{event.type}'")
            if piece:
                yield piece
            if AudioStop.is_type(event.type):
                return


def _next(stream: BinaryIO) -> Event:
    try:
        event = read_event(stream)
    except (KeyError, TypeError, AttributeError) as error:  # valid JSON, but no event
        raise _ServiceLostError("no Wyoming event") from error
    if event is None:
        raise _ServiceLostError("closed the connection")
    return event


def _rate_hz(chunk: Event) -> int:
    rate_hz, width, channels = (chunk.data.get(key) for key in ("rate", "width", "channels"))
    if not isinstance(rate_hz, int) or rate_hz <= 0 or (width, channels) != (2, 1):
        raise _ServiceLostError(
            f"audio of {rate_hz} Hz, {width} bytes, {channels} channels; needs 16-bit mono"
        )
    return rate_hz


def _address(uri: str) -> tuple[socket.AddressFamily, str | tuple[str, int]]:
    """Raises ValueError naming the URI."""
    parts = urlsplit(uri)
    if parts.scheme == "unix" and parts.path and not parts.netloc:
        return socket.AF_UNIX, parts.path
    if parts.scheme == "tcp" and parts.hostname and parts.port:
        return socket.AF_INET, (parts.hostname, parts.port)
    raise ValueError(f"speech service '{uri}': needs unix:///path or tcp://host:port")
