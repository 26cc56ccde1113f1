"""What callers say: varied, in no flow's examples, and with every value in its place."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest

from ivr.events import Slot
from ivr.flow import match, patterns, slots
from ivr.flow.loader import load
from ivr.simulate import phrases, sayings
from ivr.simulate.wishes import MAKERS
from ivr.tts.spoken import say_as

TODAY = date(2026, 11, 23)
LANGUAGES = ("en", "zh")
LEAST = 12
TYPES = {"amount": "money", "day": "date"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_are_enough_wordings_of_every_goal(language: str) -> None:
    pools = phrases.load(language)
    assert set(pools.goals) == set(MAKERS)
    for name, pool in {**pools.goals, "person": pools.wants_person, "other": pools.out_of_scope}.items():
        assert len(set(pool)) >= LEAST, name


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_wording_is_an_example_of_the_hotline(language: str) -> None:
    """What was taught proves nothing."""
    flow = load(Path(f"flows/finance/{language}/hotline.yaml"), say_as, {"agents": "sip:agents@127.0.0.1"})
    taught = {match.sentence(patterns.placeheld(text)) for text in phrases.examples(flow)}

    def said(text: str) -> str:
        for name, kind in TYPES.items():
            text = text.replace(f"<{name}>", f"<{kind}>")
        return match.sentence(text)

    assert not [text for text in phrases.load(language).sentences() if said(text) in taught]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("seed", range(40))
def test_said_values_are_what_they_say(language: str, seed: int) -> None:
    chance = Random(seed)
    amount = Decimal(chance.randrange(100, 20_000, 100))
    day = date.fromordinal(TODAY.toordinal() + chance.randrange(0, 40))
    hour = time(chance.randrange(9, 20), chance.choice((0, 30)))
    code = "".join(chance.choice("0123456789") for _ in range(6))

    def parsed(text: str, slot: Slot) -> object:
        return slots.parse(text, slot, language, TODAY)

    assert parsed(sayings.money(amount, language, chance), Slot("money")) == amount
    assert parsed(sayings.day(day, TODAY, language, chance), Slot("date")) == day
    assert parsed(sayings.clock(hour, language, chance), Slot("time")) == hour
    assert parsed(sayings.digits(code, language, chance), Slot("digits", 6, 6)) == code
