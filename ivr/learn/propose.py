"""What a group of sentences may mean: groups and the intents of a flow enter; a proposal for each leaves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from ivr.flow import likeness, match, ngrams
from ivr.learn import groups
from ivr.learn.groups import TYPICAL, Group, Sentence
from ivr.learn.heard import Utterance
from ivr.learn.targets import Question, Targets

AS_KNOWN = 0.4
"""mean confidence from which on a group is taken for an intent that the flow has"""
SURE = 0.9
"""confidence from which on a sentence is left out: there is nothing to learn from it"""
_NAME_WORDS = 2


@dataclass(frozen=True, slots=True)
class Proposal:
    number: int
    intent: str
    """the name of an intent of the flow, or the suggested name of a new one"""
    is_new: bool
    means: str
    """what a new one is about"""
    confidence: float
    """0 to 1, of the likeliest intent of the flow"""
    other: str
    """the next likeliest"""
    callers: int
    calls: int
    confirmed: int
    """calls in which the bot asked whether that intent is meant, and the caller said yes"""
    sentences: tuple[str, ...]
    """three to five that stand for the group, where it has so many"""
    wordings: int
    """different sentences in all"""


def proposals(
    utterances: Iterable[Utterance], targets: Targets, today: date, min_callers: int
) -> list[Proposal]:
    """Of every group of that many different callers; those of most callers first."""
    language = targets.root.language
    said = groups.distinct(utterances, language, lambda text: targets.plain(text, today))
    scores = {one.text: targets.scores(one.text, today, _question(one)) for one in said}
    said = [one for one in said if not _understood(one, scores[one.text])]
    for one in said:
        _told_by_callers(one, scores[one.text], targets)
    known = [text for target in targets.everywhere.values() for text in target.examples]
    made = groups.grouped(said, [scores[one.text] for one in said], known, language)
    common = Counter(part for text in known for part in set(_parts(text, language)))
    taken = {target.name for target in targets}
    proposed: list[Proposal] = []
    for number, group in enumerate((g for g in made if g.callers >= min_callers), start=1):
        own = [scores[sentence.text] for sentence in group.sentences]
        proposal = _proposal(number, group, own, _about(group, language, common), taken)
        taken.add(proposal.intent)
        proposed.append(proposal)
    return proposed


def _understood(sentence: Sentence, scores: Mapping[str, float]) -> bool:
    """By now, or elsewhere; and no caller said that it was not meant."""
    return max(scores.values(), default=0.0) >= SURE and not any(one.denied for one in sentence.heard)


def _told_by_callers(sentence: Sentence, scores: dict[str, float], targets: Targets) -> None:
    """What they said yes or no to when the bot asked back is known."""
    by_intent = {target.intent: target.name for target in reversed(list(targets)) if target.name in scores}
    told = [(one.denied, 0.0) for one in sentence.heard] + [(one.confirmed, 1.0) for one in sentence.heard]
    for intent, score in told:
        if intent in by_intent:
            scores[by_intent[intent]] = score


def _question(sentence: Sentence) -> Question | None:
    """The one to which it was said mostly."""
    asked = Counter((one.flow, one.step) for one in sentence.heard)
    question, count = asked.most_common(1)[0]
    return question if 2 * count > len(sentence.heard) else None


def _proposal(
    number: int, group: Group, scores: list[dict[str, float]], about: str, taken: set[str]
) -> Proposal:
    weights = [len(sentence.callers) for sentence in group.sentences]
    means: Counter[str] = Counter()
    for weight, score in zip(weights, scores, strict=True):
        for name, confidence in score.items():
            means[name] += weight * confidence / sum(weights)  # type: ignore[assignment]
    (best, confidence), (other, _) = [*means.most_common(2), ("", 0.0), ("", 0.0)][:2]
    is_new = confidence < AS_KNOWN
    confirmed = {one.call for one in group.heard if one.confirmed and one.confirmed == best.split(".")[-1]}
    return Proposal(
        number=number,
        intent=_free_name(about, number, taken) if is_new else best,
        is_new=is_new,
        means=about if is_new else "",
        confidence=round(float(confidence), 2),
        other=best if is_new else other,
        callers=group.callers,
        calls=group.calls,
        confirmed=len(confirmed),
        sentences=tuple(sentence.text for sentence in group.sentences[:TYPICAL]),
        wordings=len(group.sentences),
    )


# --- a name for what is new -------------------------------------------------------------------------------


def _free_name(about: str, number: int, taken: set[str]) -> str:
    """English words make a name; names of flows have no Chinese characters."""
    name = "_".join(about.split()) if about.isascii() else ""
    if not name.replace("_", "").isalpha():
        name = f"new_{number}"
    return name if name not in taken else f"{name}_{number}"


def _about(group: Group, language: str, common: Counter[str]) -> str:
    """The words that most callers of the group share and the flow's examples have least, in the order of its
    most typical sentence."""
    spread: Counter[str] = Counter()
    for sentence in group.sentences:
        for part in set(_parts(sentence.plain, language)):
            spread[part] += len(sentence.callers)
    parts = list(dict.fromkeys(_parts(group.sentences[0].plain, language)))
    telling = {part: spread[part] ** 2 * len(part) / (1 + common[part]) for part in parts}
    if language == "zh":
        return max(parts, key=lambda part: telling[part], default="")
    likeliest = sorted(parts, key=lambda part: -telling[part])[:_NAME_WORDS]
    return " ".join(part for part in parts if part in likeliest)


def _parts(text: str, language: str) -> list[str]:
    """Words that say something; of Mandarin two to four characters in a row."""
    said = [token for token in ngrams.tokens(text) if not token.startswith("<")]
    if language == "zh":
        return ["".join(said[a : a + size]) for size in (4, 3, 2) for a in range(len(said) - size + 1)]
    weighty = likeness.weighty(match.without_fillers(" ".join(said), language)).split()
    return [word for word in weighty if word.isalpha() and word.isascii()]
