"""Two decodings of the same audio enter, one in the grammar and one as any phones; how sure we are
that the words of the first were said, and nothing else, leaves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp

import numpy as np
from numpy.typing import NDArray

_NO_PHONES = frozenset({"SIL", "+NSN+", "+SPN+"})

# Logistic regression on synthetic telephone speech, clean and with noise of 10-20 dB, inside and
# outside of every kind of grammar, and on people reading; half of the voices; each side weighs the same.
_BIAS = 11.5
_MEAN_WEIGHT = 1.94
_WORST_WEIGHT = 1.43
_UNEXPLAINED_WEIGHT = -11.06


@dataclass(frozen=True, slots=True)
class Segment:
    """A word or phone and where it lies, in frames of 10 ms."""

    name: str
    start: int
    stop: int
    log_likelihood: float
    """of the audio, in nats"""


def confidence(words: Sequence[Segment], phones: Sequence[Segment], loud: NDArray[np.bool_]) -> float:
    """0 to 1. `words`: those of the grammar without silences, at least one; `loud`: frames that may
    hold speech.

    Two things give foreign speech away. Each word is compared with the free phones in the same
    frames (log-likelihood ratio a frame; the mean and the worst word count). And a decoder that
    must stay in a grammar passes over what it cannot place as silence: speech outside its words."""
    phone_scores = np.zeros(len(loud))
    speech = np.zeros(len(loud), dtype=bool)
    for phone in phones:
        length = max(1, phone.stop - phone.start)
        phone_scores[phone.start : phone.stop] = phone.log_likelihood / length
        speech[phone.start : phone.stop] = phone.name not in _NO_PHONES
    speech &= loud
    lengths = np.array([word.stop - word.start for word in words])
    scores = [word.log_likelihood - float(phone_scores[word.start : word.stop].sum()) for word in words]
    ratios = np.array(scores) / lengths
    unexplained = speech.copy()
    for word in words:
        unexplained[word.start : word.stop] = False
    evidence = (
        _BIAS
        + _MEAN_WEIGHT * float(np.average(ratios, weights=lengths))
        + _WORST_WEIGHT * float(ratios.min())
        + _UNEXPLAINED_WEIGHT * float(unexplained.sum() / max(1, speech.sum()))
    )
    return round(1 / (1 + exp(-max(-50.0, min(50.0, evidence)))), 3)
