"""Likeness of sentences by their letters (rapidfuzz): a sentence enters, how like it is to known ones leaves.

The words may come in any order, and those that say little may be left out; what denies is not like what does
not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

Floats = NDArray[np.float64]
Places = NDArray[np.intp]

_NEGATIONS = frozenset("not no don't doesn't isn't never 不 没 别".split())
_DENIED = 0.7
_LIGHT = frozenset(
    "a an the i you me my your it is am are do does to of on in at for "
    "can could will would want like tell".split()
)
"""words that say little by themselves"""
_WEIGHTY_ONLY = 0.98


def likeness(said: str, example: str) -> float:
    """0 to 1, of two sentences without fillers, words parted by blanks."""
    found = _overlap(said, example)
    plain_said, plain_example = weighty(said), weighty(example)
    if plain_said and plain_example:
        found = max(found, _WEIGHTY_ONLY * _overlap(plain_said, plain_example))
    return found if denies(said) == denies(example) else _DENIED * found


def denies(text: str) -> bool:
    return not _NEGATIONS.isdisjoint(text.split())


def weighty(text: str) -> str:
    return " ".join(word for word in text.split() if word not in _LIGHT)


def _overlap(said: str, example: str) -> float:
    """Half of the score is for saying nothing else."""
    whole = fuzz.token_sort_ratio(said, example) / 100
    return max(whole, (whole + fuzz.token_set_ratio(said, example) / 100) / 2)


class Likeness:
    """To many examples at once; `least` is the likeness that counts at all."""

    def __init__(self, examples: Iterable[str], least: float) -> None:
        self._examples = list(examples)
        self._plain = [weighty(text) for text in self._examples]
        self._sorted = [_sorted(text) for text in self._examples]
        self._plain_sorted = [_sorted(text) for text in self._plain]
        self._has_plain = np.array([bool(text) for text in self._plain], np.float64)
        self._denies = np.array([denies(text) for text in self._examples], bool)
        self._bound = 2 * least - 1
        """of the ratio of the sorted words: with less, even the same set of words leaves it below `least`"""

    def near(self, said: str) -> list[tuple[str, float]]:
        """The examples that are perhaps like enough, with how like they are; all others are below `least`."""
        plain = weighty(said)
        whole = _ratios(_sorted(said), self._sorted, fuzz.ratio)
        weight = self._has_plain * (_WEIGHTY_ONLY if plain else 0.0)
        plain_whole = _ratios(_sorted(plain), self._plain_sorted, fuzz.ratio)
        places = np.flatnonzero(np.maximum(whole, plain_whole * weight) >= self._bound)
        if not len(places):
            return []
        found = _half_for_no_more(whole, said, self._examples, places)
        found = np.maximum(found, weight[places] * _half_for_no_more(plain_whole, plain, self._plain, places))
        found = np.where(self._denies[places] == denies(said), found, _DENIED * found)
        return [(self._examples[place], float(like)) for place, like in zip(places, found, strict=True)]


def _half_for_no_more(whole: Floats, said: str, examples: Sequence[str], places: Places) -> Floats:
    """As `_overlap`, of the examples at these places."""
    sets = _ratios(said, [examples[place] for place in places], fuzz.token_set_ratio)
    return np.maximum(whole[places], (whole[places] + sets) / 2)


def _ratios(said: str, examples: Sequence[str], scorer: Callable[..., float]) -> Floats:
    made: Floats = process.cdist([said], examples, scorer=scorer, dtype=np.float64)[0] / 100
    return made


def _sorted(text: str) -> str:
    return " ".join(sorted(text.split()))
