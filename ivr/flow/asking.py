"""The value that an ask step wants, once it is understood: refuse it, read it back, or keep it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ivr.events import Kind
from ivr.flow.state import Phase
from ivr.flow.steps import AskStep

if TYPE_CHECKING:
    from ivr.flow.turn import Turn


def given_early(turn: Turn, step: AskStep) -> str | None:
    """Take the answer that was given before the question: the step that follows, or None while the
    caller is asked about it."""
    early = dict(turn.state.early)
    value = early.pop(step.ask)
    turn.change(early=tuple(early.items()))
    turn.note(Kind.UNDERSTOOD, step=turn.state.step, slot=step.ask, text="", score=1.0, by="early")
    return considered(turn, step, value, 1.0)


def considered(turn: Turn, step: AskStep, value: Any, confidence: float) -> str | None:
    """The step that follows, or None while the caller is asked about the answer."""
    turn.change(pending=value)
    for refusal in step.refuse:
        if turn.value(refusal.when):
            turn.say(refusal.say, turn.state.refused)
            refused(turn, step)
            return None
    sure = step.confirm_when == "unsure" and confidence >= turn.flow.bands.accept
    if step.confirm is None or sure:
        return accept(turn, step, value)
    turn.change(phase=Phase.CONFIRMING, no_match=0, no_input=0)
    turn.ask(step.confirm, turn.state.refused)
    return None


def accept(turn: Turn, step: AskStep, value: Any) -> str:
    turn.note(Kind.SLOT, slot=step.ask, value=turn.masked(value, step.ask))
    turn.change(pending=None, trail=(*turn.state.trail, turn.state.step))
    turn.assign(step.ask, value)
    return step.next


def refused(turn: Turn, step: AskStep) -> None:
    """The caller said no to the read-back, or the answer does not do: the question again."""
    count = turn.state.refused + 1
    turn.change(phase=Phase.LISTENING, pending=None, refused=count, no_match=0, no_input=0)
    if count > step.retries:
        turn.give_up("no_match")
    else:
        key = f"{turn.state.flow}.{turn.state.step}"
        turn.ask(step.prompt, dict(turn.state.visits)[key] - 1 + count)
