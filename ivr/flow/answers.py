"""What the caller's words or keys mean at a question, and what is done about it: a transcript or keys
enter, steps run.

    said --> command word for word --> the answer of this question --> correction of the last answer
         --> intent of the step, or a subject of `anywhere` --> command, nearly --> not understood
"""

from __future__ import annotations

from typing import Any

from ivr.events import Kind, Slot, Transcript
from ivr.flow import acting, patterns, slots
from ivr.flow.flow import CONFIRM_SLOT, Flow
from ivr.flow.match import Match, Matcher
from ivr.flow.state import Phase
from ivr.flow.steps import AskStep, VerifyStep
from ivr.flow.templates import MASK
from ivr.flow.turn import Turn


def said(turn: Turn, event: Transcript) -> None:
    readings = [(event.text, event.confidence)] if event.text.strip() else []
    readings += [(other.text, other.confidence) for other in event.alternatives] if readings else []
    for text, confidence in readings:
        if _understand(turn, text, confidence):
            return
    no_match(turn, event.text)


def keyed(turn: Turn, keys: str) -> None:
    slot = _slot(turn)
    if slot is None:
        for name, intent in turn.flow.listens[turn.state.step].items():
            if intent.keys == keys:
                acting.act_on(turn, Match(name, acting.SURE), keys, "keys")
                return
    else:
        value = slots.parse_keys(keys, slot, turn.state.today)
        if value is not None:
            acting.take(turn, value, keys, "keys", acting.SURE)
            return
    for name, command in turn.flow.commands.items():
        if command.keys == keys:
            acting.act_on(turn, Match(name, acting.SURE), keys, "keys")
            return
    no_match(turn, "")


def no_match(turn: Turn, text: str) -> None:
    secret = turn.state.listen is not None and turn.state.listen.expectation.secret
    turn.note(
        Kind.NO_MATCH, step=turn.state.step, count=turn.state.no_match + 1, text=MASK if secret else text
    )
    failed(turn, "no_match")


def failed(turn: Turn, kind: str) -> None:
    """Say the next of the step's own texts, or of the general ones and the question again; after
    the last one give up."""
    count: int = getattr(turn.state, kind)
    own = None
    if turn.state.phase is Phase.LISTENING:
        step = turn.step
        part = step.factors[turn.state.factor] if isinstance(step, VerifyStep) else step
        own = getattr(part, kind)
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


# --- understanding ------------------------------------------------------------------------------


def _slot(turn: Turn) -> Slot | None:
    """The value that is asked for; None at a listen or menu step."""
    step = turn.step
    if turn.state.phase in (Phase.CONFIRMING, Phase.UNSURE):
        return CONFIRM_SLOT
    if isinstance(step, VerifyStep):
        return step.factors[turn.state.factor].slot
    return step.slot if isinstance(step, AskStep) else None


def _understand(turn: Turn, text: str, confidence: float) -> bool:
    """Act on one reading of what was said; False where it means nothing here."""
    slot, flow, today = _slot(turn), turn.flow, turn.state.today
    if slot is None:
        found = _best(turn, [flow.matchers[turn.state.step]], text)
        return found is not None and acting.weigh(turn, found, text, confidence)
    exact = flow.commands_matcher.exact(text, today)
    if exact is not None and slot.type != "yes_no":  # "no thank you" answers a question, and ends a call
        return acting.act_on(turn, exact, text, "speech")
    if turn.state.phase is Phase.CONFIRMING and _other_value(turn, text):
        return True
    if _correction(turn, text):
        return True
    if slot.type == "text" and _breaks_off(turn, text):
        return True
    value = _value(turn, slot, text)
    if value is not None:
        acting.take(turn, value, text, "speech", confidence)
        return True
    own = [flow.matchers[turn.state.step]] if turn.state.step in flow.matchers else []
    found = _best(turn, [*own, flow.commands_matcher], text)
    return found is not None and acting.weigh(turn, found, text, confidence)


def _breaks_off(turn: Turn, text: str) -> bool:
    """Any words answer a question for free text, but not those that surely mean a command."""
    found = turn.flow.commands_matcher.match(text, turn.state.today)
    if found is None or found.name not in turn.flow.commands or found.score < turn.flow.bands.accept:
        return False
    return acting.act_on(turn, found, text, "speech")


