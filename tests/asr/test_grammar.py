"""Grammars as word graphs: what may be said, and nothing else."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.asr import grammar as grammars
from ivr.asr.engines import unknown_words
from ivr.asr.pronounce import pronounce
from ivr.events import Choice, Grammar, Slot

SLOTS = {
    "yes_no": Slot("yes_no"),
    "number": Slot("number"),
    "money": Slot("money"),
    "date": Slot("date"),
    "digits": Slot("digits", 4, 8),
    "time": Slot("time"),
    "date_time": Slot("date_time"),
    "phone": Slot("phone"),
    "card": Slot("card"),
    "id_number": Slot("id_number"),
    "spelling": Slot("spelling"),
    "one_of": Slot(
        "one_of", choices=(Choice("S", ("savings account", "Savings!"), "1"), Choice("C", ("credit card",)))
    ),
}
GRAPHS = {name: grammars.build(Grammar("en", slots=(slot,))) for name, slot in SLOTS.items()}


@pytest.mark.parametrize(
    ("slot", "said"),
    [
        ("yes_no", "yeah"),
        ("yes_no", "that's right"),
        ("yes_no", "um no thanks"),
        ("number", "zero"),
        ("number", "nine hundred ninety nine thousand nine hundred and ninety nine"),
        ("money", "five thousand"),
        ("money", "twelve hundred"),
        ("money", "five thousand yuan"),
        ("money", "one hundred and fifty point five"),
        ("money", "one hundred and fifty dollars and fifty cents"),
        ("date", "tomorrow"),
        ("date", "next friday"),
        ("date", "the third of march"),
        ("date", "march third"),
        ("date", "on the fifteenth"),
        ("date", "march the third twenty twenty seven"),
        ("date", "the thirty first of december"),
        ("digits", "four eight double two"),
        ("digits", "oh one triple seven nine"),
        ("date", "the last day of next month"),
        ("date", "at the end of the month"),
        ("date", "three days from now"),
        ("date", "friday next week"),
        ("date", "the third of next month"),
        ("time", "at half past three"),
        ("time", "a quarter to nine in the evening"),
        ("time", "three thirty p.m."),
        ("time", "ten o'clock"),
        ("time", "noon"),
        ("date_time", "next friday afternoon at three"),
        ("date_time", "tomorrow at ten"),
        ("date_time", "at three p.m. on the third of march"),
        ("date_time", "tonight at eight thirty"),
        ("phone", "plus one two oh two double five five oh one two three"),
        ("card", "four triple one four one one one four one one one four one one one"),
        ("id_number", "one one oh one oh five one nine four nine one two three one oh oh two x"),
        ("spelling", "capital m i double l e r"),
        ("spelling", "b as in bravo e n"),
        ("spelling", "alpha delta alpha"),
        ("one_of", "savings account"),
        ("one_of", "credit card"),
    ],
)
def test_what_people_say_is_in_the_grammar(slot: str, said: str) -> None:
    assert GRAPHS[slot].accepts(said)


@pytest.mark.parametrize(
    ("slot", "said"),
    [
        ("yes_no", "yes no"),
        ("number", "hundred five"),
        ("money", "dollars"),
        ("date", "the march"),
        ("date", "thirty second of march"),
        ("digits", "four eight two"),
        ("digits", "one two three four five six seven double eight"),
        ("digits", ""),
        ("time", "half past"),
        ("time", "thirteen o'clock"),
        ("date_time", "tomorrow"),
        ("phone", "one two three"),
        ("id_number", "one two three x"),
        ("spelling", "m"),
        ("one_of", "savings card"),
    ],
)
def test_what_nobody_means_is_not(slot: str, said: str) -> None:
    assert not GRAPHS[slot].accepts(said)


@settings(deadline=None)
@given(st.sampled_from(sorted(GRAPHS)), st.randoms(use_true_random=False))
def test_every_way_through_is_accepted_and_pronounceable(slot: str, rng: random.Random) -> None:
    said = GRAPHS[slot].random_phrase(rng)
    assert GRAPHS[slot].accepts(said)
    assert not unknown_words(Grammar("en", (said,)))


@settings(deadline=None)
@given(st.integers(1, 6), st.integers(0, 6), st.randoms(use_true_random=False))
def test_digits_keep_their_count(fewest: int, more: int, rng: random.Random) -> None:
    graph = grammars.build(Grammar("en", slots=(Slot("digits", fewest, fewest + more),)))
    count, times = 0, 1
    for word in grammars.strip_fillers(graph.random_phrase(rng)).split():
        times = {"double": 2, "triple": 3}.get(word, 0) or times
        if word in grammars.DIGITS:
            count, times = count + times, 1
    assert fewest <= count <= fewest + more


def test_sentences_and_values_stand_side_by_side() -> None:
    graph = grammars.build(Grammar("en", ("I'd like to pay, please!",), (Slot("digits", 2, 2),)))
    assert graph.accepts("i'd like to pay please")
    assert graph.accepts("uh four oh")
    assert not graph.accepts("i'd like to pay")
    assert grammars.strip_fillers("um four oh") == "four oh"


def test_free_text_is_left_out() -> None:
    assert not grammars.build(Grammar("en", slots=(Slot("text"),))).arcs
    graph = grammars.build(Grammar("en", ("goodbye",), (Slot("text"),)))
    assert graph.accepts("goodbye") and not graph.accepts("hello")


def test_sentences_are_those_of_the_grammar_and_of_its_choices() -> None:
    said = grammars.sentences(Grammar("en", ("goodbye",), (SLOTS["one_of"],)))
    assert said == ("goodbye", "savings account", "Savings!", "credit card")


def test_unknown_words_are_told() -> None:
    grammar = Grammar("en", ("pay my qwrtzl loan", "check my balance"), (Slot("date"),))
    assert unknown_words(grammar) == ("qwrtzl",)
    assert unknown_words(Grammar("zh", ("还款",))) == ()


def test_words_made_of_known_words_are_pronounced() -> None:
    known = {"card": "K AA R D", "bot": "B AA T", "voice": "V OY S", "price": "P R AY S"}.get
    assert pronounce("card", known) == "K AA R D"
    assert pronounce("card's", known) == "K AA R D Z"
    assert pronounce("prices", known) == "P R AY S IH Z"
    assert pronounce("bots", known) == "B AA T S"
    assert pronounce("voicebot", known) == "V OY S B AA T"
    assert pronounce("xyzzy", known) is None


def test_beginnings_of_what_may_be_said() -> None:
    graph = grammars.build(Grammar("en", ("next payment", "next payment please"))).determined()
    assert graph.begins("next") and not graph.accepts("next")
    assert graph.accepts("next payment") and graph.goes_on("next payment")
    assert graph.accepts("next payment please") and not graph.goes_on("next payment please")
    assert not graph.begins("payment")


def test_values_stand_within_sentences() -> None:
    graph = grammars.build(Grammar("en", ("repay <money> of my loan on <date>",))).determined()
    assert graph.accepts("repay five thousand dollars of my loan on friday")
    assert not graph.accepts("repay of my loan on friday")
