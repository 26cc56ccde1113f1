"""Sentences of about the same meaning: utterances enter, groups of them leave, those of most callers first.

utterances --> without near-duplicates --> likeness: n-grams, and what the classifier takes them for
           --> agglomerative clustering --> groups --> the sentences that stand for each of them
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process
from sklearn.cluster import AgglomerativeClustering

from ivr.flow import likeness, match, ngrams, training
from ivr.learn.heard import Utterance

SAME = 0.93
"""share of letters from which on two sentences are one"""
MOST_SENTENCES = 3000
"""compared with each other; those of the most callers"""
FAR = {"en": 0.65, "zh": 0.75}
"""mean distance from which on two groups stay apart; measured in docs/flow-tools.md"""
BY_MEANING = 0.3
"""how much it counts that the classifier takes two sentences for the same, beside their n-grams"""
TYPICAL = 5
"""sentences that stand for a group"""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sentence:
    """What was said, in the wording of the most; near-duplicates are one."""

    text: str
    plain: str
    """with <type> in place of values"""
    heard: tuple[Utterance, ...]

    @property
    def callers(self) -> frozenset[str]:
        return frozenset(one.caller for one in self.heard)


@dataclass(frozen=True, slots=True)
class Group:
    sentences: tuple[Sentence, ...]
    """the most typical first"""
    like: Floats
    """of each to each"""

    @property
    def heard(self) -> list[Utterance]:
        return [one for sentence in self.sentences for one in sentence.heard]

    @property
    def callers(self) -> int:
        return len({one.caller for one in self.heard})

    @property
    def calls(self) -> int:
        return len({one.call for one in self.heard})


def distinct(utterances: Iterable[Utterance], language: str, plain: Callable[[str], str]) -> list[Sentence]:
    """Without near-duplicates; `plain` puts <type> in place of values. Those of the most callers first."""
    by_words: dict[str, list[tuple[str, Utterance]]] = {}
    for one in utterances:
        said = plain(one.text)
        by_words.setdefault(match.without_fillers(said, language), []).append((said, one))
    ranked = sorted(by_words.items(), key=lambda item: (-len({o.caller for _, o in item[1]}), item[0]))
    kept: dict[str, list[tuple[str, Utterance]]] = {}
    ranked = ranked[:MOST_SENTENCES]
    texts = [words for words, _ in ranked]
    ratios = process.cdist(texts, texts, scorer=fuzz.ratio, score_cutoff=100 * SAME, dtype=np.uint8)
    for place, (words, heard) in enumerate(ranked):
        near = (texts[other] for other in np.flatnonzero(ratios[place, :place]))
        same = (one for one in near if one in kept and likeness.denies(one) == likeness.denies(words))
        kept.setdefault(next(same, words), []).extend(heard)
    made = [_sentence(heard) for heard in kept.values()]
    return sorted(made, key=lambda sentence: (-len(sentence.callers), sentence.text))


def _sentence(heard: list[tuple[str, Utterance]]) -> Sentence:
    (text, plain), _ = Counter((one.text, said) for said, one in heard).most_common(1)[0]
    return Sentence(text, plain, tuple(one for _, one in heard))


def grouped(
    sentences: Sequence[Sentence], scores: Sequence[dict[str, float]], known: Sequence[str], language: str
) -> list[Group]:
    """`scores`: of each sentence, what the classifier takes it for; `known`: examples of the flow, which say
    what words are common."""
    if not sentences:
        return []
    like = likenesses(sentences, scores, known, language)
    labels = [0] if len(sentences) == 1 else _clustered(1 - like, FAR[language])
    groups = []
    for label in sorted(set(labels)):
        own = [place for place, other in enumerate(labels) if other == label]
        groups.append(_ordered([sentences[place] for place in own], like[np.ix_(own, own)]))
    return sorted(groups, key=lambda group: (-group.callers, -group.calls, group.sentences[0].text))


def _clustered(distance: Floats, far: float) -> list[int]:
    model = AgglomerativeClustering(
        n_clusters=None, metric="precomputed", linkage="average", distance_threshold=far
    )
    return [int(label) for label in model.fit_predict(distance)]


def likenesses(
    sentences: Sequence[Sentence], scores: Sequence[dict[str, float]], known: Sequence[str], language: str
) -> Floats:
    """0 to 1, of each to each."""
    window = training.PAIR_WINDOW_FEW
    counted = [ngrams.counted(sentence.plain, language, window) for sentence in sentences]
    others = [ngrams.counted(text, language, window) for text in known]
    vocabulary = training.learn_vocabulary([*counted, *others], language, window)
    vectors = training.matrix(counted, vocabulary)
    words = (vectors @ vectors.T).toarray() / 2
    names = sorted({name for one in scores for name in one})
    shares = np.sqrt([[min(one.get(name, 0.0), 1.0) for name in names] for one in scores])
    meaning = shares @ shares.T if names else 0.0
    like: Floats = np.clip(words + BY_MEANING * meaning, 0, 1)
    np.fill_diagonal(like, 1)
    return like


def _ordered(sentences: list[Sentence], like: Floats) -> Group:
    """Each of the typical ones is like those of many callers that none before it is like."""
    callers = np.array([len(sentence.callers) for sentence in sentences], float)
    reached = np.zeros(len(sentences))
    left = list(range(len(sentences)))
    order: list[int] = []
    while left and len(order) < TYPICAL:
        gain = [float(callers @ np.maximum(like[place] - reached, 0)) for place in left]
        best = left.pop(int(np.argmax(gain)))
        reached = np.maximum(reached, like[best])
        order.append(best)
    order += left
    return Group(tuple(sentences[place] for place in order), like[np.ix_(order, order)])
