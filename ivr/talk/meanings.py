"""What a sentence may mean at a question: the words enter; everything that can be meant there leaves, the
surest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ivr.events import Slot
from ivr.flow import patterns, slots
from ivr.flow.flow import Flow
from ivr.flow.match import Matcher
from ivr.flow.state import State


@dataclass(frozen=True, slots=True)
class Meaning:
    name: str
    """an intent of the question, a subject of `anywhere`, or a universal command"""
    score: float
    """0 to 1: how sure; a flow's `confidence` says from where on the bot acts and asks back"""


def ranked(root: Flow, state: State, text: str) -> list[Meaning]:
    """At the question where the call stands."""
    flow = root.flows[state.flow]
    outer = [root.flows[caller.flow] for caller in state.stack]
    own = flow.matchers.get(state.step)
    matchers = [own] if own else [flow.commands_matcher]
    scores: dict[str, float] = {}
    for matcher in (*matchers, *(caller.subjects_matcher for caller in outer)):
        for meaning in _of(matcher, _plain(text, flow, outer, state.today), text, state.today):
            scores[meaning.name] = max(meaning.score, scores.get(meaning.name, 0.0))
    return sorted((Meaning(*item) for item in scores.items()), key=lambda meaning: -meaning.score)


def _of(matcher: Matcher, plain: str, text: str, today: date) -> list[Meaning]:
    if not matcher:
        return []
    found = [Meaning(one.name, one.confidence) for one in matcher.classifier.rank(plain)]
    if match := matcher.match(text, today):
        found.append(Meaning(match.name, match.score))
    return found


def _plain(text: str, flow: Flow, outer: Sequence[Flow], today: date) -> str:
    """With <type> in place of the values that examples have."""
    intents = [i for listened in flow.listens.values() for i in listened.values()]
    intents += [intent for part in (flow, *outer) for intent in part.anywhere.values()]
    kinds = {kind for intent in intents for kind in patterns.slots(intent.examples).values()}
    if not kinds:
        return text
    wanted: dict[str, Slot] = {kind: Slot(kind) for kind in patterns.TYPES if kind in kinds}
    extracted = slots.find_all(text, wanted, flow.language, today)
    return slots.delexicalised(extracted.text, extracted.found)
