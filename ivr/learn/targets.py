"""What may be meant in a flow and in those that it calls: a flow enters; each intent leaves with the place
in the files where its examples stand, and matchers that rank them.

Intents named at the top of a file, subjects of `anywhere` and those of the main question may be meant
everywhere; the others only at their own question.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from ivr import located
from ivr.events import Slot
from ivr.flow import patterns, slots
from ivr.flow.flow import Flow
from ivr.flow.match import Matcher
from ivr.flow.schema import Intent
from ivr.flow.steps import ListenStep
from ivr.located import Key

Question = tuple[str, str]
"""flow and step"""


@dataclass(frozen=True, slots=True)
class Target:
    """An intent, or a universal command."""

    name: str
    """told to people: `repay_early`, or `to_person.offer.call_back` for one of a single question"""
    intent: str
    """as the engine and the journal name it"""
    file: Path
    where: Key | None
    """its examples in the file; None: it has none there"""
    examples: tuple[str, ...]
    """with synonyms"""
    values: Mapping[str, str]
    """name -> type of what may stand in a sentence"""


@dataclass(frozen=True)
class Targets:
    root: Flow
    everywhere: Mapping[str, Target]
    """by name"""
    local: Mapping[Question, Mapping[str, Target]]
    """by question and name"""
    matcher: Matcher
    """of `everywhere`"""
    outside: tuple[str, ...] = ()
    """sentences that mean none of these"""
    _matchers: dict[Question, Matcher] = field(default_factory=dict, repr=False)

    def __iter__(self) -> Iterator[Target]:
        yield from self.everywhere.values()
        for here in self.local.values():
            yield from here.values()

    def named(self, name: str) -> Target | None:
        return next((target for target in self if target.name == name), None)

    def beside(self, target: Target) -> list[Target]:
        """The others that may be meant where this one is."""
        here = next((item for item in self.local.items() if target.name in item[1]), None)
        others = list(self.everywhere.values())
        if here:
            (flow, _), own = here
            heard = {*self.root.anywhere, *self.root.flows[flow].anywhere, *self.root.flows[flow].commands}
            others = [*own.values(), *(one for one in others if one.intent in heard)]
        return [one for one in others if one.name != target.name]

    def values(self) -> dict[str, Slot]:
        """A slot for each type of value that an example has."""
        kinds = {kind for target in self for kind in target.values.values()}
        return {kind: Slot(kind) for kind in patterns.TYPES if kind in kinds}

    def plain(self, text: str, today: date) -> str:
        """With <type> in place of values."""
        extracted = slots.find_all(text, self.values(), self.root.language, today)
        return slots.delexicalised(extracted.text, extracted.found)

    def scores(self, text: str, today: date, question: Question | None = None) -> dict[str, float]:
        """How sure the bot is of each name, 0 to 1; those of a question count where it is asked."""
        found = _scores(self.matcher, text, self.plain(text, today), today)
        for name, target in self.local.get(question or ("", ""), {}).items():
            scores = _scores(self._own(question or ("", "")), text, self.plain(text, today), today)
            found[name] = scores.get(target.intent, 0.0)
        return found

    def _own(self, question: Question) -> Matcher:
        flow, step = question
        return self._matchers.setdefault(question, self.root.flows[flow].matchers[step])


def _scores(matcher: Matcher, text: str, plain: str, today: date) -> dict[str, float]:
    if not matcher:
        return {}
    found = {one.name: one.confidence for one in matcher.classifier.rank(plain)}
    if match := matcher.match(text, today):
        found[match.name] = max(match.score, found.get(match.name, 0.0))
    return found


def targets(root: Flow, classifiers: Path | None = None) -> Targets:
    """`classifiers`: folder that keeps what was learnt."""
    flows = [root, *(one for one in root.flows.values() if one.language == root.language and one is not root)]
    data = {flow.name: located.read(flow.file).data for flow in flows}
    main = _main(root)
    everywhere: dict[str, Target] = {}
    local: dict[Question, dict[str, Target]] = {}
    seen: set[tuple[Path, Key]] = set()
    for flow, step, name, intent, own in _listened(flows):
        holder, where = _place(flow, root, name, own, data)
        if (holder.file, where) in seen:
            continue
        seen.add((holder.file, where))
        shared = where[0] != "steps" or (flow is root and step == main)
        label = name if shared and name not in everywhere else _label(flow, root, step, name)
        here = where if _at(data[holder.name], where) else None
        examples = tuple(intent.examples)
        target = Target(label, name, holder.file, here, examples, patterns.slots(examples))
        (everywhere if shared else local.setdefault((flow.name, step), {}))[label] = target
    for name, command in root.commands.items():
        own = ("universal", name, "examples")
        here = own if _at(data[root.name], own) else None
        everywhere.setdefault(name, Target(name, name, root.file, here, command.examples, {}))
    outside = [*(data[root.name].get("out_of_scope") or ())]
    listened = [intent for intents in (root.anywhere, *root.listens.values()) for intent in intents.values()]
    outside += [text for intent in listened for text in intent.not_meant]
    examples_of = {target.name: target.examples for target in everywhere.values() if target.examples}
    matcher = Matcher(examples_of, root.language, outside, classifiers)
    return Targets(root, everywhere, local, matcher, tuple(outside))


def _main(root: Flow) -> str:
    """The question that a call begins with: the step called home, or the one where most may be meant."""
    if root.home in root.listens:
        return str(root.home)
    return max(root.listens, key=lambda step: len(root.listens[step]), default="")


def _listened(flows: list[Flow]) -> Iterator[tuple[Flow, str, str, Intent, Key]]:
    """Everything that is listened for, with the step and where its own examples would stand."""
    for flow in flows:
        for name, intent in flow.anywhere.items():
            yield flow, "", name, intent, ("anywhere", name, "examples")
        main = _main(flow)
        for step, intents in sorted(flow.listens.items(), key=lambda item: item[0] != main):
            word = "listen" if isinstance(flow.steps[step], ListenStep) else "menu"
            for name, intent in intents.items():
                yield flow, step, name, intent, ("steps", step, word, name, "examples")


def _place(flow: Flow, root: Flow, name: str, own: Key, data: Mapping[str, Any]) -> tuple[Flow, Key]:
    """Where its examples stand: in its own place, or with its meaning at the top of a file."""
    if not _at(data[flow.name], own):
        for holder in (flow, root):
            if _at(data[holder.name], ("intents", name)) is not None:
                return holder, ("intents", name, "examples")
    return flow, own


def _label(flow: Flow, root: Flow, step: str, name: str) -> str:
    return ".".join(part for part in ("" if flow is root else flow.name, step, name) if part)


def _at(data: Any, where: Key) -> Any:
    for part in where:
        if not isinstance(data, dict) or part not in data:
            return None
        data = data[part]
    return data
