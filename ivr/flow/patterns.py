"""Examples with values in them: `repay [amount:money] of my loan` enters; what the classifier and the
recogniser's grammar read of it, and the values that it may carry, leave."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Literal, get_args

from ivr import located

Type = Literal["digits", "number", "money", "date", "time", "date_time", "phone", "yes_no"]
TYPES: tuple[Type, ...] = get_args(Type)
"""of values that can stand within a sentence"""
_VALUE = re.compile(r"\[([^\]]*)\]")
_INSIDE = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)\s*:\s*([a-z_]+)")


def checked(example: str) -> str:
    """Raises ValueError, told for the author of the flow."""
    for inside in _VALUE.findall(example):
        found = _INSIDE.fullmatch(inside.strip())
        if not found:
            raise ValueError(f"'[{inside}]' is no value; write it as [name:type], such as [amount:money]")
        if found[2] not in TYPES:
            hint = located.suggestion(found[2], TYPES) or f"; there are: {', '.join(TYPES)}"
            raise ValueError(f"'[{inside}]': a value in a sentence cannot be '{found[2]}'{hint}")
    if example.count("[") != len(_VALUE.findall(example)):
        raise ValueError("a '[' is not closed; a value is written as [name:type]")
    return example


@lru_cache(maxsize=8192)
def values(example: str) -> tuple[tuple[str, str], ...]:
    """(name, type) of each value, in order."""
    return tuple((found[1], found[2]) for found in map(_INSIDE.fullmatch, _inside(example)) if found)


def _inside(example: str) -> list[str]:
    return [inside.strip() for inside in _VALUE.findall(example)]


@lru_cache(maxsize=8192)
def placeheld(example: str) -> str:
    """`repay [amount:money] of my loan` -> `repay <money> of my loan`."""
    return _VALUE.sub(lambda found: f"<{found[1].rpartition(':')[2].strip()}>", example)


def slots(examples: Iterable[str]) -> dict[str, str]:
    """name -> type of all values of an intent."""
    return {name: kind for example in examples for name, kind in values(example)}


def with_synonyms(examples: Iterable[str], synonyms: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """The examples, and each once more with every other word for what it says."""
    made: dict[str, None] = {}
    for example in examples:
        made[example] = None
        for word, others in synonyms.items():
            pattern = _whole(word)
            if pattern.search(example):
                made |= dict.fromkeys(pattern.sub(other, example) for other in others)
    return tuple(made)


@lru_cache(maxsize=1024)
def _whole(word: str) -> re.Pattern[str]:
    ascii_only = word.isascii()
    return re.compile(rf"\b{re.escape(word)}\b" if ascii_only else re.escape(word), re.IGNORECASE)
