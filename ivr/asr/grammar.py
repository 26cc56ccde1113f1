"""What the flow expects (events.Grammar) enters; the English word graph of all that may be said
leaves, composed of whole sentences and of values (grammar_values, grammar_days)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache

from ivr.asr import grammar_days, grammar_values
from ivr.asr.grammar_values import DIGITS, number
from ivr.asr.wordgraph import Part, WordGraph, any_word, graph_of, maybe, one_of, say, seq
from ivr.events import Grammar, Slot

__all__ = ["DIGITS", "FILLERS", "build", "number", "sentences", "strip_fillers", "words_of"]

FILLERS = frozenset({"uh", "um", "er"})
"""may be said before an answer; never part of a transcript"""


def words_of(sentence: str) -> str:
    """The words of a sentence without its values, in lower case, as the pronunciation dictionary writes
    them: no punctuation but apostrophes."""
    plain = _VALUE.sub(" ", sentence).lower().replace("’", "'")
    return " ".join(re.findall(r"[^\W_]+(?:'[^\W_]+)*", plain))


def sentences(grammar: Grammar) -> tuple[str, ...]:
    """All that the flow's author worded: the sentences, and the ways to say what can be chosen."""
    chosen = (way for slot in grammar.slots for choice in slot.choices for way in choice.said)
    return (*grammar.sentences, *chosen)


def build(grammar: Grammar) -> WordGraph:
    """One graph of all sentences and values, each after an optional hesitation. Free text is left
    out: a closed grammar cannot hear it."""
    choices = [_sentence(sentence) for sentence in grammar.sentences]
    choices += [part for slot in grammar.slots if (part := _slot(slot))]
    if not choices:
        return WordGraph()
    return graph_of(seq(maybe(any_word(sorted(FILLERS))), one_of(*choices)))


_VALUE = re.compile(r"<([a-z_]+)>")


def _sentence(sentence: str) -> Part:
    """Words, with a value wherever <type> stands."""
    pieces = _VALUE.split(sentence)
    parts = [say(words_of(piece)) if n % 2 == 0 else _value(piece) for n, piece in enumerate(pieces)]
    return seq(*(part for part in parts if part))


@cache
def _value(kind: str) -> Part | None:
    return grammar_values.digits(1, 20) if kind == "digits" else _PARTS[kind]()


def _slot(slot: Slot) -> Part | None:
    match slot.type:
        case "digits":
            return grammar_values.digits(slot.min_length, slot.max_length)
        case "one_of":
            ways = filter(None, (words_of(way) for choice in slot.choices for way in choice.said))
            spoken = dict.fromkeys(ways)
            return any_word(spoken) if spoken else None
        case "id_tail":
            return one_of(grammar_values.digits(4, 4), seq(grammar_values.digits(3, 3), say("x")))
        case "text":
            return None
    return _PARTS[slot.type]()


_PARTS: Mapping[str, Callable[[], Part]] = {
    "yes_no": grammar_values.yes_no,
    "number": number,
    "money": grammar_values.money,
    "phone": grammar_values.phone,
    "card": grammar_values.card,
    "id_number": grammar_values.id_number,
    "spelling": grammar_values.spelling,
    "date": grammar_days.day,
    "time": grammar_days.clock,
    "date_time": grammar_days.day_and_time,
}


def strip_fillers(text: str) -> str:
    return " ".join(word for word in text.split() if word not in FILLERS)
