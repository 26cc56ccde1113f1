"""A scripted caller: what the bot does enters tick by tick, what the caller does leaves.

    waiting --the bot has answered and is quiet, or talks as the turn wants--> acting --> waiting ...

No clock and no line: WavLine and the phone drive the same caller.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ivr.audio import FRAME_BYTES, frames


@dataclass(frozen=True, slots=True)
class Speak:
    pcm16: bytes


@dataclass(frozen=True, slots=True)
class Press:
    key: str


@dataclass(frozen=True, slots=True)
class Leave:
    """Hang up."""


Act = Speak | Press | Leave


@dataclass(frozen=True, slots=True)
class CallerTurn:
    name: str
    """for people: what is said or pressed"""
    at: Literal["after_prompt", "during_prompt", "at_once"]
    wait_frames: int
    pcm16: bytes = b""
    keys: str = ""
    silence_frames: int = 0
    leaves: bool = False


class ScriptedCaller:
    def __init__(self, turns: Sequence[CallerTurn], key_interval_ms: int = 200) -> None:
        self._turns = list(turns)
        self._key_frames = frames(key_interval_ms)
        self.turn: CallerTurn | None = None
        """the one that began last"""
        self._next = 0
        self._busy_until = -1
        """the frame in which the turn that runs is over"""
        self._keys_due: list[tuple[int, str]] = []
        self._begun_before = 0
        """prompts begun when the last turn began"""
        self._ready_since: int | None = None

    @property
    def done(self) -> bool:
        return self._next >= len(self._turns) and not self._keys_due

    def tick(self, at: int, talking: bool, begun: int) -> list[Act]:
        """`talking`: the bot plays or has something to play; `begun`: prompts begun so far."""
        acts: list[Act] = [Press(key) for due, key in self._keys_due if due <= at]
        self._keys_due = [(due, key) for due, key in self._keys_due if due > at]
        if at < self._busy_until or self._next >= len(self._turns):
            return acts
        turn = self._turns[self._next]
        fits = turn.at == "at_once" or (
            begun > self._begun_before and talking == (turn.at == "during_prompt")
        )
        if not fits:
            self._ready_since = None
            return acts
        if self._ready_since is None:
            self._ready_since = at
        if at - self._ready_since < turn.wait_frames:
            return acts
        self._next += 1
        self._ready_since = None
        self._begun_before = begun
        return acts + self._begin(turn, at)

    def _begin(self, turn: CallerTurn, at: int) -> list[Act]:
        self.turn = turn
        if turn.leaves:
            return [Leave()]
        if turn.pcm16:
            self._busy_until = at + -(-len(turn.pcm16) // FRAME_BYTES)
            return [Speak(turn.pcm16)]
        self._keys_due = [(at + (i + 1) * self._key_frames, key) for i, key in enumerate(turn.keys[1:])]
        self._busy_until = at + len(turn.keys) * self._key_frames + turn.silence_frames
        return [Press(turn.keys[0])] if turn.keys else []
