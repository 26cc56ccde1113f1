"""Fills an empty database: the fixed customers, then others; the same seed gives the same ones."""

from __future__ import annotations

import random
import sqlite3
from dataclasses import replace
from datetime import date, timedelta

from examples.loan_backend import loan as arithmetic
from examples.loan_backend import money, numbers, people, records
from examples.loan_backend.loan import Loan
from examples.loan_backend.people import FixedCard, FixedLoan, Person

REGION = "990000"
"""the first six digits of every identity number here: no region has them, so nobody has the number"""
FIRST_PHONE = 30_000
"""five digits, an extension: a robot that calls it back reaches nobody outside"""
FIRST_NAMES = (
    "Alice Brian Clara David Emma Frank Grace Henry Irene Jack Kate Liam Mary Noah Olive Peter".split()
)
LAST_NAMES = "Adams Brown Clark Davis Evans Foster Green Hill Jones King Lewis Moore Parker Reed".split()
SURNAMES = "张刘杨黄周吴徐胡朱高林何郭马罗梁宋郑谢韩"
GIVEN = "伟 敏 静 磊 洋 艳 勇 军 杰 娟 涛 超 明 霞 平 建国 秀英 海燕 志强 雨欣 子涵 思远".split()
PRODUCTS = tuple(records.PRODUCTS)
RATES_BP = (1200, 1440, 1680)


def identity_number(person_id: int, birthday: date) -> str:
    first_17 = f"{REGION}{birthday:%Y%m%d}{person_id % 1000:03}"
    return first_17 + numbers.identity_check(first_17)


def card_number(card: FixedCard) -> str:
    return card.number_without_check + numbers.luhn_check(card.number_without_check)


def loan_row(customer_id: int, fixed: FixedLoan, today: date) -> Loan:
    """The loan as it stands after the instalments that were paid."""
    due = today + timedelta(days=fixed.due_in_days)
    opened = arithmetic.months_later(due, -(fixed.paid + 1))
    monthly_cents = money.instalment(fixed.principal_cents, fixed.rate_bp, fixed.instalments)
    loan = Loan(
        fixed.id, customer_id, fixed.product, fixed.principal_cents, fixed.principal_cents, fixed.rate_bp,
        fixed.instalments, 0, monthly_cents, arithmetic.months_later(opened, 1), opened,
    )  # fmt: skip
    for count in range(fixed.paid):
        loan = arithmetic.after_instalment(loan, arithmetic.months_later(opened, count + 1))
    return replace(loan, next_due=due) if loan.next_due else loan  # a 31st: months give another day


def random_loan(rng: random.Random, loan_id: int) -> FixedLoan:
    months = rng.choice((6, 12, 24))
    settled = rng.random() < 0.15
    paid = months if settled else rng.randrange(months)
    days = rng.randint(-60, -1) if rng.random() < 0.15 else rng.randint(1, 27)
    principal_cents = rng.randrange(100_000, 3_000_000, 10_000)
    return FixedLoan(loan_id, rng.choice(PRODUCTS), principal_cents, rng.choice(RATES_BP), months, paid, days)


def random_person(rng: random.Random, person_id: int) -> Person:
    language = rng.choice(("en", "zh"))
    english = f"{rng.choice(FIRST_NAMES)} {rng.choice(LAST_NAMES)}"
    chinese = rng.choice(SURNAMES) + rng.choice(GIVEN)
    harbour = people.HARBOUR if language == "en" else people.HARBOUR_ZH
    garden = people.GARDEN if language == "en" else people.GARDEN_ZH
    bank, start = rng.choice(((harbour, people.HARBOUR_BIN), (garden, people.GARDEN_BIN)))
    failed = rng.random() < 0.1
    card = FixedCard(bank, f"{start}{person_id:05}{rng.randrange(10_000):04}", 0 if failed else 5_000_000)
    count = rng.choice((0, 1, 1, 1, 1, 2, 3))
    odds = {"hardship": 0.05, "vip": 0.03, "complaint_open": 0.03}
    return Person(
        person_id,
        english if language == "en" else chinese,
        None if rng.random() < 0.03 else str(FIRST_PHONE + person_id),
        language,
        date(1955, 1, 1) + timedelta(days=rng.randrange(18_000)),
        (card,),
        tuple(random_loan(rng, person_id * 100 + place) for place in range(1, count + 1)),
        tuple(tag for tag, odd in odds.items() if rng.random() < odd),
        "gold" if rng.random() < 0.1 else "standard",
        rng.random() < 0.9,
        rng.random() < 0.02,
        failed,
        rng.randrange(500_000, 5_000_000, 100_000),
    )


def add_person(db: sqlite3.Connection, person: Person, today: date) -> None:
    locked = f"{today.isoformat()}T23:59:59" if person.locked else None
    sql = (
        "INSERT INTO customers (id, name, phone, language, segment, birthday, identity_number,"
        " real_name_checked, locked_until, limit_cents) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    )
    values = (
        person.id, person.name, person.phone, person.language, person.segment, person.birthday.isoformat(),
        identity_number(person.id, person.birthday), person.real_name_checked, locked, person.limit_cents,
    )  # fmt: skip
    db.execute(sql, values)
    for tag in person.tags:
        records.add_tag(db, person.id, tag)
    sql = "INSERT INTO cards (customer_id, bank, number, is_default, funds_cents) VALUES (?, ?, ?, ?, ?)"
    for place, card in enumerate(person.cards):
        db.execute(sql, (person.id, card.bank, card_number(card), place == 0, card.funds_cents))
    for fixed in person.loans:
        records.save_loan(db, loan_row(person.id, fixed, today))
    add_payments(db, person, today)


def add_payments(db: sqlite3.Connection, person: Person, today: date) -> None:
    """The latest instalment that was paid for each loan, and the deduction that failed."""
    sql = (
        "INSERT INTO payments (loan_id, card_id, kind, amount_cents, at, status, reason)"
        " SELECT loans.id, cards.id, 'deduction', loans.instalment_cents, ?, ?, ?"
        " FROM loans JOIN cards USING (customer_id) WHERE loans.id = ? AND is_default"
    )
    for fixed in person.loans:
        if fixed.paid:
            ago = 3 if fixed.paid == fixed.instalments else 31 - fixed.due_in_days
            at = f"{today - timedelta(days=ago)}T09:00:00"
            db.execute(sql, (at, "done", None, fixed.id))
    if person.failed_deduction and person.loans and person.loans[0].paid < person.loans[0].instalments:
        at = f"{today - timedelta(days=3)}T09:00:00"
        db.execute(sql, (at, "failed", "insufficient_funds", person.loans[0].id))


def fill(db: sqlite3.Connection, today: date, seed_number: int, customers: int) -> None:
    rng = random.Random(seed_number)
    for person in people.PEOPLE:
        add_person(db, person, today)
    for person_id in range(len(people.PEOPLE) + 1, customers + 1):
        add_person(db, random_person(rng, person_id), today)
