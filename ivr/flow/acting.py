"""What is done about an answer that is understood: a meaning or a value enters, steps run."""

from __future__ import annotations

from typing import Any, Literal

from ivr.events import Kind
from ivr.flow import asking, identity
from ivr.flow.flow import Place
from ivr.flow.match import Match
from ivr.flow.schema import Intent
from ivr.flow.state import Phase
from ivr.flow.steps import AskStep, VerifyStep
from ivr.flow.templates import MASK
from ivr.flow.turn import Turn

SURE = 1.0
HEARD_WELL = 0.6
"""confidence of the recogniser from which on its words are taken as said"""


def weigh(turn: Turn, found: Match, text: str, confidence: float) -> bool:
    """Act on a meaning, ask back, or leave it. `confidence`: how surely these words were heard."""
    bands = turn.flow.bands
    means = _means(turn, found.name)
    asks_back = bool(means) and turn.state.phase is not Phase.UNSURE
    heard_well = confidence >= HEARD_WELL or not asks_back
    if found.score >= bands.accept and heard_well:
        return act_on(turn, found, text, "speech")
    if found.score < bands.confirm or not asks_back:
        return False
    turn.note(
        Kind.ASKED_BACK, step=turn.state.step, intent=found.name, text=_shown(turn, text), score=found.score
    )
    turn.change(meaning=found, phase=Phase.UNSURE)
    turn.say(turn.flow.messages["unsure"], meaning=means)
    turn.listen()
    return True


def _means(turn: Turn, name: str) -> str:
    intent = _intent(turn, name)
    return intent.means if intent else ""


def _intent(turn: Turn, name: str) -> Intent | None:
    own = turn.flow.listens.get(turn.state.step, {})
    for intents in (own, *(flow.anywhere for flow in (turn.flow, *turn.outer))):
        if name in intents:
            return intents[name]
    return None


def _shown(turn: Turn, text: str) -> str:
    step = turn.step
    secret = isinstance(step, VerifyStep) or (isinstance(step, AskStep) and step.ask in turn.flow.secrets)
    return MASK if secret else text


def act_on(turn: Turn, found: Match, text: str, by: str) -> bool:
    """An intent of the step, a subject that may be raised anywhere, or a universal command."""
    turn.note(
        Kind.UNDERSTOOD, step=turn.state.step, intent=found.name, text=_shown(turn, text),
        score=found.score, by=by,
    )  # fmt: skip
    turn.change(given_up=0)
    if intent := turn.flow.listens.get(turn.state.step, {}).get(found.name):
        _go(turn, intent, found, "again")
        return True
    for flow in (turn.flow, *turn.outer):
        if intent := flow.anywhere.get(found.name):
            if intent.flow:
                _go(turn, intent, found, "question")
            else:
                turn.change(early=found.values)
                assert intent.next
                turn.run_at(Place(flow.name, intent.next))
            return True
    _command(turn, found.name)
    return True


def _go(turn: Turn, intent: Intent, found: Match, back: Literal["again", "question"]) -> None:
    turn.change(early=found.values, meaning=None)
    if intent.next:
        turn.run(intent.next)
    else:
        assert intent.flow
        turn.run(turn.call_flow(intent.flow, back))


def _command(turn: Turn, name: str) -> None:
    command, step = turn.flow.commands[name], turn.step
    if turn.state.phase is Phase.UNSURE:
        turn.change(phase=Phase.LISTENING, meaning=None)
    if command.next:
        turn.run_at(command.next)
    elif name == "goodbye":
        turn.last_words(turn.flow.messages["goodbye"], "goodbye")
    elif name == "cancel":
        turn.cancel()
    elif name == "back":
        _go_back(turn)
    else:
        if name == "slower":
            turn.change(slow=True)
        own_help = getattr(step, "help", None)
        if name == "help":
            turn.say((own_help,) if own_help else turn.flow.messages["help"])
        turn.ask_again()


def _go_back(turn: Turn) -> None:
    trail = turn.state.trail
    if not trail:
        turn.ask_again()
        return
    turn.change(trail=trail[:-1], early=())
    turn.run(trail[-1])


def take(turn: Turn, value: Any, text: str, by: str, confidence: float) -> None:
    """An answer to the step's question, to its read-back, or to the question back."""
    step, state = turn.step, turn.state
    if state.phase is Phase.UNSURE:
        _meaning_answered(turn, bool(value), text, by)
        return
    if isinstance(step, VerifyStep):
        turn.note(Kind.UNDERSTOOD, step=state.step, slot="identity", text=MASK, score=SURE, by=by)
        turn.change(given_up=0)
        _on(turn, identity.answered(turn, step, value))
        return
    assert isinstance(step, AskStep)
    shown = _shown(turn, text)
    if state.phase is Phase.CONFIRMING:
        intent = "yes" if value else "no"
        turn.note(Kind.UNDERSTOOD, step=state.step, intent=intent, text=shown, score=SURE, by=by)
        turn.change(given_up=0)
        if value and state.pending is not None:
            _on(turn, asking.accept(turn, step, state.pending))
        else:
            asking.refused(turn, step)
        return
    turn.note(Kind.UNDERSTOOD, step=state.step, slot=step.ask, text=shown, score=SURE, by=by)
    turn.change(given_up=0)
    _on(turn, asking.considered(turn, step, value, confidence))


def _on(turn: Turn, following: str | None) -> None:
    if following is not None:
        turn.run(following)


def _meaning_answered(turn: Turn, yes: bool, text: str, by: str) -> None:
    meaning = turn.state.meaning
    assert meaning
    turn.change(phase=Phase.LISTENING, meaning=None)
    if yes:
        act_on(turn, Match(meaning.name, SURE, meaning.values), text, by)
        return
    turn.note(Kind.NO_MATCH, step=turn.state.step, count=turn.state.no_match + 1, text=_shown(turn, text))
    turn.change(no_match=turn.state.no_match + 1)
    turn.say(turn.flow.messages["not_that"])
    turn.ask_again()
