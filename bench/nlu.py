"""make bench-nlu: how well callers' sentences are understood, on real questions, beside a plain baseline.

BANKING77 whole, BANKING77 with ten sentences an intent (five draws, told seeds), CLINC150 with its
out-of-scope questions. Every figure is of the test halves; nothing is chosen by them. Times are
those of the processor, so that other work of the machine does not count. The protocol is told
in docs/understanding.md.
"""

from __future__ import annotations

import csv
import json
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline, make_union
from sklearn.svm import LinearSVC

from bench.result import FOLDER, Figure, report
from ivr.flow.understand import Classifier

TEXTS = FOLDER.parents[1] / "shared" / "text"
SHOTS = 10
SEEDS = range(5)
TIMED = 1000
"""sentences whose time is taken, after a warm-up with others"""
COST = 0.75
"""points of in-scope accuracy on CLINC's validation half that rejecting may cost"""
OTHER = "oos"

Rows = Sequence[tuple[str, str]]
Judge = Callable[[str], tuple[str, float]]
"""the likeliest intent of a sentence, and how sure that is"""


@dataclass(frozen=True, slots=True)
class Corpus:
    train: Rows
    test: Rows
    other_train: Sequence[str] = ()
    validation: Rows = ()
    other_test: Sequence[str] = ()


def banking77() -> Corpus:
    def rows(half: str) -> Rows:
        with (TEXTS / f"banking77_{half}.csv").open(encoding="utf-8", newline="") as file:
            return [(row["text"], row["category"]) for row in csv.DictReader(file)]

    return Corpus(rows("train"), rows("test"))


def clinc150() -> Corpus:
    kept = json.loads((TEXTS / "clinc150.json").read_text(encoding="utf-8"))
    train, validation, test = (
        [(text, name) for text, name in kept[half]] for half in ("train", "val", "test")
    )
    other_train, other_test = ([text for text, _ in kept[f"oos_{half}"]] for half in ("train", "test"))
    return Corpus(train, test, other_train, validation, other_test)


def drawn(rows: Rows, shots: int, seed: int) -> Rows:
    chance = random.Random(seed)
    return [
        (text, name)
        for name, texts in sorted(by_name(rows).items())
        for text in chance.sample(texts, min(shots, len(texts)))
    ]


def by_name(rows: Rows) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for text, name in rows:
        found.setdefault(name, []).append(text)
    return found


def ours(train: Rows, other: Sequence[str]) -> Judge:
    classifier = Classifier.train(by_name(train), other, "en")

    def judge(text: str) -> tuple[str, float]:
        best = classifier.rank(text)[0]
        return best.name, best.confidence

    return judge


def baseline(train: Rows, other: Sequence[str]) -> Judge:
    """Words and word pairs, characters 2 to 5, a linear SVM; what is out of scope is one more class."""
    model = make_pipeline(
        make_union(TfidfVectorizer(ngram_range=(1, 2)), TfidfVectorizer(analyzer="char", ngram_range=(2, 5))),
        LinearSVC(random_state=0),
    )
    model.fit([text for text, _ in train] + list(other), [name for _, name in train] + [OTHER] * len(other))

    def judge(text: str) -> tuple[str, float]:
        scores = model.decision_function([text])[0]
        best = int(scores.argmax())
        name = str(model.classes_[best])
        return name, -9.0 if name == OTHER else float(scores[best])

    return judge


def percent(hits: Iterable[bool]) -> float:
    return round(100 * statistics.fmean(hits), 2)


def right(judge: Judge, rows: Rows) -> float:
    return percent(judge(text)[0] == name for text, name in rows)


def least_sureness(judge: Judge, validation: Rows) -> float:
    """From there on a sentence is taken to be in scope: the highest that costs COST points there."""
    judged = sorted(
        (sureness, found == name) for (found, sureness), name in ((judge(t), n) for t, n in validation)
    )
    lost = 0
    for sureness, hit in judged:
        lost += hit
        if 100 * lost / len(judged) > COST:
            return sureness
    return judged[-1][0]


def p99_ms(judge: Judge, texts: Sequence[str]) -> float:
    took_s = []
    for number, text in enumerate(texts[: 2 * TIMED]):
        started_s = time.thread_time()
        judge(text)
        if number >= TIMED:
            took_s.append(time.thread_time() - started_s)
    return round(1000 * statistics.quantiles(took_s, n=100)[-1], 3)


def figures(learn: Callable[[Rows, Sequence[str]], Judge]) -> dict[str, Figure]:
    bank, clinc = banking77(), clinc150()
    draws = [right(learn(drawn(bank.train, SHOTS, seed), ()), bank.test) for seed in SEEDS]
    started_s = time.process_time()
    whole = learn(bank.train, ())
    train_s = time.process_time() - started_s
    everything = learn(clinc.train, clinc.other_train)
    least = least_sureness(everything, clinc.validation)
    judged = [(everything(text), name) for text, name in clinc.test]
    return {
        "banking77_full": right(whole, bank.test),
        "banking77_10shot": round(statistics.fmean(draws), 2),
        "banking77_10shot_spread": round(statistics.stdev(draws), 2),
        "clinc_in_scope": percent(sure >= least and found == name for (found, sure), name in judged),
        "clinc_in_scope_forced": percent(found == name for (found, _), name in judged),
        "clinc_oos_recall": percent(everything(text)[1] < least for text in clinc.other_test),
        "train_s": round(train_s, 2),
        "p99_ms": p99_ms(everything, [text for text, _ in clinc.test]),
    }


AIMS = {
    "banking77_full": "at least 92",
    "banking77_10shot": "at least 80",
    "clinc_in_scope": "at least 94",
    "clinc_oos_recall": "at least 60",
    "train_s": "at most 10",
    "p99_ms": "at most 2",
}


def main() -> None:
    if not Path(TEXTS).is_dir():
        sys.exit(f"bench-nlu needs real customers' questions, and {TEXTS} is missing: nothing was measured")
    measured = figures(ours)
    compared = {f"baseline_{key}": value for key, value in figures(baseline).items()}
    report("nlu", measured | compared, AIMS)


if __name__ == "__main__":
    main()
