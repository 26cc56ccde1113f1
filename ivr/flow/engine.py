"""The flow engine, a pure function: a state and what happened enter, the next state and what to do
leave. It reads no clock, does no input or output, and draws no random number.

start ---> LISTENING --answer--> CONFIRMING --yes--> next step ... ---> TRANSFERRING ---> ENDED
             ^  |                      |              |    ^               |
             |  +--perhaps--> UNSURE   |              v    |               |
             +--------no--------+------+           CALLING, RECORDING      |
             +<-----------------------------not completed------------------+
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from ivr.events import (
    CallFacts,
    KeysEntered,
    Kind,
    MessageRecorded,
    NoInput,
    RecogniserLost,
    RequestEnded,
    Transcript,
    TransferEnded,
    TransferOutcome,
)
from ivr.flow import answers, identity, templates
from ivr.flow.actions import Action
from ivr.flow.flow import Flow
from ivr.flow.state import FlowEvent, Phase, State
from ivr.flow.steps import CallStep, QueueStep, TransferStep, VerifyStep, VoicemailStep
from ivr.flow.templates import SayAs
from ivr.flow.turn import Turn

UNKNOWN_CALLER: Mapping[str, Any] = {
    "known": False, "id": "", "name": "", "segment": "", "tags": [], "language": "", "open_loans": [],
}  # fmt: skip
"""what `caller` is when the customer system knows nothing of the number, or is not reached"""


class Engine:
    """Runs any number of calls of one flow; holds nothing of any of them."""

    def __init__(self, flow: Flow, say_as: SayAs) -> None:
        self.flow = flow
        self._renderers = {name: part.renderer(say_as) for name, part in flow.flows.items()}

    def start(
        self, facts: CallFacts, today: date, profile: Mapping[str, Any] | None = None
    ) -> tuple[State, tuple[Action, ...]]:
        """`profile` is what the customer system knows of the calling number."""
        caller = {**UNKNOWN_CALLER, **templates.exact(profile)} if profile else UNKNOWN_CALLER
        shared = (
            ("today", today), ("caller_number", facts.caller), ("called_number", facts.called),
            ("call_id", facts.call), ("caller", caller), ("verified", 0),
        )  # fmt: skip
        values = tuple(self.flow.takes.items())
        turn = self._turn(State(today, self.flow.name, self.flow.start, shared=shared, values=values))
        turn.guarded(lambda: turn.run(self.flow.start))
        return turn.result()

    def step(self, state: State, event: FlowEvent) -> tuple[State, tuple[Action, ...]]:
        """The actions end with something to wait for, or HangUp; none for an event that comes too late."""
        turn = self._turn(state)
        turn.guarded(lambda: _happened(turn, event))
        return turn.result()

    def give_up(self, state: State) -> tuple[State, tuple[Action, ...]]:
        """Something outside the flow broke: apologise and pass the caller on, or end the call."""
        turn = self._turn(state)
        turn.apologise()
        return turn.result()

    def _turn(self, state: State) -> Turn:
        return Turn(self.flow.flows, self._renderers, state)


def _happened(turn: Turn, event: FlowEvent) -> None:
    if not _awaited(turn.state, event):
        return
    if not isinstance(event, RequestEnded):
        turn.change(ran=0)
    match event:
        case TransferEnded():
            _transfer_ended(turn, event)
        case RequestEnded():
            _request_ended(turn, event)
        case MessageRecorded():
            _message_recorded(turn, event)
        case Transcript():
            answers.said(turn, event)
        case KeysEntered():
            answers.keyed(turn, event.keys)
        case NoInput():
            answers.failed(turn, "no_input")
        case RecogniserLost():
            turn.say(turn.flow.messages["repeat_please"])
            turn.listen()


def _awaited(state: State, event: FlowEvent) -> bool:
    match event:
        case TransferEnded():
            return state.phase is Phase.TRANSFERRING
        case RequestEnded():
            return state.phase is Phase.CALLING and event.number == state.request
        case MessageRecorded():
            return state.phase is Phase.RECORDING
    return state.phase in (Phase.LISTENING, Phase.CONFIRMING, Phase.UNSURE)


def _transfer_ended(turn: Turn, event: TransferEnded) -> None:
    step = turn.step
    assert isinstance(step, TransferStep | QueueStep)
    otherwise = step.failed if isinstance(step, TransferStep) else step.otherwise
    if event.outcome is TransferOutcome.COMPLETED:
        turn.hang_up("transferred")
    elif otherwise:
        turn.run(otherwise)
    else:
        turn.last_words(turn.flow.messages["transfer_failed"], "transfer_failed")


def _request_ended(turn: Turn, event: RequestEnded) -> None:
    step = turn.step
    turn.note(
        Kind.REQUEST_ENDED, number=event.number, status=event.status, reason=event.reason,
        took_ms=event.took_ms,
    )  # fmt: skip
    if isinstance(step, VerifyStep):
        if (following := identity.checked(turn, step, event)) is not None:
            turn.run(following)
        return
    assert isinstance(step, CallStep)
    target = step.status.get(str(event.status))
    succeeded = 200 <= event.status < 400
    if succeeded or target:
        values = {**turn.values(), "answer": templates.exact(event.data)}
        if succeeded:
            for name, source in step.save.items():
                turn.assign(name, turn.renderer.value(source, values))
    turn.run(target or (step.next if succeeded else step.failed))


def _message_recorded(turn: Turn, event: MessageRecorded) -> None:
    step = turn.step
    assert isinstance(step, VoicemailStep)
    turn.note(Kind.MESSAGE, box=step.voicemail, frames=event.frames, file=event.file)
    turn.run(step.next if event.frames or not step.empty else step.empty)
