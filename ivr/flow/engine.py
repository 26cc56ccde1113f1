"""The flow engine, a pure function: a state and what the caller did enter, the next state and
what to do leave. It reads no clock, does no input or output, and draws no random number.

start ---> LISTENING --answer--> CONFIRMING --yes--> next step ... ---> TRANSFERRING ---> ENDED
               ^                      |                                      |
               +---------no-----------+ <------------not completed-----------+
"""

from __future__ import annotations

from datetime import date

from ivr.events import (
    CallFacts,
    KeysEntered,
    Kind,
    NoInput,
    RecogniserLost,
    Slot,
    Transcript,
    TransferEnded,
    TransferOutcome,
)
from ivr.flow import slots
from ivr.flow.actions import Action
from ivr.flow.flow import CONFIRM_SLOT, Flow
from ivr.flow.match import Match
from ivr.flow.schema import AskStep, ListenStep, TransferStep
from ivr.flow.state import FlowEvent, Phase, State, Value
from ivr.flow.templates import MASK, SayAs
from ivr.flow.turn import Turn


class Engine:
    """Runs any number of calls of one flow; holds nothing of any of them."""

    def __init__(self, flow: Flow, say_as: SayAs) -> None:
        self.flow = flow
        self._renderer = flow.renderer(say_as)

    def start(self, facts: CallFacts, today: date) -> tuple[State, tuple[Action, ...]]:
        known = (("today", today), ("caller_number", facts.caller), ("called_number", facts.called))
        turn = Turn(self.flow, self._renderer, State(today, step=self.flow.start, values=known))
        turn.guarded(lambda: turn.run(self.flow.start))
        return turn.result()

    def step(self, state: State, event: FlowEvent) -> tuple[State, tuple[Action, ...]]:
        """The actions end with Listen, Transfer or HangUp; none for an event that comes too late."""
        turn = Turn(self.flow, self._renderer, state)
        turn.guarded(lambda: _answer(turn, event))
        return turn.result()

    def give_up(self, state: State) -> tuple[State, tuple[Action, ...]]:
        """Something outside the flow broke: apologise and pass the caller on, or end the call."""
        turn = Turn(self.flow, self._renderer, state)
        turn.apologise()
        return turn.result()


def _answer(turn: Turn, event: FlowEvent) -> None:
    phase = turn.state.phase
    if phase is Phase.TRANSFERRING and isinstance(event, TransferEnded):
        _transfer_ended(turn, event)
    elif phase in (Phase.LISTENING, Phase.CONFIRMING):
        match event:
            case Transcript():
                _said(turn, event)
            case KeysEntered():
                _keyed(turn, event.keys)
            case NoInput():
                _failed(turn, "no_input")
            case RecogniserLost():
                turn.say(turn.flow.messages["repeat_please"])
                turn.listen()


def _transfer_ended(turn: Turn, event: TransferEnded) -> None:
    step = turn.step
    assert isinstance(step, TransferStep)
    if event.outcome is TransferOutcome.COMPLETED:
        turn.hang_up("transferred")
    elif step.failed:
        turn.run(step.failed)
    else:
        turn.last_words(turn.flow.messages["transfer_failed"], "transfer_failed")


def _said(turn: Turn, event: Transcript) -> None:
    readings = (event.text, *(other.text for other in event.alternatives)) if event.text.strip() else ()
    for text in readings:
        if _understand(turn, text):
            return
    _no_match(turn)


def _understand(turn: Turn, text: str) -> bool:
    """Act on one reading of what was said; False where it means nothing here."""
    step, flow = turn.step, turn.flow
    if isinstance(step, ListenStep):
        found = flow.matchers[turn.state.step].match(text)
        return found is not None and _act_on(turn, found, text, "speech")
    slot = _slot(turn)
    exact = flow.commands_matcher.exact(text)
    if exact is not None and slot.type != "yes_no":  # "no thank you" answers a question, and ends a call
        return _act_on(turn, exact, text, "speech")
    value = slots.parse(text, slot, flow.language, turn.state.today)
    if value is not None:
        _take(turn, value, text, "speech")
        return True
    near = flow.commands_matcher.match(text)
    return near is not None and _act_on(turn, near, text, "speech")


