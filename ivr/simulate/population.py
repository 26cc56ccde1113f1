"""Who calls: customers of the company, a seed and shares enter; callers with a goal, habits and luck leave.

Every caller draws from a random stream of their own, so one of them can be run again alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from random import Random

from ivr.simulate import habits
from ivr.simulate.goals import Goal
from ivr.simulate.habits import Habits
from ivr.simulate.wishes import MAKERS
from ivr.simulate.world import Person

WANT_PERSON, OUT_OF_SCOPE = 0.06, 0.05
DISHONEST = 0.04
OTHER_TELEPHONE = 0.12
"""honest callers whose number is withheld"""
TROUBLE = 0.06
"""callers whose backend fails: half of them meet one that never answers, the others one that loses a third
of the requests"""


class Wish(StrEnum):
    BUSINESS = "business"
    PERSON = "person"
    OTHER = "out of scope"


@dataclass(frozen=True, slots=True)
class Plan:
    """One call, before it is held."""

    number: int
    """in the population"""
    seed: str
    person: Person
    goal: Goal
    wish: Wish
    habits: Habits
    honest: bool
    """dishonest: somebody else, who knows the telephone number of the person and guesses the rest"""
    calls_from: str
    """empty: withheld"""
    trouble: float
    agents_free: bool

    def chance(self, what: str) -> Random:
        return Random(f"{self.seed} {what}")


def drawn(people: Sequence[Person], count: int, seed: int, today: date, language: str) -> list[Plan]:
    """Each of them another customer, as long as there are enough."""
    chance = Random(f"{seed} {language}")
    customers = [one for one in people if one.language == language and one.cards and not one.locked]
    if not customers:
        raise ValueError(f"no customer speaks {language}")
    chance.shuffle(customers)
    waiting = list(customers)
    plans = []
    for number in range(count):
        goal, person = _matched(waiting, today, chance)
        waiting.remove(person)
        waiting = waiting or list(customers)
        plans.append(_plan(number, f"{seed} {language} {number}", person, goal))
    return plans


def _matched(waiting: list[Person], today: date, chance: Random) -> tuple[Goal, Person]:
    """A goal by its share, and the first customer whom it suits."""
    names = list(MAKERS)
    while True:
        _, maker = MAKERS[chance.choices(names, [share for share, _ in MAKERS.values()])[0]]
        for person in waiting:
            if goal := maker(person, today, chance):
                return goal, person


def _plan(number: int, seed: str, person: Person, goal: Goal) -> Plan:
    chance = Random(f"{seed} plan")
    luck = chance.random()
    wish = (
        Wish.PERSON
        if luck < WANT_PERSON
        else Wish.OTHER
        if luck < WANT_PERSON + OUT_OF_SCOPE
        else Wish.BUSINESS
    )
    honest = not (wish is Wish.BUSINESS and goal.identified and chance.random() < DISHONEST)
    withheld = chance.random() < OTHER_TELEPHONE and goal.name not in ("call_back", "wrong_person")
    troubled = chance.random() < TROUBLE
    return Plan(
        number, seed, person, goal, wish, habits.drawn(chance), honest,
        "" if withheld or goal.name == "lost_phone" or not honest else person.phone,
        0.0 if not troubled else chance.choice((1.0, 0.33)),
        chance.random() < 0.85,
    )  # fmt: skip
