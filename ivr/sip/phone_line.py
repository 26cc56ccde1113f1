"""PhoneLine: one SIP call as a `Line`. Frames, keys and what became of the call come out in one
order; play, clear, transfer and hang_up go in."""

from __future__ import annotations

import time
from collections.abc import Iterator
from queue import SimpleQueue
from typing import Literal, Protocol

from ivr.audio import FRAME_MS, SILENCE
from ivr.events import (
    CallEvent,
    Digit,
    Frame,
    Held,
    HungUp,
    TransferEnded,
    TransferOutcome,
)
from ivr.sip.playout import Playout

MAX_WAITING = 500
"""events (10 s of frames) that may wait for the call's thread; then frames are dropped"""
LATE_NS = 10_000_000
"""a tick this much later than 20 ms after the one before counts as late"""


class LegControl(Protocol):
    """The owner thread's side of a call; both only hand over a job."""

    def hang_up_leg(self, leg: int) -> None: ...

    def transfer_leg(self, leg: int, uri: str) -> None: ...


class PhoneLine:
    def __init__(self, leg: int, control: LegControl) -> None:
        self.leg = leg
        """our own number of the call; pj's call ids are reused, this one is not"""
        self.frames_late = 0
        self.frames_dropped = 0
        self._control = control
        self._queue: SimpleQueue[CallEvent] = SimpleQueue()
        self._playout = Playout()
        self._at = -1
        self._live = False
        self._played: bytes | None = None
        """what this tick pulled; None while PJSIP pulls nothing, because we are on hold"""
        self._last_tick_ns = 0
        self._ending: Literal["caller", "bot", "error"] = "caller"
        self._transfer_accepted = False
        self._transferring = False

    # --- Line: used by the call's thread ------------------------------------------------------

    def events(self) -> Iterator[CallEvent]:
        while True:
            event = self._queue.get()
            yield event
            if isinstance(event, HungUp):
                return

    def post(self, event: CallEvent) -> None:
        self._queue.put(event)

    def play(self, prompt: int, pcm16: bytes, last: bool = True) -> None:
        self._playout.put(prompt, pcm16, last)

    def clear(self) -> None:
        self._playout.clear()

    def duck(self, on: bool) -> None:
        self._playout.duck(on)

    def transfer(self, uri: str) -> None:
        self._transfer_accepted = False
        self._transferring = True
        self._control.transfer_leg(self.leg, uri)

    def hang_up(self) -> None:
        self.ends_here()
        self._control.hang_up_leg(self.leg)

    # --- FrameClient: PJSIP's clock thread ----------------------------------------------------

    def pull(self) -> bytes:
        if not self._live:
            return SILENCE
        self._played, events = self._playout.next_frame(self._at + 1)
        for event in events:
            self._queue.put(event)
        return self._played

    def push(self, heard: bytes) -> None:
        if not self._live:
            return
        self._at += 1
        now = time.monotonic_ns()
        if self._last_tick_ns and now - self._last_tick_ns > FRAME_MS * 1_000_000 + LATE_NS:
            self.frames_late += 1
        self._last_tick_ns = now
        if self._played is None:
            for event in self._playout.pause(self._at):
                self._queue.put(event)
        played, self._played = self._played or SILENCE, None
        if self._queue.qsize() < MAX_WAITING:
            self._queue.put(Frame(self._at, heard, played))
        else:
            self.frames_dropped += 1

    # --- SipEndpoint: owner thread (keys also from PJSIP's media thread) ------------------------

    def begin(self) -> None:
        """The call is answered and has media: time starts."""
        self._live = True

    @property
    def live(self) -> bool:
        return self._live

    def digit(self, key: str) -> None:
        if self._live:
            self._queue.put(Digit(max(self._at, 0), key))

    def held(self, on: bool) -> None:
        self._queue.put(Held(max(self._at, 0), on))

    def transfer_accepted(self) -> None:
        """The far side has taken the REFER and tries the new call."""
        self._transfer_accepted = True

    def transfer_ended(self, outcome: TransferOutcome, status: int) -> None:
        if self._transferring:
            self._transferring = False
            self._queue.put(TransferEnded(max(self._at, 0), outcome, status))

    def ends_here(self) -> None:
        """It is we who end the call."""
        self._ending = "bot"

    def ended(self, status: int) -> None:
        """The last thing that happens to a line."""
        if self._transfer_accepted:
            # Many phones leave with BYE as soon as they have accepted a REFER (RFC 5589, 6.1).
            self.transfer_ended(TransferOutcome.COMPLETED, 202)
        self._live = False
        if self._ending == "bot":
            status = 200  # PJSIP tells the code that we would have refused the call with
        # 487: the caller gave up before we answered
        by = "error" if status >= 400 and status != 487 else self._ending
        self._queue.put(HungUp(max(self._at, 0), by, status))
