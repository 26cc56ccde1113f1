"""The manner of one caller, drawn once."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Habits:
    terse: bool = False
    chatty: bool = False
    keys: bool = False
    """keys in what can be keyed"""
    corrects: bool = False
    """themselves, while they say a value"""
    silent_once: bool = False
    mishears_once: bool = False
    """answers another question than the one that was put"""
    wrong_digit_once: bool = False
    changes_subject: bool = False
    """asks something else in the middle, once"""
    patience: int = 5
    """failures in a row until they want a person or hang up"""


def drawn(chance: Random) -> Habits:
    manner = chance.random()
    return Habits(
        terse=manner < 0.3,
        chatty=manner > 0.65,
        keys=chance.random() < 0.2,
        corrects=chance.random() < 0.08,
        silent_once=chance.random() < 0.06,
        mishears_once=chance.random() < 0.05,
        wrong_digit_once=chance.random() < 0.06,
        changes_subject=chance.random() < 0.05,
        patience=2 if chance.random() < 0.12 else chance.choice((4, 5, 6)),
    )
