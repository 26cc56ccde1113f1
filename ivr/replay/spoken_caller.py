"""A caller who is told what to do one turn at a time, each when the bot has answered the one before: what
the bot does enters tick by tick, what the caller does leaves.

    waiting --the state of the call has changed, and the bot is quiet--> the next turn --> waiting ...
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Protocol

import numpy as np

from ivr.audio import FRAME_BYTES, frames
from ivr.call import Call
from ivr.events import (
    Grammar,
    RecogniserEvent,
    RecogniserLost,
    Transcript,
    TransferEnded,
    TransferOutcome,
)
from ivr.flow.state import Phase, State
from ivr.replay.script import Act, Leave, Press, ScriptedCaller, Speak
from ivr.replay.wav_line import WavLine
from ivr.rooms import Recogniser, Recognition

PAUSE_FRAMES = frames(300)
KEY_FRAMES = frames(200)
STILL_FRAMES = frames(90_000)
"""longer than any wait of a flow: nothing will come any more"""
_WAITING = (Phase.LISTENING, Phase.CONFIRMING, Phase.UNSURE, Phase.RECORDING, Phase.TRANSFERRING)


class Turn(Protocol):
    """What the caller does: says, keys, silence, lost (the recogniser), transfer (its outcome)."""

    @property
    def what(self) -> str: ...
    @property
    def value(self) -> Any: ...


class Still(Exception):  # noqa: N818  (it is a finding, not an error of ours)
    """The caller has done something, and the call stands still."""


class Ear:
    """A recogniser that keeps what it heard, and on demand hears nothing, or is lost."""

    def __init__(self, recogniser: Recogniser) -> None:
        self._recogniser = recogniser
        self.languages = recogniser.languages
        self.heard: list[Transcript] = []
        """of the call, in order"""
        self.fault = ""
        """what happens to the next utterance: "lost", "nothing", or as it should"""

    def open(self, utterance: int, grammar: Grammar, post: Callable[[RecogniserEvent], None]) -> Recognition:
        fault, self.fault = self.fault, ""
        if fault:
            return _Faulty(utterance, fault, post)

        def heard(event: RecogniserEvent) -> None:
            if isinstance(event, Transcript):
                self.heard.append(event)
            post(event)

        return self._recogniser.open(utterance, grammar, heard)


class _Faulty:
    def __init__(self, utterance: int, fault: str, post: Callable[[RecogniserEvent], None]) -> None:
        self._event: RecogniserEvent = (
            RecogniserLost(utterance, "gone") if fault == "lost" else Transcript(utterance, "", 0.0)
        )
        self._post = post

    def feed(self, pcm16: bytes) -> None: ...

    def finish(self) -> None:
        self._post(self._event)

    def cancel(self) -> None: ...


class SpokenCaller(ScriptedCaller):
    def __init__(self, turns: Iterator[Turn], speak: Callable[[str, str], bytes], ear: Ear) -> None:
        """`speak`: words and language -> pcm16. What `turns` raises goes through to whoever runs the call."""
        super().__init__([])
        self._told, self._speak, self._ear = turns, speak, ear
        self.call: Call | None = None
        """set before the first tick"""
        self.line: WavLine | None = None
        self._answered: State | None = None
        """the one in which the last turn began"""
        self._quiet_since: int | None = None
        self._acted_at = 0

    def tick(self, at: int, talking: bool, begun: int) -> list[Act]:
        acts: list[Act] = [Press(key) for due, key in self._keys_due if due <= at]
        self._keys_due = [(due, key) for due, key in self._keys_due if due > at]
        assert self.call
        state = self.call.state
        if at - self._acted_at > STILL_FRAMES:
            raise Still
        if at < self._busy_until or state is None or talking or not self._comes_next(state):
            self._quiet_since = None
            return acts
        if self._quiet_since is None:
            self._quiet_since = at
        if at - self._quiet_since < PAUSE_FRAMES:
            return acts
        self._answered, self._acted_at, self._quiet_since = state, at, None
        turn = next(self._told, None)
        return acts + ([Leave()] if turn is None else self._does(turn, at, state))

    def _comes_next(self, state: State) -> bool:
        return state is not self._answered and state.phase in _WAITING

    def _does(self, turn: Turn, at: int, state: State) -> list[Act]:
        assert self.line
        language = state.listen.expectation.grammar.language if state.listen else ""
        match turn.what:
            case "says" | "lost":
                self._ear.fault = "lost" if turn.what == "lost" else "" if turn.value else "nothing"
                pcm16 = self._speak(turn.value or "hello", language)
                self._busy_until = at + -(-len(pcm16) // FRAME_BYTES)
                return [Speak(pcm16)]
            case "keys":
                self._keys_due = [(at + i * KEY_FRAMES, key) for i, key in enumerate(turn.value)][1:]
                self._busy_until = at + len(turn.value) * KEY_FRAMES
                return [Press(turn.value[0])]
            case "transfer":
                self.line.post(TransferEnded(at, TransferOutcome(turn.value), 0))
        return []


class SpokenLine(WavLine):
    """A line whose transfers end as the caller's turns say."""

    def transfer(self, uri: str) -> None: ...


def over_the_telephone(pcm16: bytes) -> bytes:
    """8 kHz speech as G.711 (mu-law) brings it: 14 bits, coded in 8 and decoded again."""
    x = np.clip(np.frombuffer(pcm16, "<i2").astype(np.int32), -32635, 32635)
    biased = np.abs(x) + 132
    step = 2.0 ** (np.floor(np.log2(biased)) - 4)  # 16 steps in each octave
    decoded = (np.floor(biased / step) + 0.5) * step - 132
    return bytes((np.sign(x) * np.rint(decoded)).astype("<i2"))
