"""What moves money: a deduction now, an early repayment now or on a later day."""

from __future__ import annotations

from datetime import timedelta

from examples.loan_backend import cards, money, records, web
from examples.loan_backend import loan as arithmetic
from examples.loan_backend.loans import open_loan, quote_asked, shown_quote, whole_loan
from examples.loan_backend.web import ApiError, Json, Request, Response, Routes

EARLIEST = timedelta(days=31)
"""an instalment that is further ahead is not deducted: asking twice must not pay twice"""
LEAST_EARLY_CENTS = 10_000


def deduct(request: Request) -> Response:
    """Takes what is due (everything overdue with its penalty, else the next instalment) from a card."""
    found = open_loan(request)
    assert found.next_due
    if found.next_due > request.today + EARLIEST:
        raise ApiError(409, "nothing_due", "the next instalment is more than a month away")
    card = cards.chosen_card(request, found.customer_id)
    due_cents = arithmetic.amount_due(found, request.today)
    enough, payment = cards.take(request, found.id, card, "deduction", due_cents)
    if not enough:
        return cards.refused(card, payment)
    overdue, _ = arithmetic.overdue_instalments(found, request.today)
    for _ in range(max(1, overdue)):
        found = arithmetic.after_instalment(found, request.today)
    records.save_loan(request.db, found)
    shown: Json = {"payment": payment, "card": cards.shown_card(card), "loan": whole_loan(request, found)}
    return Response(200, shown, money.to_text(due_cents))


def repay_early(request: Request) -> Response:
    """On today's date (or none) at once; on a later one it is booked, one for a loan."""
    found = open_loan(request)
    wanted = None if request.body.get("amount") == "all" else web.amount(request.body, "amount")
    day, quote = quote_asked(request, found, wanted)
    if quote.amount_cents < LEAST_EARLY_CENTS and not quote.settles:
        raise ApiError(422, "amount_too_small", f"at least {money.to_text(LEAST_EARLY_CENTS)}, or all of it")
    card = cards.chosen_card(request, found.customer_id)
    shown = shown_quote(found, day, quote)
    if day > request.today.isoformat():
        if records.pending(request, found.id, "early_repayment", "scheduled"):
            raise ApiError(409, "already_scheduled", "an early repayment of this loan is booked already")
        details = {name: shown[name] for name in ("date", "amount", "total", "settles")}
        ordered = records.add_request(
            request, "early_repayment", "scheduled", found.customer_id, found.id, details=details
        )
        return Response(202, shown | {"request": ordered, "card": cards.shown_card(card)})
    enough, payment = cards.take(request, found.id, card, "early_repayment", quote.total_cents)
    if not enough:
        return cards.refused(card, payment)
    changed = arithmetic.after_repayment(found, quote, request.today)
    records.save_loan(request.db, changed)
    shown |= {"payment": payment, "card": cards.shown_card(card), "loan_after": whole_loan(request, changed)}
    return Response(200, shown, money.to_text(quote.total_cents))


ROUTES: Routes = {
    "POST /loans/{}/deductions": deduct,
    "POST /loans/{}/early-repayment": repay_early,
}
