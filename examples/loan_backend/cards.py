"""Bank cards: which are on file, a new one, which one pays; taking money from one."""

from __future__ import annotations

import sqlite3

from examples.loan_backend import numbers, records, web
from examples.loan_backend.web import ApiError, Json, Request, Response, Routes

NEW_CARD_FUNDS_CENTS = 5_000_000
"""what lies on a card that a caller adds"""


def shown_card(card: sqlite3.Row) -> Json:
    """Never the whole number."""
    return {
        "id": card["id"],
        "bank": card["bank"],
        "tail": card["number"][-4:],
        "default": bool(card["is_default"]),
    }


def default_card(request: Request, customer_id: int) -> sqlite3.Row | None:
    return records.row(request.db, "SELECT * FROM cards WHERE customer_id = ? AND is_default", customer_id)


def chosen_card(request: Request, customer_id: int) -> sqlite3.Row:
    """The card whose id or last four digits the body names, else the default one."""
    named = web.optional_text(request.body, "card", 19)
    if named is None:
        if found := default_card(request, customer_id):
            return found
        raise ApiError(409, "no_card", "no card is on file")
    sql = "SELECT * FROM cards WHERE customer_id = ? AND (CAST(id AS TEXT) = ? OR substr(number, -4) = ?)"
    fitting = request.db.execute(sql, (customer_id, named, named)).fetchall()
    if len(fitting) != 1:
        raise ApiError(
            404, "unknown_card", "no card, or more than one, of the customer has this id or ending"
        )
    card: sqlite3.Row = fitting[0]
    return card


def take(request: Request, loan_id: int, card: sqlite3.Row, kind: str, cents: int) -> tuple[bool, Json]:
    """Takes money from a card: whether there was enough on it, and the payment that was booked."""
    if card["funds_cents"] < cents:
        return False, records.add_payment(request, loan_id, card["id"], kind, cents, "insufficient_funds")
    sql = "UPDATE cards SET funds_cents = funds_cents - ? WHERE id = ?"
    request.db.execute(sql, (cents, card["id"]))
    return True, records.add_payment(request, loan_id, card["id"], kind, cents)


def refused(card: sqlite3.Row, payment: Json) -> Response:
    """Not an ApiError: the failed payment stays booked."""
    shown: Json = {
        "error": "insufficient_funds",
        "message": "there is not enough money on the card",
        "payment": payment,
        "card": shown_card(card),
    }
    return Response(422, shown, "insufficient_funds")


def cards(request: Request) -> Response:
    """The one that pays comes first."""
    found = records.customer(request)
    sql = "SELECT * FROM cards WHERE customer_id = ? ORDER BY is_default DESC, id"
    rows = request.db.execute(sql, (found["id"],))
    return Response(200, {"cards": [shown_card(card) for card in rows]})


def make_default(request: Request, customer_id: int, card_id: int) -> None:
    sql = "UPDATE cards SET is_default = (id = ?) WHERE customer_id = ?"
    request.db.execute(sql, (card_id, customer_id))


def add_card(request: Request) -> Response:
    found = records.customer(request)
    number = numbers.compact(web.text(request.body, "number", 40))
    if not numbers.is_card(number):
        raise ApiError(422, "wrong_card_number", "a card number has 12 to 19 digits and a check digit")
    if records.row(request.db, "SELECT id FROM cards WHERE number = ?", number):
        raise ApiError(409, "card_exists", "this card is on file already")
    bank = web.optional_text(request.body, "bank", 60) or bank_of(request, number, found["language"])
    first = default_card(request, found["id"]) is None
    wanted = "default" in request.body and web.yes_no(request.body, "default")
    sql = "INSERT INTO cards (customer_id, bank, number, is_default, funds_cents) VALUES (?, ?, ?, 0, ?)"
    card_id = request.db.execute(sql, (found["id"], bank, number, NEW_CARD_FUNDS_CENTS)).lastrowid
    assert card_id is not None
    if first or wanted:
        make_default(request, found["id"], card_id)
    card = records.row(request.db, "SELECT * FROM cards WHERE id = ?", card_id)
    assert card is not None
    return Response(201, shown_card(card), f"card {numbers.hidden(number)}")


def bank_of(request: Request, number: str, language: str) -> str:
    """The bank of a card on file that begins alike, best as customers of that language call it."""
    sql = (
        "SELECT bank FROM cards JOIN customers ON customers.id = customer_id WHERE substr(number, 1, 6) = ?"
        " ORDER BY language = ? DESC LIMIT 1"
    )
    found = records.row(request.db, sql, number[:6], language)
    return found["bank"] if found else ""


def choose_default(request: Request) -> Response:
    found = records.customer(request)
    web.value(request.body, "card")
    card = chosen_card(request, found["id"])
    make_default(request, found["id"], card["id"])
    return Response(200, shown_card(card) | {"default": True})


ROUTES: Routes = {
    "GET /customers/{}/cards": cards,
    "POST /customers/{}/cards": add_card,
    "POST /customers/{}/cards/default": choose_default,
}
