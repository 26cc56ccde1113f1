"""Spoken utterances of tests/asr/data (flite voices, telephone band) and the grammars they belong to."""

from __future__ import annotations

from pathlib import Path

from ivr.audio import read_wav
from ivr.events import Grammar, Slot

DATA = Path(__file__).parent / "data"
MENU = Grammar(
    "en",
    ("check my balance", "i want to repay my loan", "change my card", "speak to an agent", "goodbye"),
)
DIGITS = Grammar("en", slots=(Slot("digits", 4, 4),))
SAID = {
    "check my balance": MENU,
    "yes": Grammar("en", slots=(Slot("yes_no"),)),
    "four eight two one": DIGITS,
    "five thousand dollars": Grammar("en", slots=(Slot("money"),)),
    "next friday": Grammar("en", slots=(Slot("date"),)),
}
FOREIGN = "the weather is nice today"


def audio_of(words: str) -> bytes:
    return read_wav(DATA / f"{words.replace(' ', '-')}.wav")
