"""What callers ask about their loans; nothing here changes one."""

from __future__ import annotations

from examples.loan_backend import cards, money, records, web
from examples.loan_backend import loan as arithmetic
from examples.loan_backend.loan import Loan
from examples.loan_backend.profile import loan_in_short
from examples.loan_backend.web import ApiError, Json, Request, Response, Routes

FURTHEST_DAYS = 60
"""so far ahead a quote is given"""


def whole_loan(request: Request, found: Loan) -> Json:
    language = records.customer_of(request, found)["language"]
    _, overdue_cents = arithmetic.overdue_instalments(found, request.today)
    return loan_in_short(request, found, language) | {
        "customer": found.customer_id,
        "status": "settled" if found.settled else "open",
        "principal": money.to_text(found.principal_cents),
        "annual_rate": money.to_text(found.rate_bp),
        "instalments": found.instalments,
        "instalments_paid": found.paid,
        "overdue_amount": money.to_text(overdue_cents),
        "opened": found.opened.isoformat(),
        "settled": found.settled.isoformat() if found.settled else None,
    }


def open_loan(request: Request) -> Loan:
    found = records.loan(request)
    if found.settled:
        raise ApiError(409, "loan_settled", "the loan is paid off")
    return found


def fee_bp(request: Request, found: Loan) -> int:
    return 0 if "hardship" in records.tags(request, found.customer_id) else arithmetic.FEE_BP


def loan(request: Request) -> Response:
    return Response(200, whole_loan(request, records.loan(request)))


def loans_of(request: Request) -> Response:
    found = records.customer(request)
    every = [whole_loan(request, one) for one in records.loans(request, found["id"])]
    return Response(200, {"loans": every})


def next_payment(request: Request) -> Response:
    found = open_loan(request)
    assert found.next_due
    count, overdue_cents = arithmetic.overdue_instalments(found, request.today)
    card = cards.default_card(request, found.customer_id)
    shown = {
        "loan": found.id,
        "due": found.next_due.isoformat(),
        "amount": money.to_text(arithmetic.next_amount(found)),
        "overdue_days": arithmetic.overdue_days(found, request.today),
        "overdue_instalments": count,
        "overdue_amount": money.to_text(overdue_cents),
        "penalty": money.to_text(arithmetic.penalty(found, request.today)),
        "amount_due": money.to_text(arithmetic.amount_due(found, request.today)),
        "card": cards.shown_card(card) if card else None,
    }
    return Response(200, shown)


def quote_asked(request: Request, found: Loan, source_amount: int | None) -> tuple[str, arithmetic.Quote]:
    """The day and the quote of an early repayment that is possible."""
    source = request.query if not request.body else request.body
    day = web.day(source, "date", request.today)
    if not 0 <= (day - request.today).days <= FURTHEST_DAYS:
        raise ApiError(422, "wrong_date", f"the date must be today or within {FURTHEST_DAYS} days")
    quote = arithmetic.quote(found, source_amount, day, fee_bp(request, found))
    if not quote.settles and arithmetic.overdue_days(found, request.today):
        raise ApiError(409, "overdue", "overdue instalments must be paid first, or the whole loan")
    return day.isoformat(), quote


def shown_quote(found: Loan, day: str, quote: arithmetic.Quote) -> Json:
    return {
        "loan": found.id,
        "date": day,
        "amount": money.to_text(quote.amount_cents),
        "interest": money.to_text(quote.interest_cents),
        "penalty": money.to_text(quote.penalty_cents),
        "fee": money.to_text(quote.fee_cents),
        "total": money.to_text(quote.total_cents),
        "interest_saved": money.to_text(quote.saved_cents),
        "settles": quote.settles,
    }


def early_repayment(request: Request) -> Response:
    """Without an amount: of the whole loan."""
    found = open_loan(request)
    wanted = web.amount(request.query, "amount") if request.query.get("amount") else None
    return Response(200, shown_quote(found, *quote_asked(request, found, wanted)))


def payoff(request: Request) -> Response:
    found = open_loan(request)
    return Response(200, shown_quote(found, *quote_asked(request, found, None)))


def failed_deduction(request: Request) -> Response:
    """The latest deduction, when it failed and none has succeeded since."""
    found = records.loan(request)
    sql = "SELECT * FROM payments WHERE loan_id = ? ORDER BY id DESC LIMIT 1"
    latest = records.row(request.db, sql, found.id)
    if not latest or latest["status"] != "failed":
        return Response(200, {"failed": False})
    card = records.row(request.db, "SELECT * FROM cards WHERE id = ?", latest["card_id"])
    shown: Json = {
        "failed": True,
        "at": latest["at"],
        "date": latest["at"][:10],
        "amount": money.to_text(latest["amount_cents"]),
        "reason": latest["reason"],
        "card": cards.shown_card(card) if card else None,
    }
    return Response(200, shown)


ROUTES: Routes = {
    "GET /loans/{}": loan,
    "GET /customers/{}/loans": loans_of,
    "GET /loans/{}/next-payment": next_payment,
    "GET /loans/{}/early-repayment": early_repayment,
    "GET /loans/{}/payoff": payoff,
    "GET /loans/{}/failed-deduction": failed_deduction,
}