def _value(turn: Turn, slot: Slot, text: str) -> Any:
    """The answer; what else was said that answers a later question is kept for it."""
    step = turn.step
    if not isinstance(step, AskStep) or turn.state.phase is not Phase.LISTENING or step.type == "text":
        return slots.parse(text, slot, turn.flow.language, turn.state.today)
    others = _other_questions(turn.flow, step)
    if others:
        extracted = slots.find_all(text, {step.ask: slot, **others}, turn.flow.language, turn.state.today)
        by_name = {found.name: found.value for found in reversed(extracted.found)}
        if step.ask in by_name and len(by_name) > 1:
            value = by_name.pop(step.ask)
            turn.change(early=tuple((dict(turn.state.early) | by_name).items()))
            return value
    return slots.parse(text, slot, turn.flow.language, turn.state.today)


_WITHIN = frozenset(patterns.TYPES) - {"yes_no", "digits", "number"}
"""types that are told apart within a sentence without a question that asks for them"""
_WHOLE = ("text", "yes_no")
"""types whose answer is the whole sentence"""


def _other_questions(flow: Flow, asked: AskStep) -> dict[str, Slot]:
    """Questions of the flow whose answer can be told from that of the one that is asked."""
    others: dict[str, Slot] = {}
    for step in flow.steps.values():
        if isinstance(step, AskStep) and step.type in _WITHIN and step.type != asked.type and not step.secret:
            others.setdefault(step.ask, step.slot)
    types = [slot.type for slot in others.values()]
    return {name: slot for name, slot in others.items() if types.count(slot.type) == 1}


def _other_value(turn: Turn, text: str) -> bool:
    """ "No, six thousand": another answer in place of the one that is read back."""
    step, flow = turn.step, turn.flow
    if not isinstance(step, AskStep) or step.type in ("yes_no", "text"):
        return False
    rest = slots.correction(text, flow.language)
    value = slots.parse(rest or text, step.slot, flow.language, turn.state.today)
    if value is None or value == turn.state.pending:
        return False
    if rest is None and slots.parse(text, CONFIRM_SLOT, flow.language, turn.state.today) is not None:
        return False
    turn.note(Kind.CORRECTED, step=turn.state.step, slot=step.ask, value=turn.masked(value, step.ask))
    turn.change(phase=Phase.LISTENING, pending=None)
    acting.take(turn, value, text, "speech", acting.SURE)
    return True


def _correction(turn: Turn, text: str) -> bool:
    """ "No, I said six thousand" after the next question was put: back to the last one; or, from a question
    for yes or no, to the latest one that the value answers. What was answered after it stays answered."""
    state, flow = turn.state, turn.flow
    if not state.trail or state.phase is not Phase.LISTENING or state.refused:
        return False
    rest = slots.correction(text, flow.language)
    if rest is None:
        return False
    asked = flow.steps[state.step]
    decides = isinstance(asked, AskStep) and asked.type == "yes_no"
    last = len(state.trail) - 1
    for place in range(last, -1 if decides else last - 1, -1):
        step = flow.steps[state.trail[place]]
        if not isinstance(step, AskStep) or (
            step.type not in _WITHIN if place < last else step.type in _WHOLE
        ):
            continue
        value = slots.parse(rest, step.slot, flow.language, state.today)
        if value is not None:
            _answer_anew(turn, place, step, value)
            return True
    return False


def _answer_anew(turn: Turn, place: int, step: AskStep, value: Any) -> None:
    """Back to a question of the trail with another answer to it."""
    state, flow = turn.state, turn.flow
    turn.note(Kind.CORRECTED, step=state.trail[place], slot=step.ask, value=turn.masked(value, step.ask))
    later = [flow.steps[name] for name in state.trail[place + 1 :]]
    kept = {
        one.ask: dict(state.values)[one.ask]
        for one in later
        if isinstance(one, AskStep) and one.type in _WITHIN
    }
    early = dict(state.early) | kept | {step.ask: value}
    turn.change(trail=state.trail[:place], early=tuple(early.items()), given_up=0)
    turn.say(flow.messages["corrected"])
    turn.run(state.trail[place])


def _best(turn: Turn, matchers: list[Matcher], text: str) -> Match | None:
    """The surest of all meanings: of this question, and the subjects of this flow and the outer ones."""
    outer = [flow.subjects_matcher for flow in turn.outer]
    found = [match for m in (*matchers, *outer) if (match := m.match(text, turn.state.today))]
    return max(found, key=lambda match: match.score, default=None)
