"""How a classifier learns: sentences enter, weights and their calibration leave.

The only user of scikit-learn.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain
from math import log

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix, vstack
from sklearn.svm import LinearSVC

from ivr.flow.ngrams import counted, data_lines
from ivr.flow.understand import Calibration, Floats, Vocabulary

MANY = 3000
"""sentences; above, features that occur once are left out, and a held-out half calibrates"""
PAIR_WINDOW_FEW, PAIR_WINDOW_MANY = 8, 4
"""where there are few sentences, words far apart help; where there are many, they only add chance"""
FOLDS = 10
ENOUGH_OUT_OF_SCOPE = 20
"""sentences of its own from which on a flow does without the general ones"""
NEAR = 0.4
"""a general out-of-scope sentence as near as that to an example is left out: here it is in scope"""
NONE_SHARE = 0.2
"""how many sentences are taken to be out of scope, for the calibration"""
PENALTY = 1.0
TRUST = 10.0
"""sentences that the usual calibration counts for: a handful told apart without a mistake proves little"""

Sentence = tuple[Mapping[str, int], Mapping[str, int]]
"""its counted word features and character features"""
Labels = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Learned:
    names: list[str]
    vocabulary: Vocabulary
    linear: tuple[Floats, Floats]
    calibration: Calibration


def train(examples: Mapping[str, Sequence[str]], out_of_scope: Sequence[str], language: str) -> Learned:
    names = sorted(examples)
    texts: list[str] = []
    labels: list[int] = []
    for label, name in enumerate(names):
        own = [*examples[name], *_name_as_example(name, language)]
        texts += own
        labels += [label] * len(own)
    window = PAIR_WINDOW_MANY if len(texts) > MANY else PAIR_WINDOW_FEW
    sentences = [counted(text, language, window) for text in texts]
    vocabulary = learn_vocabulary(sentences, language, window)
    known = matrix(sentences, vocabulary)
    other = [vocabulary.counted(text) for text in out_of_scope]
    if len(other) < ENOUGH_OUT_OF_SCOPE:
        other += _general(known, vocabulary)
    y = np.array(labels + [len(names)] * len(other))
    x = vstack([known, matrix(other, vocabulary)], format="csr")
    weights, intercept = fit(x, y, len(names) + 1)
    return Learned(names, vocabulary, (weights, intercept), calibrate(x, y, len(names) + 1))


def learn_vocabulary(sentences: Sequence[Sentence], language: str, window: int) -> Vocabulary:
    found = Counter(chain.from_iterable(chain.from_iterable(sentences)))
    least = 2 if len(sentences) > MANY else 1
    kept = [(name, times) for name, times in found.items() if times >= least]
    idf = [1 + log((1 + len(sentences)) / (1 + times)) for _, times in kept]
    row_of = {name: row for row, (name, _) in enumerate(kept)}
    return Vocabulary(language, window, row_of, idf, 1 + log(1 + len(sentences)))


def matrix(sentences: Sequence[Sentence], vocabulary: Vocabulary) -> csr_matrix:
    """A row a sentence, a column a feature."""
    vectors = [vocabulary.vector(sentence) for sentence in sentences]
    ends = list(accumulate((len(rows) for rows, _ in vectors), initial=0))
    columns = np.fromiter((row for rows, _ in vectors for row in rows), np.int32, ends[-1])
    values = np.fromiter((value for _, values in vectors for value in values), np.float64, ends[-1])
    return csr_matrix((values, columns, ends), shape=(len(sentences), len(vocabulary.row_of)))


def fit(x: csr_matrix, y: Labels, classes: int) -> tuple[Floats, Floats]:
    """Each class against the others; a class that has no sentence here never wins."""
    model = LinearSVC(C=PENALTY, random_state=0).fit(x, y)
    rows, offsets = model.coef_, model.intercept_
    if len(model.classes_) == 2:
        rows, offsets = np.vstack([-rows, rows]), np.concatenate([-offsets, offsets])
    weights = np.zeros((x.shape[1], classes), np.float32)
    intercept = np.full(classes, -9, np.float32)
    weights[:, model.classes_] = rows.T
    intercept[model.classes_] = offsets
    return weights, intercept


def calibrate(x: csr_matrix, y: Labels, classes: int) -> Calibration:
    """Fits the probabilities to sentences that the weights have not seen."""
    scores, truth = _unseen(x, y, classes)
    if not len(truth):
        return Calibration()
    none = truth == classes - 1
    shares = (NONE_SHARE, 1 - NONE_SHARE)
    weight = np.where(none, shares[0] / max(1, none.sum()), shares[1] / max(1, (~none).sum()))
    here = np.arange(len(truth))
    usual = np.array([log(Calibration().slope), log(Calibration().none_slope), Calibration().none_offset])

    def made(asked: NDArray[np.float64]) -> Calibration:
        return Calibration(float(np.exp(asked[0])), float(np.exp(asked[1])), float(asked[2]))

    def loss(asked: NDArray[np.float64]) -> float:
        chances = made(asked).probabilities(scores)[here, truth]
        unusual = TRUST / len(truth) * ((asked - usual) ** 2).sum()
        return float(unusual - (weight * np.log(chances + 1e-9)).sum())

    return made(minimize(loss, usual, method="Nelder-Mead").x)


def _unseen(x: csr_matrix, y: Labels, classes: int) -> tuple[Floats, Labels]:
    """Scores of held-out sentences whose class was among those learned from."""
    folds, judged_folds = (2, 1) if len(y) > MANY else (FOLDS, FOLDS)
    fold = np.empty(len(y), np.int64)
    for label in np.unique(y):
        own = np.flatnonzero(y == label)
        fold[own] = (np.arange(len(own)) + label) % folds
    scores: list[Floats] = []
    truth: list[Labels] = []
    for number in range(judged_folds):
        out = fold == number
        if len(np.unique(y[~out])) < 2 or not out.any():
            continue
        weights, intercept = fit(x[~out], y[~out], classes)
        judged = out & np.isin(y, y[~out])
        scores.append(x[judged] @ weights + intercept)
        truth.append(y[judged])
    if not truth:
        return np.zeros((0, classes), np.float32), np.zeros(0, np.int64)
    return np.concatenate(scores), np.concatenate(truth)


def _general(known: csr_matrix, vocabulary: Vocabulary) -> list[Sentence]:
    """Our own out-of-scope sentences, without those that are near to an example."""
    general = [vocabulary.counted(text) for text in data_lines(f"other_{vocabulary.language}.txt")]
    likeness = (matrix(general, vocabulary) @ known.T).toarray().max(axis=1) / 2
    return [text for text, near in zip(general, likeness, strict=True) if near < NEAR] or general


def _name_as_example(name: str, language: str) -> list[str]:
    """The name says what it is about: repay_early."""
    return [name.replace("_", " ")] if language == "en" else []
