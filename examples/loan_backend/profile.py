"""Who calls, what is on file about them, and changes of it."""

from __future__ import annotations

from examples.loan_backend import loan as arithmetic
from examples.loan_backend import money, numbers, records, web
from examples.loan_backend.loan import Loan
from examples.loan_backend.web import ApiError, Json, Request, Response, Routes


def loan_in_short(request: Request, found: Loan, language: str) -> Json:
    return {
        "id": found.id,
        "product": found.product,
        "product_name": records.PRODUCTS[found.product][language],
        "balance": money.to_text(found.balance_cents),
        "next_due": found.next_due.isoformat() if found.next_due else None,
        "next_amount": money.to_text(arithmetic.next_amount(found)) if found.next_due else None,
        "overdue_days": arithmetic.overdue_days(found, request.today),
    }


def by_number(request: Request) -> Response:
    number = numbers.phone(request.place)
    found = records.row(request.db, "SELECT * FROM customers WHERE phone = ?", number)
    if not found:
        raise ApiError(404, "unknown_number", "no customer has this number")
    shown = {
        "id": found["id"],
        "name": found["name"],
        "known": True,
        "language": found["language"],
        "segment": found["segment"],
        "tags": records.tags(request, found["id"]),
        "open_loans": [
            loan_in_short(request, one, found["language"]) for one in records.open_loans(request, found["id"])
        ],
        "real_name_checked": bool(found["real_name_checked"]),
    }
    return Response(200, shown)


def limit(request: Request) -> Response:
    found = records.customer(request)
    used_cents = sum(one.balance_cents for one in records.open_loans(request, found["id"]))
    frozen = bool(found["limit_frozen"])
    available_cents = 0 if frozen else max(0, found["limit_cents"] - used_cents)
    shown = {
        "limit": money.to_text(found["limit_cents"]),
        "used": money.to_text(used_cents),
        "available": money.to_text(available_cents),
        "frozen": frozen,
    }
    return Response(200, shown)


def rate(request: Request) -> Response:
    """The customer's rate for a new loan, and that of each open one; per cent a year."""
    found = records.customer(request)
    open_loans = records.open_loans(request, found["id"])
    new_bp = 1200 if found["segment"] == "gold" else 1440
    shown: Json = {
        "annual_rate": money.to_text(new_bp),
        "interest_a_day_per_1000": money.to_text(money.interest(100_000, new_bp, 1)),
        "loans": [{"id": one.id, "annual_rate": money.to_text(one.rate_bp)} for one in open_loans],
    }
    return Response(200, shown)


def requests(request: Request) -> Response:
    """What the customer ordered, the newest first."""
    found = records.customer(request)
    sql = "SELECT * FROM requests WHERE customer_id = ? ORDER BY id DESC LIMIT 50"
    rows = request.db.execute(sql, (found["id"],))
    return Response(200, {"requests": [records.shown_request(one) for one in rows]})


def change_address(request: Request) -> Response:
    found = records.customer(request)
    address = web.text(request.body, "address", 300)
    request.db.execute("UPDATE customers SET address = ? WHERE id = ?", (address, found["id"]))
    return Response(200, records.add_request(request, "address", "done", found["id"]))


def change_phone(request: Request) -> Response:
    found = records.customer(request)
    number = web.phone(web.text(request.body, "number", 40))
    owner = records.row(request.db, "SELECT id FROM customers WHERE phone = ?", number)
    if owner and owner["id"] != found["id"]:
        raise ApiError(409, "number_in_use", "another customer has this number")
    request.db.execute(
        "UPDATE customers SET phone = ?, codes_blocked = 0 WHERE id = ?", (number, found["id"])
    )
    ordered = records.add_request(
        request, "phone", "done", found["id"], details={"to": numbers.hidden(number)}
    )
    return Response(200, ordered)


def marketing(request: Request) -> Response:
    found = records.customer(request)
    on = web.yes_no(request.body, "on")
    request.db.execute("UPDATE customers SET marketing = ? WHERE id = ?", (on, found["id"]))
    return Response(200, records.add_request(request, "marketing", "done", found["id"], details={"on": on}))


ROUTES: Routes = {
    "GET /customers/by-number/{}": by_number,
    "GET /customers/{}/limit": limit,
    "GET /customers/{}/rate": rate,
    "GET /customers/{}/requests": requests,
    "POST /customers/{}/address": change_address,
    "POST /customers/{}/phone": change_phone,
    "POST /customers/{}/marketing": marketing,
}
