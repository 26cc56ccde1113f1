"""WavLine: a scripted caller as a `Line`, without a network and as fast as the machine.

Recogniser and synthesiser run in the process and answer before the next frame, so the same
input gives the same events in the same frames.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from ivr.audio import frames
from ivr.events import (
    CallEvent,
    Digit,
    Frame,
    HungUp,
    Played,
    PlayStarted,
    TransferEnded,
    TransferOutcome,
)
from ivr.replay.script import Leave, Press, ScriptedCaller, Speak
from ivr.sip.playout import Playout

TRANSFER_FRAMES = frames(1000)
"""the person who takes a transferred call answers after one second"""


class WavLine:
    frames_late = 0
    frames_dropped = 0

    def __init__(self, caller: ScriptedCaller, longest_ms: int) -> None:
        """The call is cut as `error` after `longest_ms`."""
        self._caller = caller
        self._longest_frames = frames(longest_ms)
        self._posted: deque[CallEvent] = deque()
        self._voice = Playout()
        self._mouth = Playout()
        self._playing: set[int] = set()
        self._begun = 0
        self._ending: HungUp | None = None
        self._transfer_due: int | None = None
        self._at = -1

    @property
    def frames(self) -> int:
        """length of the call so far"""
        return self._at + 1

    def events(self) -> Iterator[CallEvent]:
        while self._ending is None:
            self._at += 1
            yield from self._tick()
        yield from self._drain()
        yield self._ending

    def _tick(self) -> Iterator[CallEvent]:
        played, happened = self._voice.next_frame(self._at)
        for event in happened:
            if isinstance(event, PlayStarted):
                self._begun += 1
            elif isinstance(event, Played):
                self._playing.discard(event.prompt)
            yield event
            yield from self._drain()
        for act in self._caller.tick(self._at, bool(self._playing), self._begun):
            match act:
                case Speak():
                    self._mouth.put(self._at, act.pcm16)
                case Press():
                    yield Digit(self._at, act.key)
                case Leave():
                    self._ending = HungUp(self._at, "caller", 200)
                    return
        heard, _ = self._mouth.next_frame(self._at)
        yield Frame(self._at, heard, played)
        yield from self._drain()
        if self._transfer_due is not None and self._at >= self._transfer_due:
            self._transfer_due = None
            yield TransferEnded(self._at, TransferOutcome.COMPLETED, 200)
        if self._at >= self._longest_frames and self._ending is None:
            self._ending = HungUp(self._at, "error", 408)

    def _drain(self) -> Iterator[CallEvent]:
        while self._posted:
            yield self._posted.popleft()

    def post(self, event: CallEvent) -> None:
        self._posted.append(event)

    def play(self, prompt: int, pcm16: bytes, last: bool = True) -> None:
        self._playing.add(prompt)
        self._voice.put(prompt, pcm16, last)

    def clear(self) -> None:
        self._voice.clear()

    def duck(self, on: bool) -> None:
        self._voice.duck(on)

    def transfer(self, uri: str) -> None:
        self._transfer_due = self._at + TRANSFER_FRAMES

    def hang_up(self) -> None:
        self._ending = HungUp(self._at, "bot", 200)
