"""What callers order and report: papers, more time, complaints, fraud, deletion. Each gets a number."""

from __future__ import annotations

import re

from examples.loan_backend import loan as arithmetic
from examples.loan_backend import records, web
from examples.loan_backend.loan import Loan
from examples.loan_backend.loans import open_loan
from examples.loan_backend.web import ApiError, Json, Request, Response, Routes

CHANNELS = ("sms", "email", "post")
LONGEST_EXTENSION_MONTHS = 6


def channel(request: Request) -> str:
    return web.one_of(request.body, "channel", CHANNELS) if request.body.get("channel") else "sms"


def settlement_certificate(request: Request) -> Response:
    found = records.loan(request)
    if found.settled is None:
        raise ApiError(409, "not_settled", "the loan is not paid off yet")
    ordered = records.add_request(
        request,
        "settlement_certificate",
        "ordered",
        found.customer_id,
        found.id,
        details={"channel": channel(request)},
    )
    return Response(202, ordered)


def contract_copy(request: Request) -> Response:
    found = records.loan(request)
    sent_by = web.one_of(request.body, "channel", CHANNELS)
    ordered = records.add_request(
        request, "contract_copy", "ordered", found.customer_id, found.id, details={"channel": sent_by}
    )
    return Response(202, ordered)


def statement(request: Request) -> Response:
    found = records.customer(request)
    month = web.text(request.body, "month", 10)
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", month, re.ASCII) or month > request.at[:7]:
        raise ApiError(422, "wrong_month", "month must be like 2026-10, and not in the future")
    ordered = records.add_request(
        request, "statement", "ordered", found["id"], details={"month": month, "channel": channel(request)}
    )
    return Response(202, ordered)


def may_extend(request: Request, found: Loan) -> str | None:
    """Why a loan can be extended, or None."""
    if "hardship" in records.tags(request, found.customer_id):
        return "hardship"
    return "overdue" if arithmetic.overdue_days(found, request.today) else None


def extension(request: Request) -> Response:
    found = open_loan(request)
    ground = may_extend(request, found)
    shown: Json = {
        "eligible": ground is not None,
        "ground": ground,
        "max_months": LONGEST_EXTENSION_MONTHS if ground else 0,
        "pending": records.pending(request, found.id, "extension", "pending_review"),
    }
    return Response(200, shown)


def ask_extension(request: Request) -> Response:
    found = open_loan(request)
    months = web.whole(request.body, "months", 1, LONGEST_EXTENSION_MONTHS)
    reason = web.text(request.body, "reason", 500)
    if may_extend(request, found) is None:
        raise ApiError(409, "not_eligible", "only a loan that is overdue, or a customer in hardship")
    if records.pending(request, found.id, "extension", "pending_review"):
        raise ApiError(409, "already_pending", "an extension of this loan is being looked at")
    ordered = records.add_request(
        request,
        "extension",
        "pending_review",
        found.customer_id,
        found.id,
        details={"months": months, "reason": reason},
    )
    return Response(202, ordered)


def complaint(request: Request) -> Response:
    """Text or topic, or both."""
    found = records.customer(request)
    words: Json = {
        name: web.text(request.body, name) for name in ("text", "topic") if request.body.get(name) is not None
    }
    if not words:
        raise ApiError(400, "missing_field", "text or topic is needed")
    records.add_tag(request.db, found["id"], "complaint_open")
    return Response(201, records.add_request(request, "complaint", "received", found["id"], details=words))


def fraud_report(request: Request) -> Response:
    """Freezes the customer's limit until somebody has looked at it."""
    found = records.customer(request)
    words = web.optional_text(request.body, "text")
    request.db.execute("UPDATE customers SET limit_frozen = 1 WHERE id = ?", (found["id"],))
    ordered = records.add_request(request, "fraud_report", "received", found["id"], details={"text": words})
    return Response(201, ordered | {"limit_frozen": True})


def lost_phone(request: Request) -> Response:
    """No code is sent or taken until a new number is on file."""
    found = records.customer(request)
    request.db.execute("UPDATE customers SET codes_blocked = 1 WHERE id = ?", (found["id"],))
    request.db.execute("UPDATE codes SET used = 1 WHERE customer_id = ?", (found["id"],))
    ordered = records.add_request(request, "lost_phone", "done", found["id"])
    return Response(201, ordered | {"codes_blocked": True})


def data_deletion(request: Request) -> Response:
    found = records.customer(request)
    if records.open_loans(request, found["id"]):
        raise ApiError(409, "open_loans", "data is kept as long as a loan is open")
    return Response(202, records.add_request(request, "data_deletion", "received", found["id"]))


ROUTES: Routes = {
    "POST /loans/{}/settlement-certificate": settlement_certificate,
    "POST /loans/{}/contract-copy": contract_copy,
    "GET /loans/{}/extension": extension,
    "POST /loans/{}/extension": ask_extension,
    "POST /customers/{}/statement": statement,
    "POST /customers/{}/complaints": complaint,
    "POST /customers/{}/fraud-reports": fraud_report,
    "POST /customers/{}/lost-phone": lost_phone,
    "POST /customers/{}/data-deletion": data_deletion,
}
