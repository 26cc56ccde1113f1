"""Decisions become examples: accepted sentences and the intents of a flow enter; examples with the values
in them written as [name:type] leave, and each sentence that was refused with the reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from ivr.events import Grammar, Slot
from ivr.flow import match, patterns, slots
from ivr.flow.wording import ALIKE
from ivr.learn.heard import shareable
from ivr.learn.sheet import Decision
from ivr.learn.targets import Target, Targets

VAGUE = frozenset(["一", "one"])
"""rather a word than a value, as in 一部分 or "this one\""""

UnknownWords = Callable[[Grammar], Iterable[str]]


@dataclass(frozen=True, slots=True)
class Example:
    target: Target
    text: str
    """as it goes into the file"""


@dataclass(frozen=True, slots=True)
class Refused:
    sentence: str
    intent: str
    reason: str


@dataclass(frozen=True, slots=True)
class Accepted:
    examples: tuple[Example, ...]
    refused: tuple[Refused, ...]
    new: tuple[Decision, ...]
    """accepted groups whose intent the flow does not have"""


def accepted(
    decisions: Iterable[Decision],
    targets: Targets,
    today: date,
    unknown_words: UnknownWords = lambda grammar: (),
) -> Accepted:
    examples: list[Example] = []
    refused: list[Refused] = []
    new: list[Decision] = []
    for one in decisions:
        if not one.accept:
            continue
        target = targets.named(one.intent)
        if target is None:
            new.append(one)
            continue
        for sentence in one.sentences:
            text = pattern(sentence, target, targets.root.language, today)
            reason = next(_reasons(text, target, targets, examples, unknown_words), "")
            if reason:
                refused.append(Refused(sentence, target.name, reason))
            else:
                examples.append(Example(target, text))
    return Accepted(tuple(examples), tuple(refused), tuple(new))


def pattern(sentence: str, target: Target, language: str, today: date) -> str:
    """Words as a recogniser tells them; what was said for a value of the intent becomes [name:type]."""
    if "[" in sentence:
        return sentence.strip()
    wanted: dict[str, Slot] = {kind: Slot(kind) for kind in patterns.TYPES if kind in target.values.values()}
    extracted = slots.find_all(sentence, wanted, language, today)
    waiting = list(target.values.items())
    parts: list[str] = []
    end = 0
    for found in extracted.found:
        name = next((name for name, kind in waiting if kind == found.type), None)
        if name is None or extracted.text[found.start : found.end].strip() in VAGUE:
            continue
        waiting.remove((name, found.type))
        parts += [match.sentence(extracted.text[end : found.start]), f"[{name}:{found.type}]"]
        end = found.end
    if not end:
        return match.sentence(sentence)
    parts.append(match.sentence(extracted.text[end:]))
    return (" " if language == "en" else "").join(part for part in parts if part)


def _reasons(
    text: str, target: Target, targets: Targets, before: list[Example], unknown_words: UnknownWords
) -> Iterator[str]:
    language = targets.root.language
    if target.where is None:
        yield f"'{target.name}' has no examples in {target.file.name} to which it could be added"
    try:
        patterns.checked(text)
    except ValueError as error:
        yield str(error)
    plain = patterns.placeheld(text)
    if not match.words(plain) or not shareable(text, language):
        yield "there are no words in it that may be kept"
    said = match.without_fillers(plain, language)
    for example in (*target.examples, *(one.text for one in before if one.target == target)):
        if match.without_fillers(patterns.placeheld(example), language) == said:
            yield f"stands there already, as '{example}'"
    for outside in targets.outside:
        if match.words(outside) == match.words(plain):
            yield "stands under 'not' or 'out_of_scope'"
    near = {one.name for one in targets.beside(target)}
    others = [(one.name, example) for one in targets.beside(target) for example in one.examples]
    others += [(one.target.name, one.text) for one in before if one.target.name in near]
    for name, example in others:
        like = match.likeness(patterns.placeheld(example), plain, language)
        if like >= ALIKE:
            yield f"{'stands under' if like == 1 else 'sounds like'} '{example}' of '{name}'"
    for word in unknown_words(Grammar(language, (match.sentence(plain),))):
        yield f"the recogniser does not know the word '{word}'"
