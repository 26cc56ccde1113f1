"""One call of a flow in text: what the caller does enters; what the bot says and what came of it leaves.

The engine is the one of a telephone call; other systems are asked at once and waited for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from ivr.events import (
    CallFacts,
    KeysEntered,
    Kind,
    MessageRecorded,
    NoInput,
    RecogniserLost,
    Transcript,
    TransferEnded,
    TransferOutcome,
)
from ivr.flow.actions import Action, HangUp, Note, RecordMessage, Request, Say, Transfer
from ivr.flow.engine import Engine
from ivr.flow.state import FlowEvent, Phase, State
from ivr.talk.backends import Ask

_FRAMES_A_LETTER = 4
"""of a message that is typed: about as long as it takes to say"""


@dataclass(frozen=True, slots=True)
class Came:
    """What came of one act of the caller, until the flow waits again or has ended."""

    state: State
    actions: tuple[Action, ...]

    @property
    def said(self) -> tuple[Say, ...]:
        return tuple(action for action in self.actions if isinstance(action, Say))

    @property
    def notes(self) -> tuple[Note, ...]:
        return tuple(action for action in self.actions if isinstance(action, Note))

    @property
    def requests(self) -> tuple[Request, ...]:
        return tuple(action for action in self.actions if isinstance(action, Request))

    @property
    def transfer_to(self) -> str:
        """SIP URI to which the caller is being passed on; empty: nowhere"""
        return next((action.to for action in self.actions if isinstance(action, Transfer)), "")

    @property
    def records(self) -> bool:
        """the caller's message is being recorded"""
        return any(isinstance(action, RecordMessage) for action in self.actions)

    @property
    def outcome(self) -> str | None:
        """of the call, when it has ended"""
        return next((action.outcome for action in self.actions if isinstance(action, HangUp)), None)


class TextCall:
    def __init__(
        self,
        engine: Engine,
        ask: Ask,
        facts: CallFacts,
        today: date,
        profile: Mapping[str, Any] | None = None,
    ) -> None:
        self.engine = engine
        self._ask, self._facts, self._today, self._profile = ask, facts, today, profile
        self.came: list[Came] = []
        """of the beginning, and of each act after it"""

    def begin(self) -> TextCall:
        self._take(*self.engine.start(self._facts, self._today, self._profile))
        return self

    # --- what the caller and the network do ----------------------------------------------------

    def says(self, text: str, confidence: float = 1.0) -> None:
        if self.last.records:
            self.send(MessageRecorded(max(1, len(text) * _FRAMES_A_LETTER), "message"))
        else:
            self.send(Transcript(0, text, confidence))

    def keys(self, keys: str) -> None:
        self.send(MessageRecorded(1, "message") if self.last.records else KeysEntered(0, keys, "terminator"))

    def silence(self) -> None:
        self.send(MessageRecorded(0) if self.last.records else NoInput(0))

    def recogniser_lost(self) -> None:
        self.send(RecogniserLost(0, "gone"))

    def transfer_ended(self, outcome: TransferOutcome) -> None:
        self.send(TransferEnded(0, outcome, 0))

    def send(self, event: FlowEvent) -> None:
        self._take(*self.engine.step(self.state, event))

    def back(self) -> bool:
        """As it was before the last act; False at the beginning. What other systems did stays done."""
        if len(self.came) < 2:
            return False
        self.came.pop()
        return True

    # --- how it stands ---------------------------------------------------------------------------

    @property
    def last(self) -> Came:
        return self.came[-1]

    @property
    def state(self) -> State:
        return self.last.state

    @property
    def outcome(self) -> str | None:
        return self.last.outcome

    @property
    def slots(self) -> dict[str, Any]:
        """what was answered, masked where it is secret"""
        slots = (n.data for came in self.came for n in came.notes if n.kind is Kind.SLOT)
        return {data["slot"]: data["value"] for data in slots}

    def _take(self, state: State, actions: tuple[Action, ...]) -> None:
        made = list(actions)
        while state.phase is Phase.CALLING and actions:
            request = next((action for action in actions if isinstance(action, Request)), None)
            if request is None:
                break
            state, actions = self.engine.step(state, self._ask(request))
            made += actions
        self.came.append(Came(state, tuple(made)))
