"""What a caller's sentence means: example sentences enter, a classifier leaves that ranks their names.

Trained by scikit-learn (training.py); ranking is dictionary look-ups and one product of numpy.
What was measured: docs/understanding.md.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log, sqrt
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ivr.flow.ngrams import counted, data_lines, tokens

VERSION = 1
"""another one makes every cached classifier train anew"""
REFUSED = 0.2
"""what is left of the confidence when the caller says that this is not what they want"""

Floats = NDArray[np.float32]

_REFUSALS = {
    "en": re.compile(
        r"\b(?:(?:do|did|does|would) not (?:want|wish|need|like|plan|intend|mean|call)"
        r"|(?:am|is|was) not (?:call|ask|go|try|look|here)\w*|not (?:about|to)|no longer|rather not"
        r"|never (?:want|ask)\w*|(?:^|please )do not|stop \w+ing)\b"
        r".*?(?=\b(?:but|instead|i want|i would|i need|i just|can you|could you)\b|$)"
    ),
    "zh": re.compile(
        r"(?:[不没](?:想|要|用|需|打算|必|愿|是想?要|是来|再)|别(?!的)|甭|无需|勿)"
        r".*?(?=但|而是|只是|只想|我要|我想|我是|帮我|请|$)"
    ),
}
_QUESTIONS_ZH = re.compile(r"([想要用])不\1|要不要|是不是")
"""look like a refusal, and ask"""


@dataclass(frozen=True, slots=True)
class Ranked:
    name: str
    confidence: float
    """0 to 1; what all of them lack to 1 is "none of these\""""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Which row of the weights a feature has, and how much it says (idf)."""

    language: str
    pair_window: int
    row_of: Mapping[str, int]
    idf: Sequence[float]
    unknown_idf: float

    def counted(self, text: str) -> tuple[Mapping[str, int], Mapping[str, int]]:
        return counted(text, self.language, self.pair_window)

    def vector(self, groups: Iterable[Mapping[str, int]]) -> tuple[list[int], list[float]]:
        """Rows and values of counted features. Unknown ones lengthen the vector too: what is mostly unknown
        is faint."""
        rows: list[int] = []
        values: list[float] = []
        for group in groups:
            squares, before = 0.0, len(rows)
            for name, times in group.items():
                row = self.row_of.get(name)
                value = self.unknown_idf if row is None else self.idf[row]
                if times > 1:
                    value *= 1 + log(times)
                squares += value * value
                if row is not None:
                    rows.append(row)
                    values.append(value)
            length = sqrt(squares)
            values[before:] = [value / length for value in values[before:]]
        return rows, values


@dataclass(frozen=True, slots=True)
class Calibration:
    """Scores to probabilities: softmax(slope * score), beside them "none" with a score of its own.

    The usual values are those found for ten sentences an intent of BANKING77's training half.
    """

    slope: float = 8.5
    none_slope: float = 10.0
    none_offset: float = -0.6

    def probabilities(self, scores: Floats) -> Floats:
        """Of every row: the names, and last "none", as in the scores."""
        logits = np.concatenate(
            [self.slope * scores[..., :-1], self.none_slope * scores[..., -1:] + self.none_offset], axis=-1
        )
        powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
        made: Floats = powers / powers.sum(axis=-1, keepdims=True)
        return made


@dataclass(frozen=True, slots=True)
class Classifier:
    names: tuple[str, ...]
    refusing: frozenset[str]
    """names that have a refusal among their examples ("no, i don't need anything else")"""
    vocabulary: Vocabulary
    weights: Floats
    """a row a feature, a column a name, and "none" as the last"""
    intercept: Floats
    calibration: Calibration

    @classmethod
    def train(
        cls, examples: Mapping[str, Sequence[str]], out_of_scope: Sequence[str] = (), language: str = "en"
    ) -> Classifier:
        """Without out-of-scope sentences, general ones of any hotline take their place."""
        from ivr.flow import training  # the classifier itself does without scikit-learn

        made = training.train(examples, out_of_scope, language)
        refusing = {name for name, texts in examples.items() if any(refused(t, language) for t in texts)}
        return cls(tuple(made.names), frozenset(refusing), made.vocabulary, *made.linear, made.calibration)

    def rank(self, text: str) -> list[Ranked]:
        """All names, the likeliest first."""
        ranked = self._rank(text)
        if not ranked or ranked[0].name in self.refusing or not refused(text, self.vocabulary.language):
            return ranked
        rest = without_refusal(text, self.vocabulary.language)
        if rest:
            return self._rank(rest)
        return [Ranked(one.name, one.confidence * REFUSED) for one in ranked]

    def save(self, path: Path) -> None:
        features = sorted(self.vocabulary.row_of, key=self.vocabulary.row_of.__getitem__)
        about = {
            "names": self.names,
            "refusing": sorted(self.refusing),
            "language": self.vocabulary.language,
            "pair_window": self.vocabulary.pair_window,
            "unknown_idf": self.vocabulary.unknown_idf,
            "calibration": [
                self.calibration.slope,
                self.calibration.none_slope,
                self.calibration.none_offset,
            ],
        }
        with path.open("wb") as file:
            np.savez(
                file,
                about=_bytes(json.dumps(about)),
                features=_bytes("\n".join(features)),
                idf=np.asarray(self.vocabulary.idf, np.float64),
                weights=self.weights,
                intercept=self.intercept,
            )

    @classmethod
    def load(cls, path: Path) -> Classifier:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
            about = json.loads(_text(kept["about"]))
            rows = {name: row for row, name in enumerate(_text(kept["features"]).split("\n"))}
            idf, weights, intercept = kept["idf"].tolist(), kept["weights"], kept["intercept"]
        vocabulary = Vocabulary(about["language"], about["pair_window"], rows, idf, about["unknown_idf"])
        names, refusing = tuple(about["names"]), frozenset(about["refusing"])
        return cls(names, refusing, vocabulary, weights, intercept, Calibration(*about["calibration"]))

    def _rank(self, text: str) -> list[Ranked]:
        rows, values = self.vocabulary.vector(self.vocabulary.counted(text))
        scores = np.asarray(values, np.float32) @ self.weights[rows] + self.intercept
        shares = self.calibration.probabilities(scores)[:-1] if rows else np.zeros(len(self.names))
        return [
            Ranked(self.names[place], float(shares[place])) for place in np.argsort(-shares, kind="stable")
        ]


def cached(
    folder: Path, examples: Mapping[str, Sequence[str]], out_of_scope: Sequence[str], language: str
) -> Classifier:
    """Read from the folder, or trained and kept there. A file that cannot be read is made anew."""
    path = folder / f"{_key(examples, out_of_scope, language)}.npz"
    try:
        return Classifier.load(path)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        made = Classifier.train(examples, out_of_scope, language)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, beside = tempfile.mkstemp(suffix=".part", dir=folder)
    except OSError:
        return made  # it is learnt again next time
    os.close(handle)
    try:
        made.save(Path(beside))
        Path(beside).replace(path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
    return made


def refused(text: str, language: str) -> bool:
    """Whether the caller says what they do not want."""
    return _REFUSALS[language].search(_plain(text, language)) is not None


def without_refusal(text: str, language: str) -> str:
    """What else they say: "i do not want to complain i want my balance" -> "i want my balance"."""
    plain = _plain(text, language)
    rest = _REFUSALS[language].sub(" ", plain)
    if language == "zh":
        rest = re.sub(r"^ *我? *(?:但是?|而是|只是)?", "", rest)
        return rest if len(tokens(rest)) > 2 else ""
    rest = re.sub(r"^(?:\s|i\b|please\b|but\b|no\b|instead\b)+(?=i\b|\s|$)", "", rest).strip()
    return rest if len(rest.split()) > 2 else ""


def _plain(text: str, language: str) -> str:
    said = tokens(text)
    return _QUESTIONS_ZH.sub("", "".join(said)) if language == "zh" else " ".join(said)


def _key(examples: Mapping[str, Sequence[str]], out_of_scope: Iterable[str], language: str) -> str:
    ours = [data_lines(f"{kind}_{language}.txt") for kind in ("alike", "other")]
    told = [VERSION, language, sorted((k, list(v)) for k, v in examples.items()), list(out_of_scope), ours]
    return hashlib.sha256(json.dumps(told, ensure_ascii=True).encode()).hexdigest()[:32]


def _bytes(text: str) -> NDArray[np.uint8]:
    return np.frombuffer(text.encode(), np.uint8)


def _text(kept: NDArray[np.uint8]) -> str:
    return kept.tobytes().decode()
