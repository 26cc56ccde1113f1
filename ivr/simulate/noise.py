"""What a recogniser makes of a sentence: the words that were said enter; those that were understood leave,
with a confidence.

The model: each word (Mandarin: character) is wrong with the chance `wer`, independently of the others; real
errors come in bursts and leave more answers whole. Of a hundred errors 60 put a word of near sound in its
place, 25 lose it, 15 add one. A whole utterance is rejected with the chance `wer / 2`: at 10 % that is what
our recogniser does to noiseless fixtures (3 of 50, docs/figures.md). The confidence falls with the share of
wrong words, and is a noisy measure of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from random import Random

from rapidfuzz.distance import Levenshtein

SUBSTITUTED, DELETED = 0.60, 0.25
REJECTED = 0.5
"""of the word error rate: the chance that nothing of an utterance is understood"""
NEIGHBOURS = 5
"""words that one may be taken for"""
_DIGITS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "en": {
        "zero": ("four", "three"), "oh": ("four", "zero"), "one": ("nine", "four"),
        "two": ("three", "eight"), "three": ("two", "eight"),
        "four": ("oh", "five"), "five": ("nine", "four"), "six": ("eight", "seven"),
        "seven": ("six", "eleven"), "eight": ("three", "two"), "nine": ("five", "one"),
        "thirteen": ("thirty",), "thirty": ("thirteen",), "fourteen": ("forty",), "forty": ("fourteen",),
        "fifteen": ("fifty",), "fifty": ("fifteen", "sixty"), "sixteen": ("sixty",),
        "sixty": ("sixteen", "fifty"),
    },
    "zh": {
        "零": ("六", "一"), "一": ("七", "幺"), "幺": ("九", "一"), "二": ("八", "儿"), "两": ("二", "零"),
        "三": ("山", "四"), "四": ("十", "三"), "五": ("九", "无"), "六": ("九", "零"), "七": ("一", "期"),
        "八": ("二", "吧"), "九": ("六", "就"), "十": ("四", "是"), "百": ("八", "白"), "千": ("钱", "前"),
        "万": ("完", "晚"),
    },
}  # fmt: skip
"""what digits are taken for on the telephone"""
_TOKEN = {"en": re.compile(r"[\w']+"), "zh": re.compile(r"[\u3400-\u9fff]|[A-Za-z0-9]+")}
_INSERTED = {"en": "a the uh and to of it is".split(), "zh": "的了啊嗯是个一那"}
_SOUNDS = (
    (r"^kn", "n"), (r"^wr", "r"), (r"ght", "t"), (r"gh", ""), (r"ph", "f"), (r"ck", "k"), (r"qu", "kw"),
    (r"c(?=[eiy])", "s"), (r"c(?=h)", "t"), (r"c", "k"), (r"tio", "sho"), (r"x", "ks"), (r"z", "s"),
    (r"(?<=\w)e$", ""), (r"ee|ea|ie|ei|y", "i"), (r"oo|ou|ow|u", "u"), (r"ai|ay", "e"), (r"(.)\1", r"\1"),
)  # fmt: skip
"""spelling to a rough sound"""
_FIRST_OF_GB2312, _LAST_OF_GB2312 = 0xB0A1, 0xD7F9
_NEAR = 4


@dataclass(frozen=True, slots=True)
class Heard:
    text: str
    """empty where the utterance was rejected"""
    confidence: float
    errors: int
    """substituted, lost and added words"""
    words: int
    """that were said"""


class Channel:
    """One recogniser; `vocabulary` are sentences whose words it knows."""

    def __init__(self, language: str, wer: float, vocabulary: Iterable[str]) -> None:
        self._language, self._wer = language, wer
        words = {word for text in vocabulary for word in self.words(text)}
        self._vocabulary = sorted(words | set(_DIGITS[language]))
        self._near: dict[str, tuple[str, ...]] = {}

    def words(self, text: str) -> list[str]:
        return _TOKEN[self._language].findall(text.lower())

    def hear(self, text: str, chance: Random) -> Heard:
        said = self.words(text)
        if not self._wer or not said:
            return Heard(text, 1.0, 0, len(said))
        if chance.random() < self._wer * REJECTED:
            return Heard("", 0.0, 0, len(said))
        understood: list[str] = []
        errors = 0
        for word in said:
            wrong = chance.random() < self._wer
            kind, which = chance.random(), chance.random()  # drawn always: one word's luck is not another's
            errors += wrong
            if not wrong:
                understood.append(word)
            elif kind < SUBSTITUTED:
                understood.append(_picked(self.near(word), which))
            elif kind >= SUBSTITUTED + DELETED:
                understood += (word, _picked(_INSERTED[self._language], which))
        confidence = 0.95 - 0.8 * errors / len(said) + chance.gauss(0, 0.06)
        joint = "" if self._language == "zh" else " "
        return Heard(joint.join(understood), min(1.0, max(0.05, confidence)), errors, len(said))

    def near(self, word: str) -> tuple[str, ...]:
        """What it may be taken for; digits for digits."""
        if word not in self._near:
            fixed = _DIGITS[self._language].get(word)
            self._near[word] = fixed or (_near_zh(word) if self._language == "zh" else self._near_en(word))
        return self._near[word]

    def _near_en(self, word: str) -> tuple[str, ...]:
        sound = sound_of(word)
        ranked = sorted(
            (Levenshtein.normalized_distance(sound, other_sound), other)
            for other, other_sound in self._sounds
            if other != word
        )
        return tuple(other for _, other in ranked[:NEIGHBOURS]) or ("uh",)

    @cached_property
    def _sounds(self) -> list[tuple[str, str]]:
        return [(word, sound_of(word)) for word in self._vocabulary]


def sound_of(word: str) -> str:
    for pattern, sound in _SOUNDS:
        word = re.sub(pattern, sound, word)
    return word


def _near_zh(character: str) -> tuple[str, ...]:
    """The first level of GB 2312 is ordered by pronunciation: neighbours there sound alike."""
    try:
        high, low = character.encode("gb2312")
    except ValueError:  # not in GB 2312, or a letter
        return ("嗯",)
    if not _FIRST_OF_GB2312 <= high * 256 + low <= _LAST_OF_GB2312:
        return ("嗯",)
    place = (high - 0xB0) * 94 + low - 0xA1
    last = (_LAST_OF_GB2312 // 256 - 0xB0) * 94 + _LAST_OF_GB2312 % 256 - 0xA1
    near = [other for other in range(max(0, place - _NEAR), min(last, place + _NEAR) + 1) if other != place]
    return tuple(bytes((0xB0 + other // 94, 0xA1 + other % 94)).decode("gb2312") for other in near)


def _picked(options: Iterable[str], which: float) -> str:
    listed = list(options)
    return listed[int(which * len(listed))]
