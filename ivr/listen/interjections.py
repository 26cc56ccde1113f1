"""Short things that callers say while the bot talks: those that want it to go on, and those that want
it to be quiet without saying what they want instead."""

from __future__ import annotations

from ivr.events import Grammar

_BACKCHANNELS: dict[str, frozenset[str]] = {
    "en": frozenset({"uh huh", "huh", "mm hmm", "okay", "yeah", "right", "i see", "all right", "oh"}),
    "zh": frozenset({"嗯", "对", "好", "好的", "是", "是的", "哦", "明白"}),
}
_STOPS: dict[str, frozenset[str]] = {
    "en": frozenset({"stop", "no", "wait", "wait a minute", "hold on", "excuse me", "sorry", "hello"}),
    "zh": frozenset({"等一下", "等等", "停", "不要", "不是", "喂", "打断一下"}),
}


def interjections(language: str) -> tuple[str, ...]:
    """All of them, for the grammar of speech over a prompt."""
    return (*sorted(_BACKCHANNELS.get(language, ())), *sorted(_STOPS.get(language, ())))


def is_backchannel(text: str, grammar: Grammar) -> bool:
    """Only where it does not answer: who is asked for a yes means it."""
    return text in _BACKCHANNELS.get(grammar.language, ()) and not _answers(text, grammar)


def is_stop(text: str, grammar: Grammar) -> bool:
    return text in _STOPS.get(grammar.language, ()) and not _answers(text, grammar)


def _answers(text: str, grammar: Grammar) -> bool:
    return text in grammar.sentences or any(slot.type == "yes_no" for slot in grammar.slots)
