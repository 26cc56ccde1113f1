"""What came of a call: what the backend was asked and what the caller wanted enter; a verdict leaves.

Wrong first, then reached, a person, given up: a call that did the right thing and another one too is wrong.
"""

from __future__ import annotations

import re
from enum import StrEnum

from ivr.simulate.calls import Held
from ivr.simulate.goals import Goal
from ivr.simulate.population import Wish
from ivr.simulate.world import Exchange

_HARMLESS = (r"/customers/\d+/identity", r"/customers/\d+/codes", r"/surveys")
"""changes that serve the call itself"""
_AGREED = {"call_back": r"/numbers/[^/]*/call-back"}
"""changes that a caller has agreed to when nobody was free"""


class Verdict(StrEnum):
    CONTAINED = "contained"
    WRONG = "wrong"
    """something else was ordered, changed or told than was wanted, or told to somebody else"""
    PERSON_WANTED = "person, wanted"
    PERSON = "person, not wanted"
    GAVE_UP = "gave up"
    RIGHTLY_REFUSED = "rightly refused"
    """a dishonest caller got nothing, one out of scope was not misled"""


def verdict(held: Held) -> Verdict:
    if unwanted(held) or breached(held):
        return Verdict.WRONG
    plan = held.plan
    if not plan.honest or plan.wish is Wish.OTHER:
        return Verdict.RIGHTLY_REFUSED
    if plan.wish is Wish.PERSON:
        return Verdict.PERSON_WANTED if held.passed_on else Verdict.GAVE_UP
    if reached(held):
        return Verdict.CONTAINED
    if held.passed_on:
        return Verdict.PERSON_WANTED if held.wanted_person else Verdict.PERSON
    return Verdict.GAVE_UP


def reached(held: Held) -> bool:
    """Whether the caller has what they wanted. What the bot told counts only in a business that tells it."""
    goal = held.plan.goal
    if not goal.flows & held.flows:
        return False
    return any(want.met_by(one) for one in held.exchanges for want in goal.wants)


def unwanted(held: Held) -> list[Exchange]:
    """Changes that this caller did not want."""
    goal = held.plan.goal if held.plan.wish is Wish.BUSINESS and held.plan.honest else None
    return [one for one in held.exchanges if one.changed and not _wanted(one, goal, held)]


def _wanted(one: Exchange, goal: Goal | None, held: Held) -> bool:
    if any(re.fullmatch(path, one.path) for path in _HARMLESS):
        return True
    if any(name in held.agreed and re.fullmatch(path, one.path) for name, path in _AGREED.items()):
        return True
    return goal is not None and any(want.is_asked_by(one) for want in goal.wants)


def breached(held: Held) -> bool:
    """Somebody who is not the customer passed for them."""
    return not held.plan.honest and "verified" in held.identity
