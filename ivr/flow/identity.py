"""The identity check: factor by factor the caller proves who they are, and the system that knows says
whether it is so. The bot never sees the right answers.

    begin --> next factor --ask--> answer --POST--> right: worth counted --> enough: next
                 ^                                  wrong: asked again, after `tries` in all: failed
                 +-----------------------------------+ locked: locked
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ivr.events import Kind, RequestEnded
from ivr.flow.state import Phase
from ivr.flow.steps import LEVELS, Factor, VerifyStep

if TYPE_CHECKING:
    from ivr.flow.turn import Turn


def begin(turn: Turn, step: VerifyStep) -> str | None:
    """The step that follows at once, or None while something is asked."""
    if int(dict(turn.state.shared).get("verified", 0)) >= step.level:
        return step.next
    turn.change(factor=-1, passed=0, wrong=0)
    return _next_factor(turn, step)


def answered(turn: Turn, step: VerifyStep, value: Any) -> str | None:
    """The caller's answer goes to the system that knows."""
    factor = step.factors[turn.state.factor]
    _check(turn, step, factor, value.isoformat() if hasattr(value, "isoformat") else str(value))
    return None


def checked(turn: Turn, step: VerifyStep, event: RequestEnded) -> str | None:
    """The other system has answered, to a check or to the wish for a code."""
    factor = step.factors[turn.state.factor]
    data = event.data if isinstance(event.data, dict) else {}
    if event.status == 202:
        turn.share("code_to", str(data.get("to", "")))
        turn.say(turn.flow.messages["code_sent"])
        _ask(turn, factor)
        return None
    if event.status == 423 or data.get("locked"):
        return _ended(turn, step, factor, "locked", step.locked or step.failed)
    if event.status != 200:
        return _ended(turn, step, factor, "unreachable", step.failed)
    if data.get("passed") is True:
        turn.change(passed=turn.state.passed + LEVELS[factor.factor], given_up=0)
        _audit(turn, factor, "passed")
        if turn.state.passed >= step.level:
            turn.share("verified", turn.state.passed)
            return _ended(turn, step, factor, "verified", step.next)
        return _next_factor(turn, step)
    if factor.factor == "number":  # another telephone than usual: nobody's mistake
        _audit(turn, factor, "other_number")
        return _next_factor(turn, step)
    turn.change(wrong=turn.state.wrong + 1)
    _audit(turn, factor, "wrong")
    if turn.state.wrong >= step.tries:
        return _ended(turn, step, factor, "failed", step.failed)
    turn.say(turn.flow.messages["not_verified"], turn.state.wrong - 1)
    _ask(turn, factor)
    return None


def _next_factor(turn: Turn, step: VerifyStep) -> str | None:
    turn.change(factor=turn.state.factor + 1)
    if turn.state.factor >= len(step.factors):
        turn.change(factor=len(step.factors) - 1)
        return _ended(turn, step, step.factors[-1], "failed", step.failed)
    factor = step.factors[turn.state.factor]
    if factor.factor == "number":
        number = str(dict(turn.state.shared).get("caller_number", ""))
        if not number:  # withheld: there is nothing to compare
            _audit(turn, factor, "other_number")
            return _next_factor(turn, step)
        _check(turn, step, factor, number)
    elif factor.factor == "code":
        assert step.codes
        path, shown = turn.renderer.path(step.codes, turn.values())
        turn.request(step.verify, "POST", path, shown, {}, step.timeout_ms)
    else:
        _ask(turn, factor)
    return None


def _check(turn: Turn, step: VerifyStep, factor: Factor, value: str) -> None:
    path, shown = turn.renderer.path(step.path, turn.values())
    turn.request(step.verify, "POST", path, shown, {"factor": factor.factor, "value": value}, step.timeout_ms)


def _ask(turn: Turn, factor: Factor) -> None:
    turn.change(phase=Phase.LISTENING, no_match=0, no_input=0)
    prompts = factor.prompt or turn.flow.messages[f"ask_{factor.factor}"]
    turn.ask(prompts, turn.state.wrong)


def _audit(turn: Turn, factor: Factor, outcome: str) -> None:
    turn.note(
        Kind.IDENTITY, step=turn.state.step, factor=factor.factor, outcome=outcome,
        level=turn.state.passed, wrong=turn.state.wrong,
    )  # fmt: skip


def _ended(turn: Turn, step: VerifyStep, factor: Factor, outcome: str, target: str) -> str:
    _audit(turn, factor, outcome)
    return target
