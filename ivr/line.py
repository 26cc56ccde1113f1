"""What a call sees of the outside: a `Line`. sip.PhoneLine is one, replay.WavLine another.

events in    Frame (every 20 ms), Digit, PlayStarted, Played, Held, TransferEnded, HungUp
calls out    play, clear, duck, transfer, hang_up
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from ivr.events import CallEvent


class Line(Protocol):
    frames_late: int
    """ticks that came more than 10 ms late"""
    frames_dropped: int
    """frames lost because the call's thread did not keep up"""

    def events(self) -> Iterator[CallEvent]:
        """Every event of the call in order, ending after HungUp. Blocks; one reader only."""
        ...

    def post(self, event: CallEvent) -> None:
        """Put an event from another thread (recogniser, synthesiser) into the same order."""
        ...

    def play(self, prompt: int, pcm16: bytes, last: bool = True) -> None:
        """Queue audio behind what is queued already. A prompt may come in several pieces under
        one number, the first of which takes its place in the queue; `last` marks the final
        piece. A piece may be empty."""
        ...

    def clear(self) -> None:
        """Silence the line within one frame; each unfinished prompt reports Played."""
        ...

    def duck(self, on: bool) -> None:
        """Play quieter from the next frame on, or at the own level again."""
        ...

    def transfer(self, uri: str) -> None:
        """Blind transfer (REFER); TransferEnded tells the outcome."""
        ...

    def hang_up(self) -> None:
        """End the call; HungUp follows."""
        ...
