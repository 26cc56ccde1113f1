"""Intents by example sentences: what the caller said enters, the likeliest intent leaves, or none.

Likeness to an example (rapidfuzz) hardly errs and knows few wordings; the classifier (understand.py) knows
more and says how sure it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from ivr.events import Slot
from ivr.flow import likeness as likenesses
from ivr.flow import patterns, slots, slots_spans, understand
from ivr.flow.understand import Classifier

THRESHOLD = 0.74
"""the least likeness to an example"""
MARGIN = 0.04
"""the least lead over the nearest example of any other intent"""

_LEAST = 0.1
"""less is no evidence at all"""

_LEAD = 0.1
"""of the likeliest before the next; with less it is neither"""

_FILLERS = {
    "en": frozenset(
        ["uh", "um", "er", "erm", "please", "well", "so", "oh", "hello", "hi", "hey", "okay", "just"]
    ),
    "zh": frozenset("请嗯呃啊吧呢哦喂那"),
}
_CONTRACTIONS = (("i'd ", "i would "), ("i'm ", "i am "), ("what's ", "what is "), ("whats ", "what is "))
_CJK = re.compile(r"([\u3400-\u9fff])")
_WORD = re.compile(r"<[a-z_]+>|[^\W_]+(?:['.][^\W_]+)*")


def words(text: str) -> list[str]:
    """Lower case words without punctuation; every Chinese character is a word of its own."""
    return _WORD.findall(_CJK.sub(r" \1 ", text.lower().replace("’", "'")))


@lru_cache(maxsize=8192)
def sentence(text: str) -> str:
    """As a recogniser's grammar wants it: words with one blank between, Chinese without blanks."""
    return re.sub(rf"(?<={_CJK.pattern}) (?={_CJK.pattern})", "", " ".join(words(text)))


@dataclass(frozen=True, slots=True)
class Match:
    name: str
    score: float
    """1 for the very words of an example"""
    values: tuple[tuple[str, Any], ...] = field(default=(), repr=False)
    """what was said for the values of the intent's examples"""


class _Read(NamedTuple):
    plain: str
    """with <type> in place of its values"""
    found: tuple[slots.Found, ...]


class Matcher:
    """Built once from the examples of everything that can be meant at one moment."""

    def __init__(
        self,
        examples: Mapping[str, Sequence[str]],
        language: str,
        out_of_scope: Sequence[str] = (),
        classifiers: Path | None = None,
    ) -> None:
        """`out_of_scope`: sentences that mean none of these; `classifiers`: folder that keeps what was
        learnt from the examples."""
        self._language, self._classifiers = language, classifiers
        self._examples = {
            name: [patterns.placeheld(text) for text in sentences] for name, sentences in examples.items()
        }
        self._out_of_scope = list(map(patterns.placeheld, out_of_scope))
        self._exact: dict[str, str] = {}
        self._plain: dict[str, str] = {}
        self._values: dict[str, dict[str, str]] = {}
        for name, sentences in examples.items():
            self._values[name] = patterns.slots(sentences)
            for text in self._examples[name]:
                self._exact.setdefault(" ".join(words(text)), name)
                self._plain.setdefault(self._without_fillers(text), name)
        kinds = {kind for values in self._values.values() for kind in values.values()}
        self._wanted: dict[str, Slot] = {kind: Slot(kind) for kind in patterns.TYPES if kind in kinds}
        self._likeness = likenesses.Likeness(self._plain, THRESHOLD, MARGIN)

    def __bool__(self) -> bool:
        return bool(self._plain)

    def exact(self, text: str, today: date) -> Match | None:
        return self._exactly(text, self._read(text, today))

    def nearest(self, text: str, today: date) -> Match | None:
        """The nearest example if it is near enough and clearly nearer than any other intent's."""
        return self._nearest(self._read(text, today))

    def match(self, text: str, today: date) -> Match | None:
        """The likeliest meaning with how sure it is, however little; None where nothing speaks for any."""
        if not self._plain:
            return None
        read = self._read(text, today)
        if exact := self._exactly(text, read):
            return exact
        near = self._nearest(read)
        likeliest, *others = self.classifier.rank(read.plain)
        if near and (near.name != likeliest.name or near.score > likeliest.confidence):
            return near  # of the two, likeness errs less often
        second = others[0].confidence if others else 0.0
        if likeliest.confidence < _LEAST or likeliest.confidence - second < _LEAD:
            return None
        name = likeliest.name
        return Match(name, round(likeliest.confidence, 3), self._carried(name, read.found))

    def _exactly(self, text: str, read: _Read) -> Match | None:
        name = self._named(text) or self._named(read.plain)
        return Match(name, 1.0, self._carried(name, read.found)) if name else None

    def _nearest(self, read: _Read) -> Match | None:
        scores: dict[str, float] = {}
        for example, like in self._likeness.near(self._without_fillers(read.plain)):
            name = self._plain[example]
            scores[name] = max(scores.get(name, 0.0), like)
        ranked = sorted(scores.items(), key=lambda item: -item[1])
        if not ranked or ranked[0][1] < THRESHOLD:
            return None
        if len(ranked) > 1 and ranked[0][1] - ranked[1][1] < MARGIN:
            return None
        name = ranked[0][0]
        return Match(name, round(ranked[0][1], 3), self._carried(name, read.found))

    @cached_property
    def classifier(self) -> Classifier:
        """Made when it is first needed, or ahead by `Flow.prepare`: training takes a moment."""
        if self._classifiers is None:
            return Classifier.train(self._examples, self._out_of_scope, self._language)
        return understand.cached(self._classifiers, self._examples, self._out_of_scope, self._language)

    def _read(self, text: str, today: date) -> _Read:
        if not self._wanted:
            return _Read(text, ())
        extracted = slots.find_all(text, self._wanted, self._language, today)
        return _Read(slots.delexicalised(extracted.text, extracted.found), extracted.found)

    def _named(self, plain: str) -> str | None:
        return self._exact.get(" ".join(words(plain))) or self._plain.get(self._without_fillers(plain))

    def _carried(self, name: str, found: tuple[slots.Found, ...]) -> tuple[tuple[str, Any], ...]:
        """The values under the names that the intent gives them, each type in order."""
        waiting = list(found)
        carried = []
        for value_name, kind in self._values[name].items():
            one = next((f for f in waiting if f.name == kind), None)
            if one is None and kind == "number":  # read as money, which another intent wants
                one = next((f for f in waiting if f.name == "money"), None)
            if one:
                waiting.remove(one)
                value: Any = one.value
                if kind == "number" and isinstance(value, Decimal):
                    value = slots_spans.plain(value)
                carried.append((value_name, value))
        return tuple(carried)

    def _without_fillers(self, text: str) -> str:
        return without_fillers(text, self._language)


def without_fillers(text: str, language: str) -> str:
    text = text.lower().replace("’", "'")
    for short, full in _CONTRACTIONS:
        text = text.replace(short, full)
    said = words(text)
    return " ".join([word for word in said if word not in _FILLERS[language]] or said)


def likeness(one: str, other: str, language: str) -> float:
    """0 to 1, of two sentences."""
    return likenesses.likeness(without_fillers(one, language), without_fillers(other, language))
