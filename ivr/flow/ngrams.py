"""What a sentence is compared by: text enters, names of features leave, words and characters apart.

Words are light stems, neighbours, pairs within a window in any order, and concepts (data/alike_*.txt: words
that mean about the same on a hotline). Characters are n-grams inside a word, for forms that no stem covers.
Mandarin has no words here: a character is one, and characters are n-grams across the sentence.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise

EN_CHARACTERS = range(2, 6)
ZH_CHARACTERS = range(2, 5)

_TOKEN = re.compile(r"<[a-z_]+>|[\u3400-\u9fff]|[^\W_\u3400-\u9fff]+(?:'[^\W_\u3400-\u9fff]+)*")
_FILLERS = frozenset("uh um er erm hmm 嗯 呃 啊 哦 喂 呢 吧".split())
_CONTRACTIONS = (
    ("won't", "will not"), ("can't", "can not"), ("cannot", "can not"), ("n't", " not"), ("i'm", "i am"),
    ("'re", " are"), ("'ve", " have"), ("'ll", " will"), ("i'd", "i would"),
)  # fmt: skip
_BARE_NOT = re.compile(r"\b(do|did|does|would|could|is|was|have|has)nt\b")
_SUFFIXES = (
    ("sses", "ss"),
    ("ies", "y"),
    ("ied", "y"),
    ("ing", ""),
    ("ed", ""),
    ("es", ""),
    ("s", ""),
    ("ly", ""),
)
_SHORTEST_STEM = 3


def tokens(text: str) -> list[str]:
    """Lower case words with contractions written out; a placeholder or a Chinese character is one."""
    text = text.lower().replace("’", "'")
    for short, full in _CONTRACTIONS:
        text = text.replace(short, full)
    return [token for token in _TOKEN.findall(_BARE_NOT.sub(r"\1 not", text)) if token not in _FILLERS]


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """Endings of number and tense fall off ("payments", "paying" -> "payment", "pay")."""
    if word[0] == "<" or not word.isascii():
        return word
    word = word.removesuffix("'s")
    for suffix, instead in _SUFFIXES:
        kept = len(word) - len(suffix)
        if word.endswith(suffix) and kept >= _SHORTEST_STEM and not (suffix == "s" and word[-2] in "sui"):
            word = word[:kept] + instead
            break
    if len(word) > _SHORTEST_STEM and word[-1] == word[-2] and word[-1] not in "lse":
        word = word[:-1]
    return word[:-1] if len(word) > _SHORTEST_STEM and word.endswith("e") else word


def data_lines(name: str) -> list[str]:
    """The lines of one of our data files, without comments and empty ones."""
    text = files("ivr.flow").joinpath("data", name).read_text(encoding="utf-8")
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]


def counted(text: str, language: str, window: int) -> tuple[Counter[str], Counter[str]]:
    """The features with how often each occurs."""
    words, characters = features(text, language, window)
    return Counter(words), Counter(characters)


def features(text: str, language: str, window: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of the word features and of the character features, as often as they occur."""
    said = tokens(text)
    return _mandarin(said, window) if language == "zh" else _english(said, window)


def _english(said: list[str], window: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    stems = [stem(word) for word in said]
    grams = [gram for word in said for gram in _word_grams(word)]
    neighbours = [f">{one} {next_one}" for one, next_one in pairwise(("^", *stems, "$"))]
    return (*stems, *neighbours, *_pairs(stems, window), *_concepts(stems, "en")), tuple(grams)


def _mandarin(said: list[str], window: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    framed = ["^", *said, "$"]
    grams = [
        "#" + "".join(framed[start : start + size])
        for size in ZH_CHARACTERS
        for start in range(len(framed) - size + 1)
    ]
    return (*said, *_pairs(said, window), *_concepts(said, "zh")), tuple(grams)


def _pairs(said: list[str], window: int) -> set[str]:
    """Words less than `window` apart."""
    return {
        f"{one} {other}" if one < other else f"{other} {one}"
        for place, one in enumerate(said)
        for other in said[place + 1 : place + window]
        if one != other
    }


@lru_cache(maxsize=65536)
def _word_grams(word: str) -> tuple[str, ...]:
    if word[0] == "<":
        return (f"#{word}",)
    framed = f"_{word}_"
    return tuple(
        "#" + framed[start : start + size]
        for size in EN_CHARACTERS
        for start in range(len(framed) - size + 1)
    )


def _concepts(said: list[str], language: str) -> set[str]:
    concept_of, longest = _alike(language)
    return {
        f"={concept_of[phrase]}"
        for start in range(len(said))
        for end in range(start + 1, min(start + longest, len(said)) + 1)
        if (phrase := tuple(said[start:end])) in concept_of
    }


@lru_cache(maxsize=2)
def _alike(language: str) -> tuple[dict[tuple[str, ...], int], int]:
    """Which line of the list a word or phrase stands in, and how many words the longest has."""
    concept_of: dict[tuple[str, ...], int] = {}
    for number, line in enumerate(data_lines(f"alike_{language}.txt")):
        for phrase in line.split(","):
            said = tokens(phrase)
            concept_of[tuple(said if language == "zh" else map(stem, said))] = number
    return concept_of, max(map(len, concept_of))
