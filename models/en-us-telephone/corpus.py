"""Sentences to adapt with enter as rules and lists; who says which words, and how the line sounds, leaves.

All texts were written for this purpose; those of the fixtures' manifest are left out.
"""

from __future__ import annotations

import random
import sys
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from num2words import num2words

FOLDER = Path(__file__).parent
FIXTURES = FOLDER.parents[1] / "audio_fixtures"
sys.path.insert(0, str(FOLDER.parents[1]))

from ivr.asr.grammar import build  # noqa: E402
from ivr.events import Grammar, Slot  # noqa: E402

VOICES: dict[str, tuple[dict[str, Any], int]] = {
    "flite-slt": ({"engine": "flite", "name": "slt"}, 130),
    "flite-rms": ({"engine": "flite", "name": "rms"}, 130),
    "flite-awb": ({"engine": "flite", "name": "awb"}, 130),
    "flite-kal16": ({"engine": "flite", "name": "kal16"}, 90),
    "festival-slt": ({"engine": "festival", "name": "cmu_us_slt_arctic_hts"}, 100),
    "festival-kal": ({"engine": "festival", "name": "kal_diphone"}, 90),
    "festival-ked": ({"engine": "festival", "name": "ked_diphone"}, 100),
    **{
        f"espeak-{name}": ({"engine": "espeak-ng", "name": name}, count)
        for name, count in {
            "en-us": 60, "en-us+m3": 30, "en-us+m7": 30, "en-us+f2": 30, "en-us+f4": 30,
            "en-us+m1": 30, "en-us+f5": 20, "en-gb": 60, "en-gb+f1": 30, "en-gb+m4": 30, "en-gb-scotland": 20,
        }.items()
    },
}  # fmt: skip
"""engine, the engine's own name, and how many utterances"""

_SLOTS = (
    *[Slot("digits", 4, 4)] * 4,
    Slot("digits", 1, 3),
    Slot("digits", 6, 10),
    *[Slot("money")] * 2,
    Slot("number"),
    *[Slot("date")] * 3,
    *[Slot("yes_no")] * 2,
)
_ADJECTIVES = (
    "young old green huge thin yellow quiet noisy rough smooth strange loyal northern weird joyful narrow "
    "cheap vague broad sharp blue pure gentle usual fresh brown small curved tired heavy royal wooden"
).split()
_NOUNS = (
    "boy house judge teacher garage fox bridge yard oyster wave mouth finger treasure cloth village thumb "
    "church engine hour pool book sheep kitchen window leather vision cow bird choir measure frog path toy "
    "youth knife garden whale zoo road coat voice bowl jacket shoe ship sugar cup log leg rouge father"
).split()
_VERBS = (
    "watched pushed enjoyed followed hid carried moved drew chose threw loved measured washed taught avoided "
    "heard pulled found bought burned joined touched sold shook liked noticed begged robbed fixed hung"
).split()
_PLACES = (
    "near under above behind with without beyond between beside through over against along past toward"
).split()
_ENDS = (
    "this morning|all year|once again|by the thousand|very slowly|without a sound|every thursday|for you|"
    "at noon|in july|before dawn|with pleasure|twice a week|on the way south|as usual|right now|"
    "after an hour|just for fun|with both hands|in the dark"
).split("|")


PROMPTS = Path("/usr/share/asterisk/sounds/en_US_f_Allison/digits")
"""numbers and dates read by a person (Debian's asterisk-core-sounds-en-wav)"""
_DAYS = "sunday monday tuesday wednesday thursday friday saturday".split()
_MONTHS = "january february march april may june july august september october november december".split()
_WARPS = (0.82, 0.86, 0.90, 0.94, 1.06, 1.10, 1.15, 1.20)
"""how much longer and lower a voice becomes: other lengths of the vocal tract"""


@dataclass(frozen=True)
class Spoken:
    voice: str
    """a name of VOICES, or "person": `words` are then names of prompts"""
    words: tuple[str, ...]
    condition: dict[str, Any]
    seed: int
    stretch: float = 1.0
    warp: float = 1.0
    """other than 1: lowered in pitch and formants, and sent through a random equaliser"""

    @property
    def text(self) -> str:
        return (
            " ".join(prompt_words()[name] for name in self.words) if self.voice == "person" else self.words[0]
        )


def corpus() -> list[Spoken]:
    """1,140 utterances of all voices, 160 of a person, and 480 of changed voices."""
    rng = random.Random(7)
    manifest = yaml.safe_load((FIXTURES / "manifest.yaml").read_text(encoding="utf-8"))
    taken = {entry["words"] for entry in manifest["utterances"]}
    said = []
    for voice, (_, count) in VOICES.items():
        for _ in range(count):
            words = _sentence(rng)
            while words in taken:
                words = _sentence(rng)
            stretch = rng.choice((0.85, 1.0, 1.0, 1.0, 1.15))
            said.append(Spoken(voice, (words,), _condition(rng), rng.getrandbits(32), stretch))
    persons = [_prompts(rng) for _ in range(160)]
    natural = [spoken for spoken in said if not spoken.voice.startswith("espeak")]
    changed = rng.sample(natural, 320) + [_prompts(rng) for _ in range(160)]
    return said + persons + [replace(s, warp=rng.choice(_WARPS), condition=_condition(rng)) for s in changed]


def _prompts(rng: random.Random) -> Spoken:
    digits, others = [*map(str, range(10)), "oh"], sorted(prompt_words())
    names = tuple(rng.choice(digits if rng.random() < 0.6 else others) for _ in range(rng.randint(3, 6)))
    return Spoken("person", names, _condition(rng), rng.getrandbits(32))


@cache
def prompt_words() -> dict[str, str]:
    """File name without its ending -> the words that it says."""
    plain = "hundred thousand million billion dollars minus oh today tomorrow yesterday pound star at".split()
    words = dict(zip(plain, plain, strict=True))
    words |= {f"day-{i}": day for i, day in enumerate(_DAYS)}
    words |= {f"mon-{i}": month for i, month in enumerate(_MONTHS)}
    for number in (*range(21), *range(30, 100, 10)):
        words[str(number)] = num2words(number)
        if number:
            words[f"h-{number}"] = num2words(number, to="ordinal")
    return words


def _sentence(rng: random.Random) -> str:
    kind, pick = rng.random(), rng.choice
    if kind < 0.4:
        return (
            f"the {pick(_ADJECTIVES)} {pick(_NOUNS)} {pick(_VERBS)} the {pick(_NOUNS)} "
            f"{pick(_PLACES)} the {pick(_ADJECTIVES)} {pick(_NOUNS)} {pick(_ENDS)}"
        )
    if kind < 0.65:
        return rng.choice((FOLDER / "sentences.txt").read_text(encoding="utf-8").splitlines())
    return build(Grammar("en", slots=(rng.choice(_SLOTS),))).random_phrase(rng)


def _condition(rng: random.Random) -> dict[str, Any]:
    """A quarter without noise, the rest with noise at 8 to 25 dB."""
    condition: dict[str, Any] = {"law": rng.choice(("mu-law", "a-law"))}
    condition["level_db"] = rng.choice((-26, -26, -26, -20, -32, -42, -10))
    if rng.random() > 0.25:
        condition |= {"noise": rng.choice(("white", "pink", "babble")), "snr_db": rng.uniform(8, 25)}
    return condition
