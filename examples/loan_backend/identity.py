"""Is the caller the customer? Codes, factors, tries and the lock; the real-name check.

A wrong answer counts, whatever the factor; a right one forgives only the wrong ones of its own factor, so
that knowing a birthday does not buy endless guesses at a card. The calling number never counts.
"""

from __future__ import annotations

import hmac
import secrets
import sqlite3
from datetime import datetime, timedelta

from examples.loan_backend import numbers, records, web
from examples.loan_backend.web import ApiError, Json, Request, Response, Routes

FACTORS = ("number", "id_tail", "card_tail", "birthday", "code")
TRIES = 3
LOCK = timedelta(minutes=30)
WRONG_COUNTS_FOR = timedelta(hours=24)
CODE_LASTS = timedelta(minutes=5)
CODES_AN_HOUR = 5


def is_locked(found: sqlite3.Row, request: Request) -> bool:
    return found["locked_until"] is not None and request.now < datetime.fromisoformat(found["locked_until"])


def locked_answer(found: sqlite3.Row) -> Response:
    shown: Json = {
        "error": "locked",
        "message": "too many wrong answers; the identity check is locked for a while",
        "passed": False,
        "tries_left": 0,
        "locked": True,
        "locked_until": found["locked_until"],
    }
    return Response(423, shown, "refused: locked")


def send_code(request: Request) -> Response:
    found = records.customer(request)
    if is_locked(found, request):
        return locked_answer(found)
    if found["phone"] is None:
        raise ApiError(409, "no_number", "no number is on file to send a code to")
    if found["codes_blocked"]:
        raise ApiError(409, "codes_blocked", "the phone was reported lost")
    hour_ago = (request.now - timedelta(hours=1)).isoformat(timespec="seconds")
    sql = "SELECT count(*) AS sent FROM codes WHERE customer_id = ? AND sent > ?"
    recent = records.row(request.db, sql, found["id"], hour_ago)
    if recent and recent["sent"] >= CODES_AN_HOUR:
        raise ApiError(409, "too_many_codes", f"{CODES_AN_HOUR} codes were sent within an hour")
    code = f"{secrets.randbelow(1_000_000):06}"
    expires = (request.now + CODE_LASTS).isoformat(timespec="seconds")
    request.db.execute("UPDATE codes SET used = 1 WHERE customer_id = ?", (found["id"],))
    sql = "INSERT INTO codes (customer_id, code, sent, expires) VALUES (?, ?, ?, ?)"
    request.db.execute(sql, (found["id"], code, request.at, expires))
    words = {
        "en": f"Your code is {code}. Tell it to nobody else.",
        "zh": f"您的验证码是{code}，请勿告诉他人。",
    }
    sql = "INSERT INTO outbox (customer_id, number, text, at) VALUES (?, ?, ?, ?)"
    request.db.execute(sql, (found["id"], found["phone"], words[found["language"]], request.at))
    return Response(202, {"sent": True, "to": numbers.hidden(found["phone"])})


def use_code(request: Request, customer_id: int, value: str) -> bool:
    """The newest code, once, until it expires."""
    sql = "SELECT * FROM codes WHERE customer_id = ? AND used = 0 AND expires > ? ORDER BY id DESC LIMIT 1"
    code = records.row(request.db, sql, customer_id, request.at)
    if code is None or not hmac.compare_digest(code["code"].encode(), value.encode()):
        return False
    request.db.execute("UPDATE codes SET used = 1 WHERE id = ?", (code["id"],))
    return True


def is_right(request: Request, found: sqlite3.Row, factor: str, value: str) -> bool:
    match factor:
        case "number":
            return found["phone"] is not None and numbers.phone(value) == found["phone"]
        case "id_tail":
            return numbers.compact(value) == str(found["identity_number"])[-4:]
        case "card_tail":
            sql = "SELECT number FROM cards WHERE customer_id = ?"
            tails = {card["number"][-4:] for card in request.db.execute(sql, (found["id"],))}
            return numbers.compact(value) in tails
        case "birthday":
            return numbers.compact(value) == numbers.compact(found["birthday"])
        case "id_number":
            return numbers.compact(value) == str(found["identity_number"])
        case _:
            return use_code(request, found["id"], numbers.compact(value))


