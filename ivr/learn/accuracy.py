"""How well a flow's intents are told apart: examples enter; the share of them leaves that is understood
rightly by what is learnt from all others (leave-one-out; of many sentences some at a time)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ivr.flow import ngrams, patterns, training
from ivr.flow.understand import Floats

Flags = NDArray[np.bool_]
PARTS = 40
"""left out one after the other; up to so many sentences each one is a part of its own"""


@dataclass(frozen=True, slots=True)
class Accuracy:
    right: int
    of: int

    def __str__(self) -> str:
        return f"{100 * self.right / self.of:.1f} % of {self.of}" if self.of else "-"


def accuracy(
    examples: Mapping[str, Sequence[str]], added: Mapping[str, Sequence[str]], language: str
) -> tuple[Accuracy, Accuracy, Accuracy, Accuracy]:
    """Of the examples without those added, of the added ones by what the examples teach; then of both
    when both teach."""
    names = sorted(examples)
    old = [(text, label) for label, name in enumerate(names) for text in examples[name]]
    new = [(text, label) for label, name in enumerate(names) for text in added.get(name, ())]
    texts = [patterns.placeheld(text) for text, _ in old + new]
    truth = np.array([label for _, label in old + new])
    is_new = np.arange(len(texts)) >= len(old)
    before = _guessed(texts, truth, ~is_new, len(names), language) == truth
    after = _guessed(texts, truth, is_new | ~is_new, len(names), language) == truth
    return (
        _share(before[~is_new]), _share(before[is_new]), _share(after[~is_new]), _share(after[is_new]),
    )  # fmt: skip


def _share(right: Flags) -> Accuracy:
    return Accuracy(int(right.sum()), len(right))


def _guessed(
    texts: Sequence[str], truth: training.Labels, teaching: Flags, names: int, language: str
) -> training.Labels:
    """The label of every text, by what is learnt from those that teach without the part that it is in."""
    window = training.PAIR_WINDOW_FEW
    counted = [ngrams.counted(text, language, window) for text in texts]
    vocabulary = training.learn_vocabulary([counted[i] for i in np.flatnonzero(teaching)], language, window)
    x = training.matrix(counted, vocabulary)
    places = np.flatnonzero(teaching)
    part = np.full(len(texts), -1)
    part[places] = np.arange(len(places)) % min(PARTS, max(len(places), 1))
    guessed = np.full(len(texts), names)
    for number in [*range(part.max() + 1), -1]:
        judged = part == number
        learnt = teaching & ~judged
        if judged.any() and len(np.unique(truth[learnt])) > 1:
            weights, intercept = training.fit(x[learnt], truth[learnt], names + 1)
            scores: Floats = x[judged] @ weights + intercept
            guessed[judged] = scores[:, :-1].argmax(axis=1)
    return guessed
