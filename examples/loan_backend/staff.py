"""What concerns a number or the company rather than a customer: hours, call-backs, surveys, wrong persons."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from examples.loan_backend import numbers, records, web
from examples.loan_backend.web import ApiError, Request, Response, Routes

WEEKDAYS = (time(8), time(20))
WEEKENDS = (time(9), time(18))
BEST_SCORE = 5


def hours(day: date) -> tuple[time, time]:
    return WEEKDAYS if day.isoweekday() <= 5 else WEEKENDS


def is_open(at: datetime) -> bool:
    opens, closes = hours(at.date())
    return opens <= at.time() < closes


def next_opening(at: datetime) -> datetime:
    day = at.date() if at.time() < hours(at.date())[0] else at.date() + timedelta(days=1)
    return datetime.combine(day, hours(day)[0])


def opening_hours(request: Request) -> Response:
    """Of the day of `at`; without it, of now."""
    at = web.moment(request.query, "at", request.now)
    opens, closes = hours(at.date())
    shown = {
        "open": is_open(at),
        "date": at.date().isoformat(),
        "opens": opens.isoformat("minutes"),
        "closes": closes.isoformat("minutes"),
        "next_opening": next_opening(at).isoformat(timespec="minutes"),
    }
    return Response(200, shown)


def call_back(request: Request) -> Response:
    """At a time within the opening hours; a date alone is the opening of that day."""
    number = web.phone(request.place)
    written = web.text(request.body, "time", 40)
    at = web.moment(request.body, "time")
    if len(written) == 10:
        at = datetime.combine(at.date(), hours(at.date())[0])
    if at < request.now:
        raise ApiError(422, "time_passed", "the time has passed")
    if not is_open(at):
        raise ApiError(422, "closed", "nobody works at that time")
    owner = records.row(request.db, "SELECT id FROM customers WHERE phone = ?", number)
    ordered = records.add_request(
        request, "call_back", "scheduled", owner["id"] if owner else None, number=number,
        details={"time": at.isoformat(timespec="minutes")},
    )  # fmt: skip
    return Response(202, ordered)


def wrong_person(request: Request) -> Response:
    """Whoever answered is not the customer: the number is taken off the file."""
    number = numbers.phone(request.place)
    owner = records.row(request.db, "SELECT id FROM customers WHERE phone = ?", number)
    if owner is None:
        raise ApiError(404, "unknown_number", "no customer has this number")
    request.db.execute("UPDATE customers SET phone = NULL WHERE id = ?", (owner["id"],))
    return Response(200, records.add_request(request, "wrong_person", "done", owner["id"], number=number))


def survey(request: Request) -> Response:
    """One answer a call."""
    call = web.text(request.body, "call", 100)
    score = web.whole(request.body, "score", 1, BEST_SCORE)
    topic = web.optional_text(request.body, "topic", 200)
    if records.row(request.db, "SELECT call FROM surveys WHERE call = ?", call):
        raise ApiError(409, "already_answered", "this call has been scored")
    request.db.execute("INSERT INTO surveys VALUES (?, ?, ?, ?)", (call, score, topic, request.at))
    return Response(201, {"call": call, "score": score})


def outbox(request: Request) -> Response:
    """What was sent to a customer, the newest first; only for tests."""
    found = records.customer(request)
    sql = "SELECT number, text, at FROM outbox WHERE customer_id = ? ORDER BY id DESC LIMIT 50"
    messages = [dict(one) for one in request.db.execute(sql, (found["id"],))]
    sql = "SELECT code FROM codes WHERE customer_id = ? AND used = 0 AND expires > ? ORDER BY id DESC"
    code = records.row(request.db, sql, found["id"], request.at)
    return Response(200, {"messages": messages, "code": code["code"] if code else None})


ROUTES: Routes = {
    "GET /opening-hours": opening_hours,
    "POST /surveys": survey,
    "POST /numbers/{}/call-back": call_back,
    "POST /numbers/{}/wrong-person": wrong_person,
}
TEST_ROUTES: Routes = {"GET /outbox/{}": outbox}
