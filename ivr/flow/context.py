"""What one event changes and brings about: the state so far, what is said, asked and noted. Turn (turn.py)
goes through the steps; this is what all of them stand on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Literal

from ivr.events import Kind, Slot
from ivr.flow.actions import Action, HangUp, Listen, Note, Request, Say
from ivr.flow.flow import Flow
from ivr.flow.schema import Prompts
from ivr.flow.state import Phase, State
from ivr.flow.steps import AskStep, Step, VerifyStep
from ivr.flow.templates import MASK, RUN_ERRORS, Renderer


class Context:
    def __init__(self, flows: dict[str, Flow], renderers: dict[str, Renderer], state: State) -> None:
        self.state = state
        self._flows, self._renderers = flows, renderers
        self._actions: list[Action] = []

    def result(self) -> tuple[State, tuple[Action, ...]]:
        return self.state, tuple(self._actions)

    def note(self, kind: Kind, **data: Any) -> None:
        self._actions.append(Note(kind, data))

    def change(self, **changes: Any) -> None:
        self.state = self.state.changed(changes)

    @property
    def flow(self) -> Flow:
        return self._flows[self.state.flow]

    @property
    def step(self) -> Step:
        return self.flow.steps[self.state.step]

    @property
    def outer(self) -> tuple[Flow, ...]:
        """The flows that called this one, the nearest first."""
        return tuple(self._flows[caller.flow] for caller in reversed(self.state.stack))

    @property
    def renderer(self) -> Renderer:
        return self._renderers[self.state.flow]

    def masked(self, value: Any, slot: str) -> Any:
        """A value for the journal."""
        if slot in self.flow.secrets:
            return MASK
        return str(value) if isinstance(value, Decimal | date | time) else value

    # --- other systems --------------------------------------------------------------------------

    def request(
        self, service: str, method: Literal["GET", "POST", ""], path: str, shown: str,
        body: dict[str, Any] | None, timeout_ms: int, retries: int = 0, filler: Prompts | None = None,
    ) -> None:  # fmt: skip
        number = self.state.request + 1
        waiting = self._made(filler or self.flow.messages["wait"], 0)
        self.change(phase=Phase.CALLING, listen=None, request=number)
        self.note(Kind.REQUEST, number=number, service=service, method=method, path=shown)
        self._actions.append(
            Request(number, service, method, path, shown, body, timeout_ms, retries, waiting)
        )

    # --- values -----------------------------------------------------------------------------------

    def values(self) -> dict[str, Any]:
        values = {**self.flow.data, **dict(self.state.shared), **dict(self.state.values)}
        if self.state.pending is not None and isinstance(self.step, AskStep):
            values[self.step.ask] = self.state.pending
        return values

    def value(self, expression: str) -> Any:
        return self.renderer.value(expression, self.values())

    def assign(self, name: str, value: Any) -> None:
        """A value of this flow; but who the caller is concerns the whole call, and somebody else has
        not been verified."""
        if name == "caller":
            if str(value["id"]) != str(dict(self.state.shared)["caller"]["id"]):
                self.share("verified", 0)
            self.share("caller", value)
            return
        self.change(values=tuple((dict(self.state.values) | {name: value}).items()))

    def share(self, name: str, value: Any) -> None:
        """For all flows of the call."""
        self.change(shared=tuple((dict(self.state.shared) | {name: value}).items()))

    # --- speaking, asking, ending -------------------------------------------------------------

    def say(self, prompts: Prompts, turn: int = 0, **more: Any) -> Say | None:
        """The text of that turn among those whose condition holds; the last one stays."""
        said = self._made(prompts, turn, **more)
        if said:
            self._actions.append(said)
        return said

    def _made(self, prompts: Prompts, turn: int, **more: Any) -> Say | None:
        values = {**self.values(), **more}
        fitting = [p for p in prompts if p.when is None or self.renderer.value(p.when, values)]
        if not fitting:
            return None
        said = self.flow.say(fitting[min(turn, len(fitting) - 1)], self.renderer, values)
        return replace(said, slow=True) if self.state.slow else said

    def ask(self, prompts: Prompts, turn: int = 0, **more: Any) -> None:
        """Put a question to the caller and listen."""
        said = self.say(prompts, turn, **more)
        self.change(question=(said,) if said else ())
        self.listen()

    def ask_again(self) -> None:
        slow = self.state.slow
        self._actions += [replace(said, slow=True) if slow else said for said in self.state.question]
        self.listen()

    def listen(self) -> None:
        asks_yes_no = self.state.phase in (Phase.CONFIRMING, Phase.UNSURE)
        step = self.step
        slot: Slot | None = step.factors[self.state.factor].slot if isinstance(step, VerifyStep) else None
        action = Listen(self.flow.expectation(self.state.step, asks_yes_no, slot, self.outer))
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


def plain(value: Any) -> Any:
    """As JSON carries it: money as text with its decimals, days and times in ISO 8601."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date | time | datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value
