"""What a decoder found out about an utterance enters; how sure we are that it was said leaves."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp


@dataclass(frozen=True, slots=True)
class Evidence:
    grammar_score: float
    """log-likelihood in the grammar, in the engine's unit"""
    phone_score: float
    """log-likelihood of the same audio as a free sequence of phones"""
    word_frames: int
    """from the first to the last word, in frames of 10 ms"""
    words: int
    covered: float
    """fraction of the loud frames that lies between the first and the last word"""


def confidence(evidence: Evidence) -> float:
    """0 to 1: a logistic function of the log-likelihood ratio of both scores. Words that are not
    in the grammar are better explained by free phones."""
    ratio = (evidence.grammar_score - evidence.phone_score) / max(evidence.word_frames, 1)
    return round(1 / (1 + exp(-max(-50.0, min(50.0, ratio)))), 3)
