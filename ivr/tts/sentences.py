"""A text enters; its sentences leave, so that each can be made while the one before it plays."""

from __future__ import annotations

import re

_END = re.compile(
    r"""[。！？]+[”’」』）"'）]*          # Chinese: no space follows
      | [.!?]+["'”’)\]]*(?=\s|$)        # English: 3.5 and example.com go on
      | [!?]+(?=[\u4e00-\u9fff])        # Chinese typed with a Latin keyboard
      | \n+""",
    re.VERBOSE,
)
_BEFORE_A_NAME = frozenset(
    {"mr", "mrs", "ms", "dr", "prof", "st", "sr", "jr", "vs", "e.g", "i.e", "approx", "dept", "ext", "tel"}
)


def split(text: str) -> list[str]:
    """Sentences in order, without those that hold nothing to say (no letter and no digit).
    When in doubt a text stays whole: a pause too few is heard less than one too many."""
    sentences = []
    begin = 0
    for end in _END.finditer(text):
        if end.group().startswith(".") and _goes_on(text[begin : end.start()], text[end.end() :].lstrip()):
            continue
        sentences.append(text[begin : end.end()])
        begin = end.end()
    sentences.append(text[begin:])
    return [" ".join(s.split()) for s in sentences if any(character.isalnum() for character in s)]


def _goes_on(before: str, after: str) -> bool:
    """Is the full stop between these two part of an abbreviation?"""
    if not after:
        return False
    words = before.split()
    word = words[-1].lstrip("(\"'“‘") if words else ""
    if after[0].islower() or word.lower() in _BEFORE_A_NAME:
        return True
    if word in ("No", "Nos") and after[0].isdigit():
        return True
    return len(word) == 1 and word.isupper() and word != "I"  # an initial: J. Smith
