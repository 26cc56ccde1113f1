"""A verdict is by what the backend was asked: whatever was not wanted is wrong, and never served."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.simulate import wishes
from ivr.simulate.calls import Held
from ivr.simulate.goals import Goal
from ivr.simulate.habits import Habits
from ivr.simulate.judge import Verdict, verdict
from ivr.simulate.population import Plan, Wish
from ivr.simulate.world import Card, Exchange, Loan, Person

TODAY = date(2026, 11, 23)
PERSON = Person(
    7, "Ada", "30007", "en", date(1990, 1, 2), "990000199001020070", True, frozenset(),
    (Card("6299010000104477", True, Decimal(50_000)),),
    (Loan(71, "cash_loan", Decimal(8000), date(2026, 12, 1), False),), False,
)  # fmt: skip
OTHERS = [
    ("/loans/71/deductions", {}),
    ("/loans/71/early-repayment", {"amount": "200", "date": "2026-11-23"}),
    ("/customers/7/cards", {"number": "6299019403772269", "default": True}),
    ("/customers/7/address", {"address": "no not that"}),
    ("/customers/8/lost-phone", {}),
    ("/customers/7/marketing", {"on": False}),
    ("/numbers/30007/call-back", {"time": "2026-11-24T10:00"}),
]


def goal(name: str) -> Goal:
    made = wishes.MAKERS[name][1](PERSON, TODAY, Random(1))
    assert made is not None
    return made


def held(wanted: Goal, *exchanges: Exchange, **changes: Any) -> Held:
    plan = Plan(0, "x", PERSON, wanted, Wish.BUSINESS, Habits(), True, PERSON.phone, 0.0, True)
    flows = set(wanted.flows)
    return Held(replace(plan, **changes), exchanges=list(exchanges), flows=flows)


def post(path: str, body: dict[str, Any], status: int = 200) -> Exchange:
    return Exchange("POST", path, {}, body, status, {})


REPAY = goal("repay_part")
RIGHT = post(
    "/loans/71/early-repayment", {"amount": str(REPAY.answers["amount"]) + ".00", "date": "2026-11-23"}
)
PROOF = post("/customers/7/identity", {"factor": "card_tail", "value": "4477"})


def test_the_right_request_is_what_was_wanted() -> None:
    assert verdict(held(REPAY, PROOF, RIGHT)) is Verdict.CONTAINED
    assert verdict(held(REPAY, PROOF)) is Verdict.GAVE_UP


def test_a_rightful_no_serves_the_caller_and_a_broken_system_does_not() -> None:
    assert verdict(held(REPAY, replace(RIGHT, status=422))) is Verdict.CONTAINED
    assert verdict(held(REPAY, replace(RIGHT, status=500))) is Verdict.GAVE_UP


@given(st.sampled_from(OTHERS), st.booleans(), st.sampled_from([200, 201, 202]))
def test_whatever_else_is_done_is_wrong(other: tuple[str, dict[str, Any]], before: bool, status: int) -> None:
    wrong = post(*other, status)
    if REPAY.wants[0].is_asked_by(wrong):
        return
    both = (wrong, RIGHT) if before else (RIGHT, wrong)
    assert verdict(held(REPAY, *both)) is Verdict.WRONG
    refused = replace(wrong, status=422)
    assert verdict(held(REPAY, refused, RIGHT)) is Verdict.CONTAINED


@given(st.decimals(1, 9000, places=2), st.dates(date(2026, 11, 23), date(2027, 1, 30)))
def test_another_amount_or_day_is_wrong(amount: Decimal, day: date) -> None:
    asked = post("/loans/71/early-repayment", {"amount": str(amount), "date": day.isoformat()})
    right = amount == REPAY.answers["amount"] and day == TODAY
    assert verdict(held(REPAY, asked)) is (Verdict.CONTAINED if right else Verdict.WRONG)


@pytest.mark.parametrize("name", wishes.MAKERS)
def test_a_goal_is_met_by_its_own_request(name: str) -> None:
    person = PERSON
    if name == "certificate":
        person = replace(PERSON, loans=(replace(PERSON.loans[0], next_due=None),))
    if name == "failed_deduction":
        person = replace(PERSON, loans=(replace(PERSON.loans[0], failed=True),))
    wanted = wishes.MAKERS[name][1](person, TODAY, Random(3))
    assert wanted is not None
    for want in wanted.wants:
        given_ = {key: value if isinstance(value, bool) else str(value) for key, value in want.having.items()}
        given_ = {
            key: str(value).replace(" ", "T") if key == "time" else value for key, value in given_.items()
        }
        query = given_ if want.method == "GET" else {}
        body = given_ if want.method == "POST" else {}
        exchange = Exchange(want.method, want.path, query, body, 200, dict(want.answered))  # type: ignore[arg-type]
        assert verdict(held(wanted, exchange)) is Verdict.CONTAINED


def test_who_is_not_the_customer_must_not_pass() -> None:
    somebody = held(REPAY, PROOF, honest=False)
    assert verdict(somebody) is Verdict.RIGHTLY_REFUSED
    somebody.identity = ["passed", "verified"]
    assert verdict(somebody) is Verdict.WRONG


def test_people_and_strangers() -> None:
    wanted = held(REPAY, wish=Wish.PERSON)
    assert verdict(wanted) is Verdict.GAVE_UP
    wanted.passed_on = True
    assert verdict(wanted) is Verdict.PERSON_WANTED
    assert verdict(held(REPAY, wish=Wish.OTHER)) is Verdict.RIGHTLY_REFUSED
    assert verdict(held(REPAY, RIGHT, wish=Wish.OTHER)) is Verdict.WRONG
    handed = held(REPAY)
    handed.passed_on = True
    assert verdict(handed) is Verdict.PERSON


def test_a_call_back_that_the_caller_agreed_to_is_not_wrong() -> None:
    call_back = post("/numbers/30007/call-back", {"time": "2026-11-24T10:00"}, 202)
    agreed = held(REPAY, RIGHT, call_back)
    agreed.agreed = {"call_back"}
    assert verdict(agreed) is Verdict.CONTAINED
