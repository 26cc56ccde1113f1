"""What the customer system does for callers: payments, cards, orders."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from examples.loan_backend import LoanBackend, Response, money, numbers
from examples.loan_backend import loan as arithmetic
from examples.loan_backend.people import FixedLoan
from examples.loan_backend.seed import loan_row

TODAY = date(2026, 11, 25)
NEW_CARD = "629901777777777" + numbers.luhn_check("629901777777777")


def fixed_customers() -> LoanBackend:
    return LoanBackend(":memory:", TODAY, customers=0, clock=lambda: datetime(2026, 11, 25, 10))


@pytest.fixture
def backend() -> Iterator[LoanBackend]:
    made = fixed_customers()
    yield made
    made.close()


def get(backend: LoanBackend, path: str, **query: str) -> Response:
    return backend.handle("GET", path, query)


def post(backend: LoanBackend, path: str, **body: object) -> Response:
    return backend.handle("POST", path, None, body)


def test_paying_off_takes_what_the_quote_said_and_gives_a_certificate(backend: LoanBackend) -> None:
    assert post(backend, "/loans/101/settlement-certificate").json["error"] == "not_settled"
    quote = get(backend, "/loans/101/payoff").json
    assert (quote["total"], quote["fee"], quote["interest_saved"]) == ("8339.93", "81.89", "379.57")
    paid = post(backend, "/loans/101/early-repayment", amount="all")
    assert paid.status == 200 and paid.json["total"] == quote["total"]
    assert get(backend, "/loans/101").json["status"] == "settled"
    assert post(backend, "/loans/101/settlement-certificate", channel="email").status == 202
    assert post(backend, "/loans/101/deductions").json["error"] == "loan_settled"


def test_a_part_makes_the_instalments_smaller(backend: LoanBackend) -> None:
    quote = get(backend, "/loans/101/early-repayment", amount="2000", date="2026-11-25").json
    assert (quote["amount"], quote["fee"], quote["settles"]) == ("2000.00", "20.00", False)
    assert post(backend, "/loans/101/early-repayment", amount=2000).status == 200
    loan = get(backend, "/loans/101").json
    assert loan["balance"] == "6189.25" and Decimal(str(loan["next_amount"])) < Decimal("1079.71")


def test_a_later_day_is_booked_once(backend: LoanBackend) -> None:
    booked = post(backend, "/loans/101/early-repayment", amount="500.00", date="2026-12-01")
    assert booked.status == 202
    again = post(backend, "/loans/101/early-repayment", amount="500.00", date="2026-12-02")
    assert again.json["error"] == "already_scheduled"
    requests = get(backend, "/customers/1/requests").json["requests"]
    assert isinstance(requests, list) and [one["status"] for one in requests] == ["scheduled"]


def test_hardship_pays_no_fee_but_a_part_needs_no_arrears(backend: LoanBackend) -> None:
    assert get(backend, "/loans/301/payoff").json["fee"] == "0.00"
    assert get(backend, "/loans/301/early-repayment", amount="500").json["error"] == "overdue"


def test_a_failed_deduction_is_told_and_another_card_pays(backend: LoanBackend) -> None:
    failed = get(backend, "/loans/401/failed-deduction").json
    assert (failed["failed"], failed["reason"]) == (True, "insufficient_funds")
    refused = post(backend, "/loans/401/deductions")
    assert (refused.status, refused.json["error"]) == (422, "insufficient_funds")
    assert post(backend, "/loans/401/deductions", card="5360").status == 200
    assert get(backend, "/loans/401/failed-deduction").json == {"failed": False}
    assert get(backend, "/loans/401").json["overdue_days"] == 0


def test_all_arrears_are_taken_and_nothing_twice(backend: LoanBackend) -> None:
    assert post(backend, "/loans/301/deductions").json["payment"]["amount"] == "1668.67"  # type: ignore[index]
    assert get(backend, "/loans/301").json["instalments_paid"] == 7
    while (answer := post(backend, "/loans/301/deductions")).status == 200:
        pass
    assert answer.json["error"] == "nothing_due"


def test_cards(backend: LoanBackend) -> None:
    wrong = NEW_CARD[:-1] + str((int(NEW_CARD[-1]) + 1) % 10)
    assert post(backend, "/customers/1/cards", number=wrong).json["error"] == "wrong_card_number"
    added = post(backend, "/customers/1/cards", number=NEW_CARD)
    assert (added.status, added.json["bank"], added.json["default"]) == (201, "Harbour Bank", False)
    assert post(backend, "/customers/2/cards", number=NEW_CARD).json["error"] == "card_exists"
    assert post(backend, "/customers/1/cards/default", card=added.json["id"]).status == 200
    cards = get(backend, "/customers/1/cards").json["cards"]
    assert isinstance(cards, list) and [card["default"] for card in cards] == [True, False, False]
    assert all("number" not in card for card in cards)
    assert post(backend, "/customers/2/cards/default", card=added.json["id"]).status == 404


def test_the_real_name_check(backend: LoanBackend) -> None:
    number = "990000199609150077"
    assert get(backend, "/customers/7/real-name-check").json == {"checked": False}
    assert post(backend, "/customers/7/real-name-check", id_number="990000199609150078").status == 422
    wrong = post(backend, "/customers/7/real-name-check", name="孙力", id_number=number).json
    assert (wrong["checked"], wrong["tries_left"]) == (False, 2)
    assert post(backend, "/customers/7/real-name-check", name="孙丽", id_number=number).json["checked"]
    assert get(backend, "/customers/7/real-name-check").json == {"checked": True}


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/loans/301/extension", {"months": 3, "reason": "lost my job"}, 202),
        ("/loans/101/extension", {"months": 3, "reason": "holiday"}, 409),
        ("/loans/301/extension", {"months": 7, "reason": "lost my job"}, 422),
        ("/loans/101/contract-copy", {"channel": "email"}, 202),
        ("/loans/101/contract-copy", {"channel": "pigeon"}, 422),
        ("/customers/1/complaints", {"topic": "fees"}, 201),
        ("/customers/1/complaints", {}, 400),
        ("/customers/1/fraud-reports", {"text": "sms from a stranger"}, 201),
        ("/customers/1/data-deletion", {}, 409),
        ("/customers/5/data-deletion", {}, 202),
        ("/customers/1/statement", {"month": "2026-10"}, 202),
        ("/customers/1/statement", {"month": "2026-12"}, 422),
        ("/customers/2/address", {"address": "幸福路8号"}, 200),
        ("/customers/1/address", {"address": "broken \ud800"}, 400),
        ("/customers/1/phone", {"number": "2001"}, 409),
        ("/customers/1/marketing", {"on": False}, 200),
        ("/customers/1/marketing", {"on": "no"}, 400),
        ("/surveys", {"call": "c1", "score": 5, "topic": "repayment"}, 201),
        ("/surveys", {"call": "c1", "score": 6}, 422),
        ("/numbers/5551234/call-back", {"time": "2026-11-26T15:30"}, 202),
        ("/numbers/5551234/call-back", {"time": "2026-11-26"}, 202),
        ("/numbers/5551234/call-back", {"time": "2026-11-26T22:00"}, 422),
        ("/numbers/5551234/call-back", {"time": "2026-11-24T15:00"}, 422),
        ("/numbers/5551234/wrong-person", {}, 404),
        ("/customers/77/codes", {}, 404),
        ("/customers/1/limit", {}, 405),
        ("/nowhere/at/all", {}, 404),
    ],
)
def test_orders_and_refusals(backend: LoanBackend, path: str, body: dict[str, object], status: int) -> None:
    answer = post(backend, path, **body)
    assert answer.status == status
    assert ("error" in answer.json) == (status >= 400)


def test_a_wrong_person_is_not_called_again(backend: LoanBackend) -> None:
    assert post(backend, "/numbers/1001/wrong-person").status == 200
    assert get(backend, "/customers/by-number/1001").status == 404


def test_fraud_freezes_the_limit(backend: LoanBackend) -> None:
    assert get(backend, "/customers/1/limit").json["available"] == "19374.92"
    post(backend, "/customers/1/fraud-reports")
    assert get(backend, "/customers/1/limit").json["available"] == "0.00"


@pytest.mark.parametrize(
    ("at", "is_open", "following"),
    [
        ("2026-11-25T07:59", False, "2026-11-25T08:00"),
        ("2026-11-25T19:59", True, "2026-11-26T08:00"),
        ("2026-11-28T18:00", False, "2026-11-29T09:00"),
    ],
)
def test_opening_hours(backend: LoanBackend, at: str, is_open: bool, following: str) -> None:
    hours = get(backend, "/opening-hours", at=at).json
    assert (hours["open"], hours["next_opening"]) == (is_open, following)


PAYMENTS = st.one_of(
    st.tuples(st.just("deductions"), st.just("")),
    st.tuples(st.just("early-repayment"), st.decimals(0, 9000, places=2).map(str)),
    st.tuples(st.just("early-repayment"), st.just("all")),
)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from([101, 102, 201, 301, 401, 801]), st.lists(PAYMENTS, max_size=8))
def test_money_never_goes_negative_and_none_is_lost(loan: int, payments: list[tuple[str, str]]) -> None:
    backend = fixed_customers()
    funds = "SELECT sum(funds_cents), min(funds_cents) FROM cards"
    before, _ = backend.db.execute(funds).fetchone()
    for kind, amount in payments:
        post(backend, f"/loans/{loan}/{kind}", **({"amount": amount} if amount else {}))
        assert backend.db.execute("SELECT min(balance_cents) FROM loans").fetchone()[0] >= 0
    after, least = backend.db.execute(funds).fetchone()
    sql = "SELECT total(amount_cents) FROM payments WHERE status = 'done' AND at >= '2026-11-25'"
    assert least >= 0
    assert before - after == backend.db.execute(sql).fetchone()[0]
    backend.close()


@given(
    st.integers(10_000, 10_000_000),
    st.sampled_from([0, 1200, 3600]),
    st.integers(1, 60),
    st.integers(-90, 30),
)
def test_instalments_pay_a_loan_off(
    principal_cents: int, rate_bp: int, months: int, due_in_days: int
) -> None:
    fixed = FixedLoan(1, "cash_loan", principal_cents, rate_bp, months, 0, due_in_days)
    loan = loan_row(1, fixed, TODAY)
    for _ in range(months):
        assert loan.next_due and arithmetic.next_amount(loan) > 0
        loan = arithmetic.after_instalment(loan, TODAY)
    assert loan.balance_cents == 0 and loan.settled == TODAY


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)))
def test_a_fixed_loan_is_late_by_the_same_days_whatever_today_is(today: date) -> None:
    loan = loan_row(3, FixedLoan(301, "home_appliances", 900_000, 1680, 12, 5, -35), today)
    assert arithmetic.overdue_days(loan, today) == 35
    count, _ = arithmetic.overdue_instalments(loan, today)
    assert count == 2


@given(st.integers(0, 10**12 - 1))
def test_money_survives_being_written(cents: int) -> None:
    assert money.from_text(money.to_text(cents)) == cents
