"""Rows in and out of the database, for all handlers."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import asdict, fields
from datetime import date

from examples.loan_backend import money
from examples.loan_backend.loan import Loan
from examples.loan_backend.web import ApiError, Json, Request

FIRST_REQUEST = 100_001
"""six digits: they are read to callers"""
LOAN_COLUMNS = tuple(field.name for field in fields(Loan))
SAVE_LOAN = f"INSERT OR REPLACE INTO loans VALUES ({', '.join('?' * len(LOAN_COLUMNS))})"
PRODUCTS = {
    "cash_loan": {"en": "cash loan", "zh": "现金贷款"},
    "phone_instalments": {"en": "phone instalment loan", "zh": "手机分期"},
    "home_appliances": {"en": "home appliance loan", "zh": "家电分期"},
    "education": {"en": "education loan", "zh": "教育分期"},
}


def row(db: sqlite3.Connection, sql: str, *values: object) -> sqlite3.Row | None:
    found: sqlite3.Row | None = db.execute(sql, values).fetchone()
    return found


def customer(request: Request) -> sqlite3.Row:
    """The customer whose id stands in the path."""
    found = None
    if request.place.isascii() and request.place.isdigit() and len(request.place) < 10:
        found = row(request.db, "SELECT * FROM customers WHERE id = ?", int(request.place))
    if found is None:
        raise ApiError(404, "unknown_customer", "there is no such customer")
    return found


def customer_of(request: Request, loan: Loan) -> sqlite3.Row:
    found = row(request.db, "SELECT * FROM customers WHERE id = ?", loan.customer_id)
    assert found is not None
    return found


def tags(request: Request, customer_id: int) -> list[str]:
    sql = "SELECT tag FROM tags WHERE customer_id = ? ORDER BY tag"
    return [found["tag"] for found in request.db.execute(sql, (customer_id,))]


def add_tag(db: sqlite3.Connection, customer_id: int, tag: str) -> None:
    db.execute("INSERT OR IGNORE INTO tags VALUES (?, ?)", (customer_id, tag))


def day(written: str | None) -> date | None:
    return date.fromisoformat(written) if written else None


def loan_from(found: sqlite3.Row) -> Loan:
    dates = {name: day(found[name]) for name in ("next_due", "opened", "settled")}
    return Loan(**{**dict(found), **dates})


def loan(request: Request) -> Loan:
    """The loan whose id stands in the path."""
    found = None
    if request.place.isascii() and request.place.isdigit() and len(request.place) < 10:
        found = row(request.db, "SELECT * FROM loans WHERE id = ?", int(request.place))
    if found is None:
        raise ApiError(404, "unknown_loan", "there is no such loan")
    return loan_from(found)


def loans(request: Request, customer_id: int) -> list[Loan]:
    sql = "SELECT * FROM loans WHERE customer_id = ? ORDER BY id"
    return [loan_from(found) for found in request.db.execute(sql, (customer_id,))]


def open_loans(request: Request, customer_id: int) -> list[Loan]:
    return [found for found in loans(request, customer_id) if found.settled is None]


def save_loan(db: sqlite3.Connection, changed: Loan) -> None:
    written = (value.isoformat() if isinstance(value, date) else value for value in asdict(changed).values())
    db.execute(SAVE_LOAN, tuple(written))


def add_payment(
    request: Request, loan_id: int, card_id: int | None, kind: str, cents: int, reason: str | None = None
) -> Json:
    """Books a payment, failed when it has a reason."""
    status = "failed" if reason else "done"
    sql = (
        "INSERT INTO payments (loan_id, card_id, kind, amount_cents, at, status, reason)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)"
    )
    added = request.db.execute(sql, (loan_id, card_id, kind, cents, request.at, status, reason))
    shown: Json = {"id": added.lastrowid, "kind": kind, "amount": money.to_text(cents), "status": status}
    return shown | ({"reason": reason} if reason else {})


def add_request(
    request: Request,
    kind: str,
    status: str,
    customer_id: int | None = None,
    loan_id: int | None = None,
    number: str | None = None,
    details: Json | None = None,
) -> Json:
    """Keeps what a caller ordered, and gives it back as the answer shows it."""
    latest = row(request.db, "SELECT max(id) AS id FROM requests")
    request_id = (latest["id"] if latest else None) or FIRST_REQUEST - 1
    values = (
        request_id + 1, customer_id, loan_id, number, kind, status, request.at,
        json.dumps(details or {}, ensure_ascii=False),
    )  # fmt: skip
    request.db.execute("INSERT INTO requests VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)
    found = row(request.db, "SELECT * FROM requests WHERE id = ?", request_id + 1)
    assert found is not None
    return shown_request(found)


def shown_request(found: sqlite3.Row) -> Json:
    """The six-digit id is a text, as it is read digit by digit."""
    shown: Json = {
        "id": str(found["id"]),
        "kind": found["kind"],
        "status": found["status"],
        "at": found["at"],
    }
    if found["loan_id"] is not None:
        shown["loan"] = found["loan_id"]
    details: Json = json.loads(found["details"])
    return shown | details


def pending(request: Request, loan_id: int, kind: str, status: str) -> Json | None:
    sql = "SELECT * FROM requests WHERE loan_id = ? AND kind = ? AND status = ? ORDER BY id DESC LIMIT 1"
    found = row(request.db, sql, loan_id, kind, status)
    return shown_request(found) if found else None
