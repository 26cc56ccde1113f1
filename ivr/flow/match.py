"""Intents by example sentences: what the caller said enters, the nearest intent leaves, or none."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz

THRESHOLD = 0.74
"""the least likeness to an example"""
MARGIN = 0.04
"""the least lead over the nearest example of any other intent"""

_FILLERS = {
    "en": frozenset(
        ["uh", "um", "er", "erm", "please", "well", "so", "oh", "hello", "hi", "hey", "okay", "just"]
    ),
    "zh": frozenset("请嗯呃啊吧呢哦喂那"),
}
_NEGATIONS = frozenset("not no don't doesn't isn't never 不 没 别".split())
_LIGHT = frozenset(
    "a an the i you me my your it is am are do does to of on in at for "
    "can could will would want like tell".split()
)
"""words that say little by themselves"""
_CONTRACTIONS = (("i'd ", "i would "), ("i'm ", "i am "), ("what's ", "what is "), ("whats ", "what is "))
_CJK = re.compile(r"([\u3400-\u9fff])")
_WORD = re.compile(r"[^\W_]+(?:['.][^\W_]+)*")


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


class Matcher:
    """Built once from the examples of everything that can be meant at one moment."""

    def __init__(self, examples: Mapping[str, Iterable[str]], language: str) -> None:
        self._language = language
        self._exact: dict[str, str] = {}
        self._plain: dict[str, str] = {}
        for name, sentences in examples.items():
            for text in sentences:
                self._exact.setdefault(" ".join(words(text)), name)
                self._plain.setdefault(self._without_fillers(text), name)

    def exact(self, text: str) -> Match | None:
        name = self._exact.get(" ".join(words(text))) or self._plain.get(self._without_fillers(text))
        return Match(name, 1.0) if name else None

    def nearest(self, text: str) -> Match | None:
        """The nearest example if it is near enough and clearly nearer than any other intent's."""
        said = self._without_fillers(text)
        scores: dict[str, float] = {}
        for example, name in self._plain.items():
            scores[name] = max(scores.get(name, 0.0), _likeness(said, example))
        ranked = sorted(scores.items(), key=lambda item: -item[1])
        if not ranked or ranked[0][1] < THRESHOLD:
            return None
        if len(ranked) > 1 and ranked[0][1] - ranked[1][1] < MARGIN:
            return None
        return Match(ranked[0][0], round(ranked[0][1], 3))

    def match(self, text: str) -> Match | None:
        return self.exact(text) or self.nearest(text)

    def _without_fillers(self, text: str) -> str:
        text = text.lower().replace("’", "'")
        for short, full in _CONTRACTIONS:
            text = text.replace(short, full)
        said = words(text)
        return " ".join([word for word in said if word not in _FILLERS[self._language]] or said)


def _likeness(said: str, example: str) -> float:
    """0 to 1: the words in any order, or only those that carry the meaning. What denies the
    example is not like it."""
    likeness = _overlap(said, example)
    plain_said, plain_example = _weighty(said), _weighty(example)
    if plain_said and plain_example:
        likeness = max(likeness, 0.98 * _overlap(plain_said, plain_example))
    denied = bool(_NEGATIONS & set(said.split())) != bool(_NEGATIONS & set(example.split()))
    return 0.7 * likeness if denied else likeness


def _overlap(said: str, example: str) -> float:
    """Half of the score is for saying nothing else."""
    whole = fuzz.token_sort_ratio(said, example) / 100
    return max(whole, (whole + fuzz.token_set_ratio(said, example) / 100) / 2)


def _weighty(text: str) -> str:
    return " ".join(word for word in text.split() if word not in _LIGHT)
