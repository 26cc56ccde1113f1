"""The arithmetic of a loan: what is due, what payments change, what paying early costs."""

from __future__ import annotations

import calendar
from dataclasses import dataclass, replace
from datetime import date

from examples.loan_backend import money

FEE_BP = 100
"""of what is repaid early; customers in hardship pay none"""
PENALTY_BP_A_DAY = 5
"""of the overdue amount"""


@dataclass(frozen=True)
class Loan:
    id: int
    customer_id: int
    product: str
    principal_cents: int
    balance_cents: int
    """principal that is still owed"""
    rate_bp: int
    """interest a year"""
    instalments: int
    paid: int
    """instalments paid so far"""
    instalment_cents: int
    next_due: date | None
    """of the earliest unpaid instalment; None once the loan is settled"""
    opened: date
    settled: date | None = None


@dataclass(frozen=True)
class Quote:
    """What an early repayment costs on a day."""

    amount_cents: int
    """principal that it repays"""
    interest_cents: int
    """accrued since the last instalment; asked for only when the loan is settled"""
    penalty_cents: int
    fee_cents: int
    saved_cents: int
    """interest that need not be paid any more"""
    settles: bool

    @property
    def total_cents(self) -> int:
        return self.amount_cents + self.interest_cents + self.penalty_cents + self.fee_cents


def months_later(day: date, months: int) -> date:
    """The same day of a later month, or its last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def month_interest(loan: Loan) -> int:
    return money.interest(loan.balance_cents, loan.rate_bp, 30)


def next_amount(loan: Loan) -> int:
    """The earliest unpaid instalment; the last one pays whatever is left."""
    whole = loan.balance_cents + month_interest(loan)
    return whole if loan.paid + 1 >= loan.instalments else min(loan.instalment_cents, whole)


def after_instalment(loan: Loan, today: date) -> Loan:
    """The loan with its earliest unpaid instalment paid."""
    assert loan.next_due
    balance_cents = loan.balance_cents - max(0, next_amount(loan) - month_interest(loan))
    if balance_cents <= 0:
        return replace(loan, balance_cents=0, paid=loan.paid + 1, next_due=None, settled=today)
    due = months_later(loan.opened, loan.paid + 2)
    return replace(loan, balance_cents=balance_cents, paid=loan.paid + 1, next_due=due)


def overdue_days(loan: Loan, today: date) -> int:
    return max(0, (today - loan.next_due).days) if loan.next_due else 0


def overdue_instalments(loan: Loan, today: date) -> tuple[int, int]:
    """How many instalments should have been paid before today, and their sum in cents."""
    count = total_cents = 0
    while loan.next_due and loan.next_due < today:
        count, total_cents = count + 1, total_cents + next_amount(loan)
        loan = after_instalment(loan, today)
    return count, total_cents


def penalty(loan: Loan, today: date) -> int:
    _, overdue_cents = overdue_instalments(loan, today)
    return overdue_cents * PENALTY_BP_A_DAY * overdue_days(loan, today) // 10_000


def amount_due(loan: Loan, today: date) -> int:
    """What a deduction takes today: everything overdue with its penalty, else the next instalment."""
    count, overdue_cents = overdue_instalments(loan, today)
    return overdue_cents + penalty(loan, today) if count else next_amount(loan)


def future_interest(loan: Loan) -> int:
    """Interest of all instalments still to come."""
    total_cents = 0
    while loan.next_due:
        total_cents += month_interest(loan)
        loan = after_instalment(loan, loan.next_due)
    return total_cents


def quote(loan: Loan, amount_cents: int | None, day: date, fee_bp: int = FEE_BP) -> Quote:
    """An early repayment of so much principal, or (None, or all that is left) of the whole loan."""
    amount_cents = loan.balance_cents if amount_cents is None else min(amount_cents, loan.balance_cents)
    settles = amount_cents == loan.balance_cents
    since = months_later(loan.opened, loan.paid)
    accrued_cents = (
        money.interest(loan.balance_cents, loan.rate_bp, max(0, (day - since).days)) if settles else 0
    )
    saved_cents = future_interest(loan) * amount_cents // max(1, loan.balance_cents) - accrued_cents
    return Quote(
        amount_cents,
        accrued_cents,
        penalty(loan, day) if settles else 0,
        amount_cents * fee_bp // 10_000,
        max(0, saved_cents),
        settles,
    )


def after_repayment(loan: Loan, early: Quote, today: date) -> Loan:
    """The loan after an early repayment: settled, or the same months with a smaller instalment."""
    if early.settles:
        return replace(loan, balance_cents=0, next_due=None, settled=today)
    balance_cents = loan.balance_cents - early.amount_cents
    rest = money.instalment(balance_cents, loan.rate_bp, loan.instalments - loan.paid)
    return replace(loan, balance_cents=balance_cents, instalment_cents=rest)
