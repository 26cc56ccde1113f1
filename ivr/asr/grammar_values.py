"""Parts of the English word graph: digits, yes or no, numbers, money, codes, spelled words."""

from __future__ import annotations

from functools import cache

from ivr.asr.wordgraph import Part, WordGraph, any_word, maybe, one_of, say, seq

DIGITS = "zero oh one two three four five six seven eight nine".split()
ONES = DIGITS[2:]
TEENS = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
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


def digits(fewest: int, most: int) -> Part:
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


def below_100() -> Part:
    return one_of(any_word(ONES), any_word(TEENS), seq(any_word(TENS), maybe(any_word(ONES))))


def _below_1000() -> Part:
    rest = maybe(seq(maybe(say("and")), below_100()))
    return one_of(below_100(), seq(any_word((*ONES, "a")), say("hundred"), rest))


@cache
def number() -> Part:
    """0 to 999,999, and "twelve hundred"."""
    rest = maybe(seq(maybe(say("and")), _below_1000()))
    return one_of(
        say("zero"),
        seq(_below_1000(), maybe(seq(say("thousand"), rest))),
        seq(say("a thousand"), rest),
        seq(any_word(TEENS[1:]), say("hundred"), maybe(seq(maybe(say("and")), below_100()))),
    )


@cache
def money() -> Part:
    currency = any_word(_CURRENCIES)
    decimals = seq(say("point"), any_word(DIGITS), maybe(any_word(DIGITS)))
    cents = seq(maybe(say("and")), below_100(), any_word(("cents", "cent")))
    return one_of(
        seq(number(), maybe(decimals), maybe(currency)),
        seq(number(), currency, cents),
        seq(below_100(), any_word(("cents", "cent"))),
    )


def yes_no() -> Part:
    return any_word((*_YES, *_NO))


def phone() -> Part:
    """With or without "plus" and a country code."""
    return seq(maybe(say("plus")), digits(7, 15))


def card() -> Part:
    return digits(12, 19)


def id_number() -> Part:
    """Of China: 18 digits, or 17 and "x"."""
    return one_of(digits(18, 18), seq(digits(17, 17), say("x")))


_ALPHABET = "abcdefghijklmnopqrstuvwxyz"
_NATO = (
    "alpha bravo charlie delta echo foxtrot golf hotel india juliet kilo lima mike november oscar papa "
    "quebec romeo sierra tango uniform victor whiskey x-ray yankee zulu"
).split()
_NAMES = (
    "adam apple bob boy cat dog david easy edward frank fox george henry harry house ice john jack king kate "
    "larry lucy mary mother nancy nora ocean orange peter paul queen robert roger sam sugar tom tiger uncle "
    "water william young yellow zebra"
).split()
"""what else people say after "as in"; whatever the letter was, the word decides"""
_FEWEST_LETTERS, _MOST_LETTERS = 2, 16


@cache
def spelling() -> Part:
    """A word by its letters: "m", "double l", "capital a", "m as in mike", "mike"."""
    doubled = seq(say("double"), any_word(sorted({*_ALPHABET} - {"u"})))  # "double u" is a w
    named = seq(any_word(_ALPHABET), maybe(seq(say("as in"), any_word(sorted({*_NATO, *_NAMES})))))
    letter = one_of(named, seq(say("capital"), any_word(_ALPHABET)), any_word(_NATO), doubled)

    def lay(graph: WordGraph, start: int, end: int) -> None:
        said = [start, *(graph.state() for _ in range(_MOST_LETTERS))]
        for count in range(_MOST_LETTERS):
            letter(graph, said[count], said[count + 1])
        for count in range(_FEWEST_LETTERS, _MOST_LETTERS + 1):
            say("")(graph, said[count], end)

    return lay
