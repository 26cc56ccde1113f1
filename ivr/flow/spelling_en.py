"""A name said by its letters enters ("capital m i double l e r", "m as in mike", "alpha delta
alpha"); the word leaves, lower case but for capitals that were said."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from ivr.flow.slots_spans import Span

_NATO = (
    "alpha bravo charlie delta echo foxtrot golf hotel india juliet kilo lima mike november oscar papa "
    "quebec romeo sierra tango uniform victor whiskey xray yankee zulu alfa juliett whisky"
).split()
_SOUNDS = {
    "bee": "b", "cee": "c", "dee": "d", "gee": "g", "aitch": "h", "haitch": "h", "jay": "j", "kay": "k",
    "el": "l", "em": "m", "en": "n", "pee": "p", "cue": "q", "queue": "q", "ar": "r", "ess": "s", "tee": "t",
    "vee": "v", "ex": "x", "wye": "y", "zed": "z", "zee": "z",
    "apostrophe": "'", "hyphen": "-", "dash": "-",
}  # fmt: skip
_LETTERS = {word: word[0] for word in _NATO} | _SOUNDS
_LETTER = rf"(?:x ray|double u|{'|'.join(sorted(_LETTERS, key=len, reverse=True))}|[a-z])(?![\w'])"
_CASE = r"(?:(?:capital|big|upper case|uppercase|small|lower case) )"
_LINK = r"(?: (?:as in|like in|for|like) (?:x ray|[a-z]+)(?![\w']))"
_ITEM = rf"{_CASE}?(?:double |triple )?{_LETTER}{_LINK}?"
_ONE = re.compile(
    rf"(?P<case>{_CASE})?(?P<times>double (?!u\b)|triple )?(?P<letter>{_LETTER})(?P<link>{_LINK})?[ ,.\-]*"
)
_RUN = re.compile(
    rf"(?<![\w'])(?:{_ITEM}(?:[ ,.\-]+{_ITEM})+|(?:{_CASE}|double |triple ){_LETTER}|"
    rf"{_LETTER} (?:as|like) in [a-z]+)"
)
_CAPITALS = ("capital ", "big ", "upper case ", "uppercase ")
_FEWEST = 2
"""one letter alone is no spelling: it may be "a" or "i" """
_PLAIN_WORD = re.compile(r"(?=..)[^\W\d_]{1,40}(?:['’-][^\W\d_]{1,40})*")


def spelled(text: str) -> str | None:
    """The word if the whole text is its letters."""
    text = text.strip(" ,.")
    word, at = "", 0
    while at < len(text):
        found = _ONE.match(text, at)
        if found is None or found.end() == at:
            return None
        letter = _letter(found["letter"])
        if found["link"]:  # letters sound alike on the telephone: the word is what counts
            letter = found["link"].split(" in " if " in " in found["link"] else None)[-1][0]
            letter = "x" if found["link"].endswith("x ray") else letter
        letter *= {"double ": 2, "triple ": 3}.get(found["times"] or "", 1)
        word += letter.upper() if found["case"] in _CAPITALS else letter
        at = found.end()
    return word or None


def _letter(said: str) -> str:
    return {"x ray": "x", "double u": "w"}.get(said) or _LETTERS.get(said, said)


def word(said: str) -> str | None:
    """A name that was typed as one word; kept as it is written."""
    return said if _PLAIN_WORD.fullmatch(said) else None


def spans(text: str, today: date) -> Iterator[Span]:
    for found in _RUN.finditer(text):
        value = spelled(found[0])
        if (value and len(value) >= _FEWEST) or (value and " as in " in found[0]):
            yield Span(value, found.start(), found.end())