def tries_left(request: Request, customer_id: int) -> int:
    forgotten = (request.now - WRONG_COUNTS_FOR).isoformat(timespec="seconds")
    request.db.execute(
        "DELETE FROM identity_tries WHERE customer_id = ? AND at < ?", (customer_id, forgotten)
    )
    sql = "SELECT total(wrong) AS wrong FROM identity_tries WHERE customer_id = ?"
    found = records.row(request.db, sql, customer_id)
    return TRIES - int(found["wrong"] if found else 0)


def check(request: Request, found: sqlite3.Row, factor: str, value: str) -> tuple[bool, Json]:
    """Whether the answer is right, and what is said about it; the third wrong one locks."""
    passed = is_right(request, found, factor, value)
    if passed and factor != "number":
        sql = "DELETE FROM identity_tries WHERE customer_id = ? AND factor = ?"
        request.db.execute(sql, (found["id"], factor))
    elif factor != "number":
        sql = (
            "INSERT INTO identity_tries VALUES (?, ?, 1, ?)"
            " ON CONFLICT DO UPDATE SET wrong = wrong + 1, at = excluded.at"
        )
        request.db.execute(sql, (found["id"], factor, request.at))
    if locks := (left := tries_left(request, found["id"])) <= 0:
        until = (request.now + LOCK).isoformat(timespec="seconds")
        request.db.execute("UPDATE customers SET locked_until = ? WHERE id = ?", (until, found["id"]))
        request.db.execute("DELETE FROM identity_tries WHERE customer_id = ?", (found["id"],))
    sql = "INSERT INTO identity_checks (customer_id, call, factor, passed, at) VALUES (?, ?, ?, ?, ?)"
    call = web.optional_text(request.body, "call", 100)
    request.db.execute(sql, (found["id"], call, factor, passed, request.at))
    return passed, {"tries_left": max(0, left), "locked": locks}


def identity(request: Request) -> Response:
    found = records.customer(request)
    factor = web.one_of(request.body, "factor", FACTORS)
    value = web.text(request.body, "value", 40)
    if is_locked(found, request):
        return locked_answer(found)
    passed, shown = check(request, found, factor, value)
    return Response(200, {"passed": passed, **shown}, f"{factor} {'passed' if passed else 'wrong'}")


def real_name(request: Request) -> Response:
    found = records.customer(request)
    return Response(200, {"checked": bool(found["real_name_checked"])})


def check_real_name(request: Request) -> Response:
    """Compares name and identity number with the file; a wrong pair counts as a wrong answer."""
    found = records.customer(request)
    number = numbers.compact(web.text(request.body, "id_number", 40))
    name = web.optional_text(request.body, "name", 100) or found["name"]
    if not numbers.is_identity(number):
        raise ApiError(422, "wrong_id_number", "an identity number has 18 characters and a check digit")
    if is_locked(found, request):
        return locked_answer(found)
    same_name = numbers.compact(name) == numbers.compact(found["name"])
    passed, shown = check(request, found, "id_number", number if same_name else "")
    if passed:
        request.db.execute("UPDATE customers SET real_name_checked = 1 WHERE id = ?", (found["id"],))
        records.add_request(request, "real_name_check", "done", found["id"])
    return Response(200, {"checked": passed, **shown}, f"id_number {'passed' if passed else 'wrong'}")


def passed_in_call(request: Request) -> Response:
    """Which factors a customer has passed in a call, for whoever takes the call over."""
    found = records.customer(request)
    sql = (
        "SELECT DISTINCT factor FROM identity_checks WHERE customer_id = ? AND call = ? AND passed ORDER BY 1"
    )
    rows = request.db.execute(sql, (found["id"], web.text(request.query, "call", 100)))
    return Response(200, {"passed": [one["factor"] for one in rows], "locked": is_locked(found, request)})


ROUTES: Routes = {
    "POST /customers/{}/codes": send_code,
    "GET /customers/{}/identity": passed_in_call,
    "POST /customers/{}/identity": identity,
    "GET /customers/{}/real-name-check": real_name,
    "POST /customers/{}/real-name-check": check_real_name,
}
