"""A word enters; its phones leave, also for words that a pronunciation dictionary lacks but
whose parts it has. None where nobody should guess."""

from __future__ import annotations

from collections.abc import Callable

Lookup = Callable[[str], str | None]

_SHORTEST_PART = 3
_HISSING = frozenset({"S", "Z", "SH", "ZH", "CH", "JH"})
_UNVOICED = frozenset({"P", "T", "K", "F", "TH"})


def pronounce(word: str, lookup: Lookup) -> str | None:
    """Phones separated by blanks. `lookup` is the dictionary."""
    return lookup(word) or _inflected(word, lookup) or _compound(word, lookup)


def _inflected(word: str, lookup: Lookup) -> str | None:
    """Plurals and possessives: cards, agent's."""
    for ending in ("'s", "s"):
        phones = lookup(word.removesuffix(ending)) if word.endswith(ending) else None
        if phones:
            last = phones.split()[-1]
            return phones + (" IH Z" if last in _HISSING else " S" if last in _UNVOICED else " Z")
    return None


def _compound(word: str, lookup: Lookup) -> str | None:
    """voicebot: voice, bot; the longest first part wins."""
    for cut in range(len(word) - _SHORTEST_PART, _SHORTEST_PART - 1, -1):
        first, second = lookup(word[:cut]), lookup(word[cut:])
        if first and second:
            return f"{first} {second}"
    return None
