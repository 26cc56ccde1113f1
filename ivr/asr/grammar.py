"""What the flow expects (events.Grammar) enters; the English word graph of all that may be said
leaves, composed of whole sentences and of values: digits, yes or no, numbers, money, dates."""

from __future__ import annotations

import re
from functools import cache

from ivr.asr.wordgraph import Part, WordGraph, any_word, graph_of, maybe, one_of, say, seq
from ivr.events import Grammar, Slot

FILLERS = frozenset({"uh", "um", "er"})
"""may be said before an answer; never part of a transcript"""

DIGITS = "zero oh one two three four five six seven eight nine".split()
_ONES = DIGITS[2:]
_TEENS = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth "
    "fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth thirtieth"
).split()
_MONTHS = ("january february march april may june july august september october november december").split()
_WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
_CURRENCIES = "dollars dollar yuan euros euro pounds pound bucks".split()
_YES = (
    "yes|yeah|yep|yup|sure|correct|right|okay|of course|absolutely|exactly|yes please|yes it is|"
    "yes i do|yes that's right|yes that's correct|that's right|that is right|that's correct|"
    "that is correct|it is|i do"
).split("|")
_NO = (
    "no|nope|nah|no thanks|no thank you|wrong|incorrect|not correct|not right|that's wrong|"
    "that is wrong|that's not right|that is not right|that's not correct|that is not correct|"
    "no that's wrong|no it's not|no it isn't|no i don't|not at all"
).split("|")


def words_of(sentence: str) -> str:
    """Lower case words as the pronunciation dictionary writes them: no punctuation but apostrophes."""
    return " ".join(re.findall(r"[^\W_]+(?:'[^\W_]+)*", sentence.lower().replace("’", "'")))


def build(grammar: Grammar) -> WordGraph:
    """One graph of all sentences and values, each after an optional hesitation."""
    choices = [say(words_of(sentence)) for sentence in grammar.sentences]
    choices += [_slot(slot) for slot in grammar.slots]
    if not choices:
        return WordGraph()
    return graph_of(seq(maybe(any_word(sorted(FILLERS))), one_of(*choices)))


def _slot(slot: Slot) -> Part:
    if slot.type == "digits":
        return _digits(slot.min_length, slot.max_length)
    if slot.type == "yes_no":
        return any_word((*_YES, *_NO))
    return {"number": number, "money": _money, "date": _date}[slot.type]()


def _digits(fewest: int, most: int) -> Part:
    """`fewest` to `most` digits. State n means: n digits said; "double" and "triple" lead to
    the state two or three further, so the count holds without listing the combinations."""

    def lay(graph: WordGraph, start: int, end: int) -> None:
        said = [start, *(graph.state() for _ in range(most))]
        for count in range(most):
            any_word(DIGITS)(graph, said[count], said[count + 1])
            for repeats, word in ((2, "double"), (3, "triple")):
                if count + repeats <= most:
                    seq(say(word), any_word(DIGITS))(graph, said[count], said[count + repeats])
        for count in range(max(fewest, 1), most + 1):
            say("")(graph, said[count], end)

    return lay


def _below_100() -> Part:
    return one_of(any_word(_ONES), any_word(_TEENS), seq(any_word(_TENS), maybe(any_word(_ONES))))


def _below_1000() -> Part:
    rest = maybe(seq(maybe(say("and")), _below_100()))
    return one_of(_below_100(), seq(any_word((*_ONES, "a")), say("hundred"), rest))


@cache
def number() -> Part:
    """0 to 999,999, and "twelve hundred"."""
    rest = maybe(seq(maybe(say("and")), _below_1000()))
    return one_of(
        say("zero"),
        seq(_below_1000(), maybe(seq(say("thousand"), rest))),
        seq(say("a thousand"), rest),
        seq(any_word(_TEENS[1:]), say("hundred"), maybe(seq(maybe(say("and")), _below_100()))),
    )


@cache
def _money() -> Part:
    currency = any_word(_CURRENCIES)
    decimals = seq(say("point"), any_word(DIGITS), maybe(any_word(DIGITS)))
    cents = seq(maybe(say("and")), _below_100(), any_word(("cents", "cent")))
    return one_of(
        seq(number(), maybe(decimals), maybe(currency)),
        seq(number(), currency, cents),
        seq(_below_100(), any_word(("cents", "cent"))),
    )


@cache
def _date() -> Part:
    ordinal = one_of(
        any_word(_ORDINALS),
        seq(say("twenty"), any_word(_ORDINALS[:9])),
        say("thirty first"),
    )
    month = any_word(_MONTHS)
    day = one_of(ordinal, any_word((*_ONES, *_TEENS)), seq(say("twenty"), maybe(any_word(_ONES))))
    year = maybe(_year())
    on = maybe(say("on"))
    return one_of(
        any_word(("today", "tomorrow", "yesterday", "day after tomorrow", "the day after tomorrow")),
        seq(any_word(("", "on", "this", "next", "on next")), any_word(_WEEKDAYS)),
        any_word(("next week", "in a week", "in a month", "next month")),
        seq(say("in"), _below_100(), any_word(("day", "days", "week", "weeks", "month", "months"))),
        seq(on, maybe(say("the")), ordinal, maybe(say("of")), month, year),
        seq(on, month, maybe(say("the")), day, year),
        seq(on, say("the"), ordinal),
    )


def _year() -> Part:
    """1950 to 2099 as people say it."""
    ones = maybe(any_word(_ONES))
    return one_of(
        seq(say("nineteen"), any_word(_TENS[3:]), ones),
        seq(say("twenty"), one_of(any_word(_TEENS), seq(any_word(_TENS), ones))),
        seq(say("two thousand"), maybe(seq(maybe(say("and")), _below_100()))),
    )


def strip_fillers(text: str) -> str:
    return " ".join(word for word in text.split() if word not in FILLERS)
