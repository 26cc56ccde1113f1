"""Sentences to adapt with enter as rules and lists; who says which words, and how the line sounds, leaves.

All texts were written for this purpose; those of the fixtures' manifest are left out.
"""

from __future__ import annotations

import random
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent
FIXTURES = FOLDER.parents[1] / "audio_fixtures"
sys.path.insert(0, str(FOLDER.parents[1]))

from ivr.asr.grammar import build  # noqa: E402
from ivr.events import Grammar, Slot  # noqa: E402

COPIES = 1
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


_WARPS = (0.82, 0.86, 0.90, 0.94, 1.06, 1.10, 1.15, 1.20)
"""how much longer and lower a voice becomes: other lengths of the vocal tract"""


@dataclass(frozen=True)
class Spoken:
    voice: str
    """a name of VOICES"""
    text: str
    condition: dict[str, Any]
    seed: int
    stretch: float = 1.0
    warp: float = 1.0
    """other than 1: lowered in pitch and formants, and sent through a random equaliser"""


def corpus() -> list[Spoken]:
    """COPIES x 1,140 utterances of all voices, and COPIES x 320 of changed voices."""
    rng = random.Random(7)
    manifest = yaml.safe_load((FIXTURES / "manifest.yaml").read_text(encoding="utf-8"))
    taken = {entry["words"] for entry in manifest["utterances"]}
    said = []
    for voice, (_, count) in VOICES.items():
        for _ in range(COPIES * count):
            words = _sentence(rng)
            while words in taken:
                words = _sentence(rng)
            stretch = rng.choice((0.85, 1.0, 1.0, 1.0, 1.15))
            said.append(Spoken(voice, words, _condition(rng), rng.getrandbits(32), stretch))
    natural = [spoken for spoken in said if not spoken.voice.startswith("espeak")]
    changed = rng.sample(natural, COPIES * 320)
    return said + [replace(s, warp=rng.choice(_WARPS), condition=_condition(rng)) for s in changed]


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
