"""One event being answered: a state enters; steps run until the flow waits or the call ends; the
new state and the actions on the way leave."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from ivr.events import Kind
from ivr.flow.actions import Action, HangUp, Listen, Note, Say, Transfer
from ivr.flow.flow import Flow
from ivr.flow.schema import (
    AskStep,
    ChooseStep,
    HangUpStep,
    ListenStep,
    Prompts,
    SayStep,
    SetStep,
    Step,
    TransferStep,
)
from ivr.flow.state import Phase, State
from ivr.flow.templates import MASK, RUN_ERRORS, Renderer

MOST_STEPS = 100
"""run in a row without waiting for the caller; more is a loop"""
MOST_GIVEN_UP = 3
"""questions given up in a row before the call is ended"""


class Turn:
    def __init__(self, flow: Flow, renderer: Renderer, state: State) -> None:
        self.flow, self.state = flow, state
        self._renderer = renderer
        self._actions: list[Action] = []

    def result(self) -> tuple[State, tuple[Action, ...]]:
        return self.state, tuple(self._actions)

    def note(self, kind: Kind, **data: Any) -> None:
        self._actions.append(Note(kind, data))

    def change(self, **changes: Any) -> None:
        self.state = replace(self.state, **changes)

    @property
    def step(self) -> Step:
        return self.flow.steps[self.state.step]

    def masked(self, value: Any, slot: str) -> Any:
        """A value for the journal."""
        if slot in self.flow.secrets:
            return MASK
        if isinstance(value, Decimal | date):
            return str(value)
        return value

    # --- running ---------------------------------------------------------------------------

    def guarded(self, act: Callable[[], None]) -> None:
        """What a text or condition raises is an error of the flow: told, and the caller passed on."""
        try:
            act()
        except RUN_ERRORS as error:
            reason = type(error).__name__ if self.flow.secrets else f"{type(error).__name__}: {error}"
            self._break_off(reason)

    def run(self, name: str) -> None:
        """Enter a step and those after it, until one waits or the call ends."""
        following: str | None = name
        for _ in range(MOST_STEPS):
            if following is None:
                return
            following = self._enter(following)
        if following is not None:
            self._break_off(f"ran {MOST_STEPS} steps without listening to the caller")

    def _enter(self, name: str) -> str | None:
        """The name of the step that follows at once; None where the flow waits or ends."""
        self.note(Kind.STEP, step=name)
        visits = dict(self.state.visits)
        visit = visits.get(name, 0)
        visits[name] = visit + 1
        self.change(step=name, phase=Phase.LISTENING, visits=tuple(visits.items()), pending=None)
        self.change(no_match=0, no_input=0, refused=0)
        step = self.step
        match step:
            case SayStep():
                self.say(step.say, visit)
                return step.next
            case SetStep():
                for key, expression in step.set.items():
                    self.assign(key, self._renderer.value(expression, self.values()))
                return step.next
            case ChooseStep():
                for branch in step.choose:
                    if self._renderer.value(branch.when, self.values()):
                        return branch.next
                return step.otherwise
            case ListenStep() | AskStep():
                self.ask(step.prompt, visit)
            case TransferStep():
                if step.prompt:
                    self.say(step.prompt, visit)
                self.change(phase=Phase.TRANSFERRING, listen=None)
                self._actions.append(Transfer(self.flow.transfers.get(step.transfer, step.transfer)))
            case HangUpStep():
                if step.prompt:
                    self.say(step.prompt, visit)
                self.hang_up(step.hang_up)
        return None

    def _break_off(self, reason: str) -> None:
        self.note(Kind.ERROR, where=f"step {self.state.step}", reason=reason)
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
            self.run(person)

        self.guarded(pass_on)

    # --- speaking, asking, ending -------------------------------------------------------------

    def values(self) -> dict[str, Any]:
        values = {**self.flow.data, **dict(self.state.values)}
        if self.state.pending is not None and isinstance(self.step, AskStep):
            values[self.step.ask] = self.state.pending
        return values

    def assign(self, name: str, value: Any) -> None:
        self.change(values=tuple((dict(self.state.values) | {name: value}).items()))

    def say(self, prompts: Prompts, turn: int = 0) -> Say:
        """The text of that turn; the last one stays."""
        prompt = prompts[min(turn, len(prompts) - 1)]
        said = self.flow.say(prompt, self._renderer, self.values())
        self._actions.append(said)
        return said

    def ask(self, prompts: Prompts, turn: int = 0) -> None:
        """Put a question to the caller and listen."""
        self.change(question=(self.say(prompts, turn),))
        self.listen()

    def ask_again(self) -> None:
        self._actions += self.state.question
        self.listen()

    def listen(self) -> None:
        confirming = self.state.phase is Phase.CONFIRMING
        action = Listen(self.flow.expectation(self.state.step, confirming))
        self.change(listen=action)
        self._actions.append(action)

    def hang_up(self, outcome: str) -> None:
        self.change(phase=Phase.ENDED, listen=None, pending=None)
        self._actions.append(HangUp(outcome))

    def last_words(self, prompts: Prompts, outcome: str) -> None:
        """Say something and end; an error in the words themselves does not keep the call alive."""
        try:
            self.say(prompts)
        except RUN_ERRORS as error:
            self.note(Kind.ERROR, where=f"step {self.state.step}", reason=type(error).__name__)
        self.hang_up(outcome)

    def give_up(self, outcome: str) -> None:
        """The question stays unanswered: the step's own way out, a person, or the end."""
        step = self.step
        assert isinstance(step, ListenStep | AskStep)
        target = step.give_up or self.flow.person
        self.change(given_up=self.state.given_up + 1)
        if target is None or self.state.given_up > MOST_GIVEN_UP:
            self.last_words(self.flow.messages["give_up"], outcome)
        else:
            self.run(target)
