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
_AT_ONCE = 16


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
    """To many examples at once. A likeness counts from `threshold` on; with a margin, also what is within it
    below the best of these, and only that."""

    def __init__(self, examples: Iterable[str], threshold: float, margin: float | None = None) -> None:
        self._examples = list(examples)
        self._threshold, self._margin = threshold, margin
        self._plain = [weighty(text) for text in self._examples]
        self._sorted = [_sorted(text) for text in self._examples]
        self._plain_sorted = [_sorted(text) for text in self._plain]
        self._has_plain = np.array([bool(text) for text in self._plain], np.float64)
        self._denies = np.array([denies(text) for text in self._examples], bool)

    def near(self, said: str) -> list[tuple[str, float]]:
        """Examples with how like they are: all that count, and perhaps others.

        Sets of words are slow to compare, so they are compared for the most promising examples first, and
        only as long as one may count: the same set gives half of what the order lacks.
        """
        plain = weighty(said)
        whole = _ratios(_sorted(said), self._sorted, fuzz.ratio)
        weight = self._has_plain * (_WEIGHTY_ONLY if plain else 0.0)
        plain_whole = _ratios(_sorted(plain), self._plain_sorted, fuzz.ratio)
        most = (np.maximum(whole, weight * plain_whole) + 1) / 2
        denied = self._denies != denies(said)
        best = 0.0
        found: list[tuple[str, float]] = []
        order = np.argsort(-most)
        for start in range(0, len(order), _AT_ONCE):
            counts = (
                self._threshold if self._margin is None or best < self._threshold else best - self._margin
            )
            if most[order[start]] < counts:
                break
            places = order[start : start + _AT_ONCE]
            like = _half_for_no_more(whole, said, self._examples, places)
            plain_like = _half_for_no_more(plain_whole, plain, self._plain, places)
            like = np.maximum(like, weight[places] * plain_like)
            like = np.where(denied[places], _DENIED * like, like)
            best = max(best, float(like.max()))
            found += zip((self._examples[place] for place in places), like.tolist(), strict=True)
        return found


def _half_for_no_more(whole: Floats, said: str, examples: Sequence[str], places: Places) -> Floats:
    """As `_overlap`, of the examples at these places."""
    sets = _ratios(said, [examples[place] for place in places], fuzz.token_set_ratio)
    return np.maximum(whole[places], (whole[places] + sets) / 2)


def _ratios(said: str, examples: Sequence[str], scorer: Callable[..., float]) -> Floats:
    made: Floats = process.cdist([said], examples, scorer=scorer, dtype=np.float64)[0] / 100
    return made


def _sorted(text: str) -> str:
    return " ".join(sorted(text.split()))