def _keyed(turn: Turn, keys: str) -> None:
    step = turn.step
    if isinstance(step, ListenStep):
        for name, intent in step.listen.items():
            if intent.keys == keys:
                _act_on(turn, Match(name, 1.0), keys, "keys")
                return
    else:
        value = slots.parse_keys(keys, _slot(turn), turn.state.today)
        if value is not None:
            _take(turn, value, keys, "keys")
            return
    for name, command in turn.flow.commands.items():
        if command.keys == keys:
            _act_on(turn, Match(name, 1.0), keys, "keys")
            return
    _no_match(turn)


def _slot(turn: Turn) -> Slot:
    assert isinstance(turn.step, AskStep)
    return CONFIRM_SLOT if turn.state.phase is Phase.CONFIRMING else turn.step.slot


def _act_on(turn: Turn, found: Match, text: str, by: str) -> bool:
    """An intent of the step or a universal command."""
    step = turn.step
    secret = isinstance(step, AskStep) and step.ask in turn.flow.secrets
    turn.note(
        Kind.UNDERSTOOD, step=turn.state.step, intent=found.name, text=MASK if secret else text,
        score=found.score, by=by,
    )  # fmt: skip
    turn.change(given_up=0)
    if isinstance(step, ListenStep) and found.name in step.listen:
        turn.run(step.listen[found.name].next)
    else:
        _command(turn, found.name)
    return True


def _command(turn: Turn, name: str) -> None:
    command, step = turn.flow.commands[name], turn.step
    assert isinstance(step, ListenStep | AskStep)
    if command.next:
        turn.run(command.next)
    elif name == "goodbye":
        turn.last_words(turn.flow.messages["goodbye"], "goodbye")
    else:
        if name == "help":
            turn.say((step.help,) if step.help else turn.flow.messages["help"])
        turn.ask_again()


def _take(turn: Turn, value: Value, text: str, by: str) -> None:
    """An answer to the step's question or to its read-back."""
    step, state = turn.step, turn.state
    assert isinstance(step, AskStep)
    shown = turn.masked(text, step.ask)
    if state.phase is Phase.CONFIRMING:
        intent = "yes" if value else "no"
        turn.note(Kind.UNDERSTOOD, step=state.step, intent=intent, text=shown, score=1.0, by=by)
        turn.change(given_up=0)
        if value and state.pending is not None:
            _accept(turn, step, state.pending)
        else:
            _refused(turn, step)
        return
    turn.note(Kind.UNDERSTOOD, step=state.step, slot=step.ask, text=shown, score=1.0, by=by)
    turn.change(given_up=0)
    if step.confirm is None:
        _accept(turn, step, value)
    else:
        turn.change(phase=Phase.CONFIRMING, pending=value, no_match=0, no_input=0)
        turn.ask(step.confirm, state.refused)


def _accept(turn: Turn, step: AskStep, value: Value) -> None:
    turn.note(Kind.SLOT, slot=step.ask, value=turn.masked(value, step.ask))
    turn.assign(step.ask, value)
    turn.run(step.next)


def _refused(turn: Turn, step: AskStep) -> None:
    refused = turn.state.refused + 1
    turn.change(phase=Phase.LISTENING, pending=None, refused=refused, no_match=0, no_input=0)
    if refused > step.retries:
        turn.give_up("no_match")
    else:
        turn.ask(step.prompt, dict(turn.state.visits)[turn.state.step] - 1 + refused)


def _no_match(turn: Turn) -> None:
    turn.note(Kind.NO_MATCH, step=turn.state.step, count=turn.state.no_match + 1)
    _failed(turn, "no_match")


def _failed(turn: Turn, kind: str) -> None:
    """Say the next of the step's own texts, or of the general ones and the question again; after
    the last one give up."""
    count: int = getattr(turn.state, kind)
    own = None if turn.state.phase is Phase.CONFIRMING else getattr(turn.step, kind)
    prompts = own or turn.flow.messages[kind]
    if count >= len(prompts):
        turn.give_up(kind)
        return
    turn.change(**{kind: count + 1})
    turn.say(prompts, count)
    if own:
        turn.listen()
    else:
        turn.ask_again()
