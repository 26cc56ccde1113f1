"""The goals that people have: a person enters; a goal leaves, drawn by chance and possible for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from ivr.simulate.goals import Goal, Want
from ivr.simulate.sayings import month_before
from ivr.simulate.world import Loan, Person

Maker = Callable[[Person, date, Random], Goal | None]
"""None: not for this person"""


def _goal(
    name: str, flows: str, *wants: Want, loan: Loan | None = None, identified: bool = True, **answers: Any
) -> Goal:
    return Goal(name, frozenset(flows.split()), wants, answers, loan, identified)


def _post(path: str, **having: Any) -> Want:
    return Want("POST", path, having)


def _get(path: str, **having: Any) -> Want:
    return Want("GET", path, having)


def _open(person: Person, chance: Random) -> Loan | None:
    return chance.choice(person.open_loans) if person.open_loans else None


def repay_early(person: Person, today: date, chance: Random) -> Goal | None:
    loan = _open(person, chance)
    if loan is None or person.cards[0].funds < loan.balance * 2:
        return None
    want = _post(f"/loans/{loan.id}/early-repayment", amount="all", date=today)
    return _goal(
        "repay_early", "repay_early payoff_amount", want, loan=loan, part_or_whole="whole", whole=True,
        day=today, pay_now=True, sure=True,
    )  # fmt: skip


def _part(name: str, person: Person, day: date, today: date, chance: Random) -> Goal | None:
    fitting = [loan for loan in person.open_loans if not loan.overdue(today) and loan.balance > 700]
    if not fitting or person.cards[0].funds < 40_000:
        return None
    loan = chance.choice(fitting)
    sums = [Decimal(n) for n in (200, 300, 500, 800, 1000, 1500, 2000, 2500, 3000, 5000) if n < loan.balance]
    amount = chance.choice(sums)
    want = _post(f"/loans/{loan.id}/early-repayment", amount=amount, date=day)
    return _goal(
        name,
        "repay_early",
        want,
        loan=loan,
        part_or_whole="part",
        amount=amount,
        whole=False,
        day=day,
        sure=True,
    )


def repay_part(person: Person, today: date, chance: Random) -> Goal | None:
    return _part("repay_part", person, today, today, chance)


def repay_part_day(person: Person, today: date, chance: Random) -> Goal | None:
    day = today + timedelta(days=chance.choice((1, 2, 3, 4, 5, 6, 9, 12, 17, 25)))
    return _part("repay_part_day", person, day, today, chance)


def next_payment(person: Person, today: date, chance: Random) -> Goal | None:
    loan = _open(person, chance)
    if loan is None:
        return None
    return _goal(
        "next_payment", "next_payment loan_overview", _get(f"/loans/{loan.id}/next-payment"), loan=loan
    )


def failed_deduction(person: Person, today: date, chance: Random) -> Goal | None:
    loan = next((loan for loan in person.open_loans if loan.failed), None)
    if loan is None:
        return None
    want = _get(f"/loans/{loan.id}/failed-deduction")
    return _goal("failed_deduction", "failed_deduction", want, loan=loan)


def deduct_now(person: Person, today: date, chance: Random) -> Goal | None:
    loan = _open(person, chance)
    if loan is None:
        return None
    want = _post(f"/loans/{loan.id}/deductions")
    return _goal("deduct_now", "deduct_now next_payment", want, loan=loan, sure=True, pay_now=True)


def change_card(person: Person, today: date, chance: Random) -> Goal | None:
    start = chance.choice(("629901", "629902")) + "".join(chance.choice("0123456789") for _ in range(9))
    number = start + _luhn(start)
    want = _post(f"/customers/{person.id}/cards", number=number, default=True)
    return _goal("change_card", "change_card", want, new_or_known="new", number=number, sure=True)


def _luhn(digits: str) -> str:
    total = sum(int(one) for one in digits[-2::-2])
    total += sum(sum(divmod(2 * int(one), 10)) for one in digits[-1::-2])
    return str(-total % 10)


def real_name(person: Person, today: date, chance: Random) -> Goal | None:
    wants = [_post(f"/customers/{person.id}/real-name-check", id_number=person.id_number)]
    if person.real_name_checked:
        wants = [_get(f"/customers/{person.id}/real-name-check")]
    return _goal("real_name", "real_name_check", *wants, number=person.id_number)


def certificate(person: Person, today: date, chance: Random) -> Goal | None:
    settled = [loan for loan in person.loans if not loan.next_due]
    if not settled:
        return None
    loan, channel = chance.choice(settled), _channel(chance)
    want = _post(f"/loans/{loan.id}/settlement-certificate", channel=channel)
    return _goal("certificate", "settlement_certificate", want, loan=loan, channel=channel)


def _channel(chance: Random) -> str:
    return chance.choice(("sms", "email", "post"))


def limit(person: Person, today: date, chance: Random) -> Goal | None:
    return _goal("limit", "limit_and_rate", _get(f"/customers/{person.id}/limit"))


def rate(person: Person, today: date, chance: Random) -> Goal | None:
    return _goal("rate", "limit_and_rate", _get(f"/customers/{person.id}/rate"))


def contract_copy(person: Person, today: date, chance: Random) -> Goal | None:
    if not person.loans:
        return None
    loan, channel = chance.choice(person.loans), _channel(chance)
    want = _post(f"/loans/{loan.id}/contract-copy", channel=channel)
    return _goal("contract_copy", "contract_copy", want, loan=loan, channel=channel)


def extension(person: Person, today: date, chance: Random) -> Goal | None:
    loan = next((one for one in person.open_loans if one.overdue(today)), None) or _open(person, chance)
    if loan is None:
        return None
    months, reason = chance.randint(1, 6), chance.choice(("job", "illness", "income", "other"))
    path = f"/loans/{loan.id}/extension"
    wants = (_post(path, months=months), Want("GET", path, answered={"eligible": False}))
    return _goal(
        "extension",
        "extension hardship_help",
        *wants,
        loan=loan,
        months=months,
        reason=reason,
        sure=True,
        talk=False,
    )


def complaint(person: Person, today: date, chance: Random) -> Goal | None:
    return _goal("complaint", "complaint", _post(f"/customers/{person.id}/complaints"), sure=True)


def fraud(person: Person, today: date, chance: Random) -> Goal | None:
    want = _post(f"/customers/{person.id}/fraud-reports")
    return _goal("fraud", "fraud_report", want, what="happened", gave_something=True, sure=True)


def lost_phone(person: Person, today: date, chance: Random) -> Goal | None:
    want = _post(f"/customers/{person.id}/lost-phone")
    return _goal(
        "lost_phone", "lost_phone", want, identified=False, number=person.phone, has_new_number=False
    )


def wrong_person(person: Person, today: date, chance: Random) -> Goal | None:
    want = _post(f"/numbers/{person.phone}/wrong-person")
    return _goal("wrong_person", "wrong_person", want, identified=False, sure=True)


def data_deletion(person: Person, today: date, chance: Random) -> Goal | None:
    return _goal("data_deletion", "data_deletion", _post(f"/customers/{person.id}/data-deletion"), sure=True)


def opening_hours(person: Person, today: date, chance: Random) -> Goal | None:
    return _goal("opening_hours", "opening_hours", _get("/opening-hours"), identified=False)


def opening_day(person: Person, today: date, chance: Random) -> Goal | None:
    day = today + timedelta(days=chance.randint(1, 12))
    return _goal("opening_day", "opening_hours", _get("/opening-hours", at=day), identified=False, day=day)


def call_back(person: Person, today: date, chance: Random) -> Goal | None:
    day = today + timedelta(days=chance.randint(1, 6))
    hour = time(chance.randint(9, 16), chance.choice((0, 30)))
    want = _post(f"/numbers/{person.phone}/call-back", time=datetime.combine(day, hour))
    return _goal(
        "call_back", "call_back", want, identified=False, number=person.phone, day=day, hour=hour, same=True
    )


def statement(person: Person, today: date, chance: Random) -> Goal | None:
    month, channel = f"{month_before(today):%Y-%m}", _channel(chance)
    want = _post(f"/customers/{person.id}/statement", month=month, channel=channel)
    return _goal("statement", "statement", want, month="last", channel=channel)


def change_phone(person: Person, today: date, chance: Random) -> Goal | None:
    number = (
        f"2025550{chance.randrange(100, 200)}"
        if person.language == "en"
        else f"1390000{chance.randrange(10_000):04}"
    )
    want = _post(f"/customers/{person.id}/phone", number=number)
    return _goal("change_phone", "phone_change", want, number=number, has_old_phone=True)


def change_address(person: Person, today: date, chance: Random) -> Goal | None:
    want = _post(f"/customers/{person.id}/address")
    return _goal("change_address", "address_change", want, sure=True)


def marketing_off(person: Person, today: date, chance: Random) -> Goal | None:
    want = _post(f"/customers/{person.id}/marketing", on=False)
    return _goal("marketing_off", "marketing", want, wanted=False, sure=True)


MAKERS: Mapping[str, tuple[int, Maker]] = {
    maker.__name__: (share, maker)
    for share, maker in (
        (7, repay_early), (6, repay_part), (6, repay_part_day), (12, next_payment), (5, failed_deduction),
        (6, deduct_now), (5, change_card), (3, real_name), (4, certificate), (4, limit), (3, rate),
        (3, contract_copy), (5, extension), (3, complaint), (3, fraud), (2, lost_phone), (2, wrong_person),
        (2, data_deletion), (3, opening_hours), (3, opening_day), (4, call_back), (3, statement),
        (2, change_phone), (2, change_address), (2, marketing_off),
    )
}  # fmt: skip
"""goal -> how often of a hundred calls, and how it is made"""
