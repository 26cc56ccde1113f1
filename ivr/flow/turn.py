"""One event being answered: a state enters; steps run until the flow waits or the call ends; the
new state and the actions on the way leave."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from ivr.events import Kind
from ivr.flow import asking, identity
from ivr.flow.actions import RecordMessage, Say, Transfer
from ivr.flow.context import Context, plain
from ivr.flow.flow import Place
from ivr.flow.state import Caller, Phase
from ivr.flow.steps import (
    QUESTIONS,
    AskStep,
    CallStep,
    ChooseStep,
    FlowStep,
    HangUpStep,
    ListenStep,
    MenuStep,
    QueueStep,
    ReturnStep,
    SayStep,
    SetStep,
    TransferStep,
    VerifyStep,
    VoicemailStep,
)
from ivr.flow.templates import RUN_ERRORS

MOST_STEPS = 100
"""run in a row without waiting for the caller; more is a loop"""
MOST_GIVEN_UP = 3
"""questions given up in a row before the call is ended"""
DEEPEST = 8
"""flows within flows"""
_TONE = Path(__file__).parent / "data" / "tone.wav"
"""from here on, it says, speech is recorded; made by hand: 250 ms of 1 kHz"""


class FlowError(Exception):
    """The flow cannot go on; told in the journal, and the caller is passed on."""


ERRORS = (*RUN_ERRORS, FlowError)


class Turn(Context):
    # --- running ---------------------------------------------------------------------------

    def guarded(self, act: Callable[[], None]) -> None:
        """What a text or condition raises is an error of the flow: told, and the caller passed on."""
        try:
            act()
        except ERRORS as error:
            self._break_off(self._reason(error))

    def _reason(self, error: Exception) -> str:
        if isinstance(error, FlowError):
            return str(error)
        return type(error).__name__ if self.flow.secrets else f"{type(error).__name__}: {error}"

    def run(self, name: str) -> None:
        """Enter a step and those after it, until one waits or the call ends."""
        following: str | None = name
        while following is not None:
            if self.state.ran >= MOST_STEPS:
                self.change(ran=0)
                raise FlowError(f"ran {MOST_STEPS} steps without listening to the caller")
            self.change(ran=self.state.ran + 1)
            following = self._enter(following)

    def run_at(self, place: Place) -> None:
        """Go on in a flow below on the stack, or in this one."""
        while self.state.flow != place.flow and self.state.stack:
            self._leave("left")
        self.run(place.step)

    def _enter(self, name: str) -> str | None:
        """The name of the step that follows at once; None where the flow waits or ends."""
        self.note(Kind.STEP, step=name, **self._named())
        key = f"{self.state.flow}.{name}"
        visits = dict(self.state.visits)
        visit = visits.get(key, 0)
        visits[key] = visit + 1
        self.change(
            step=name, phase=Phase.LISTENING, visits=tuple(visits.items()), pending=None, meaning=None,
            no_match=0, no_input=0, refused=0,
        )  # fmt: skip
        step = self.step
        match step:
            case SayStep():
                self.say(step.say, visit)
                return step.next
            case SetStep():
                for key, expression in step.set.items():
                    self.assign(key, self.value(expression))
                return step.next
            case ChooseStep():
                return next((b.next for b in step.choose if self.value(b.when)), step.otherwise)
            case FlowStep():
                given = {key: self.value(source) for key, source in step.give.items()}
                return self.call_flow(step.flow, "next", given)
            case ReturnStep():
                return self._return(step, visit)
            case VerifyStep():
                return identity.begin(self, step)
            case AskStep():
                if step.ask in dict(self.state.early):
                    return asking.given_early(self, step)
                self.ask(step.prompt, visit)
            case ListenStep() | MenuStep():
                assert step.prompt
                self.ask(step.prompt, visit)
            case CallStep():
                self._call(step)
            case VoicemailStep():
                self.say(step.prompt, visit)
                self.change(phase=Phase.RECORDING, listen=None)
                self._actions.append(_tone(self.flow.language))
                self._actions.append(RecordMessage(step.voicemail, step.max_s * 1000))
            case TransferStep() | QueueStep():
                self._pass_on(step, visit)
            case HangUpStep():
                if step.prompt:
                    self.say(step.prompt, visit)
                self.hang_up(step.hang_up)
        return None

    def _named(self) -> dict[str, str]:
        """Names the flow in a journal entry where there is more than one."""
        return {"flow": self.state.flow} if self.state.stack else {}

    def _pass_on(self, step: TransferStep | QueueStep, visit: int) -> None:
        if step.prompt:
            self.say(step.prompt, visit)
        self.change(phase=Phase.TRANSFERRING, listen=None)
        if isinstance(step, QueueStep):
            name = step.queue
            priority = self.value(step.priority) if step.priority else None
            self.note(Kind.QUEUED, queue=name, **{"class": self.masked(priority, "")})
        else:
            name = step.transfer
        self._actions.append(Transfer(self.flow.transfers.get(name, name)))

    def _call(self, step: CallStep) -> None:
        values = self.values()
        text, shown = self.renderer.path(step.get or step.post or "", values)
        body = {name: plain(self.renderer.value(source, values)) for name, source in step.body.items()}
        self.request(
            step.call, "GET" if step.get else "POST" if step.post else "", text, shown, body or None,
            step.timeout_ms, step.retries, step.filler,
        )  # fmt: skip

    # --- flows within flows -------------------------------------------------------------------

    def call_flow(
        self, name: str, back: Literal["next", "again", "question"], given: dict[str, Any] | None = None
    ) -> str:
        """Begin another flow; its first step is returned. What the caller has said already is an
        argument of it like those that are given."""
        state = self.state
        if len(state.stack) >= DEEPEST:
            raise FlowError(f"more than {DEEPEST} flows within flows")
        flow = self._flows[name]
        said = {name: value for name, value in state.early if name in flow.takes}
        values = {**flow.takes, **said, **(given or {})}
        waiting = Caller(
            state.flow, state.step, state.values, state.trail, back, state.phase, state.pending,
            state.question, (state.factor, state.passed, state.wrong),
        )  # fmt: skip
        self.change(flow=name, stack=(*state.stack, waiting), values=tuple(values.items()), trail=())
        self.note(Kind.FLOW_ENTERED, flow=name)
        return flow.start

    def _leave(self, outcome: str) -> Caller:
        """Back in the flow that called this one, at the step from which it was called."""
        self.note(Kind.FLOW_LEFT, flow=self.state.flow, outcome=outcome)
        *rest, waiting = self.state.stack
        same_subject = waiting.back == "next" and outcome == "done"
        self.change(
            flow=waiting.flow, step=waiting.step, values=waiting.values, trail=waiting.trail,
            stack=tuple(rest), early=self.state.early if same_subject else (), pending=None, meaning=None,
        )  # fmt: skip
        return waiting

    def _return(self, step: ReturnStep, visit: int) -> str | None:
        result = {key: self.value(source) for key, source in step.return_.items()}
        if step.prompt:
            self.say(step.prompt, visit)
        if not self.state.stack:
            self.last_words(self.flow.messages["goodbye"], "contained")
            return None
        return self._back(self._leave("done"), result)

    def cancel(self) -> None:
        """The caller breaks off what is being done."""
        if not self.state.stack:
            self.say(self.flow.messages["cancelled"])
            if self.flow.home:
                self.run(self.flow.home)
            else:
                self.ask_again()
            return
        self.say(self.flow.messages["cancelled"])
        waiting = self._leave("cancelled")
        step = self.step
        if waiting.back == "next" and isinstance(step, FlowStep):
            self.run(step.cancelled or step.next)
        elif (following := self._back(waiting, {})) is not None:
            self.run(following)

    def _back(self, waiting: Caller, result: dict[str, Any]) -> str | None:
        step = self.step
        if waiting.back == "next":
            assert isinstance(step, FlowStep)
            for key, source in step.save.items():
                self.assign(key, self.renderer.value(source, {**self.values(), "result": result}))
            return step.next
        if waiting.back == "again":
            return waiting.step
        factor, passed, wrong = waiting.checking
        self.change(
            phase=waiting.phase, pending=waiting.pending, question=waiting.question, no_match=0, no_input=0,
            factor=factor, passed=passed, wrong=wrong,
        )  # fmt: skip
        self.say(self.flow.messages["resumed"])
        self.ask_again()
        return None

    # --- breaking off ---------------------------------------------------------------------------

    def _break_off(self, reason: str) -> None:
        self.note(Kind.ERROR, where=f"step {self.state.step}", reason=reason, **self._named())
        self.apologise()

    def apologise(self) -> None:
        """Once: say sorry and pass the caller on to a person. Again, or without one: end."""
        person, again = self.flow.person, self.state.broken
        self.change(broken=True)
        if person is None or again:
            self.last_words(self.flow.messages["error"], "error")
            return

        def pass_on() -> None:
            self.say(self.flow.messages["error"])
            self.run_at(person)

        self.guarded(pass_on)

    def give_up(self, outcome: str) -> None:
        """The question stays unanswered: the step's own way out, a person, or the end."""
        step = self.step
        assert isinstance(step, QUESTIONS)
        self.change(given_up=self.state.given_up + 1)
        enough = self.state.given_up > MOST_GIVEN_UP
        if step.give_up and not enough:
            self.run(step.give_up)
        elif self.flow.person and not enough:
            self.run_at(self.flow.person)
        else:
            self.last_words(self.flow.messages["give_up"], outcome)


def _tone(language: str) -> Say:
    return Say("(tone)", "(tone)", language, recording=_TONE, barge_in="off", fixed=True)
