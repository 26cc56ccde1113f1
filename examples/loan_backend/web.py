"""What every handler takes and gives, and how it reads what the caller of the API sent."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from examples.loan_backend import money, numbers

Json = dict[str, object]


@dataclass(frozen=True)
class Response:
    status: int
    json: Json
    note: str = ""
    """for the audit table; never a secret"""


@dataclass(frozen=True)
class Request:
    db: sqlite3.Connection
    now: datetime
    place: str
    """what stands in braces in the path: a customer, a loan, a number"""
    query: Mapping[str, str]
    body: Mapping[str, object]

    @property
    def today(self) -> date:
        return self.now.date()

    @property
    def at(self) -> str:
        return self.now.isoformat(timespec="seconds")


Handler = Callable[[Request], Response]
Routes = dict[str, Handler]
"""method and path, the varying part in braces"""


class ApiError(Exception):
    """Refuses a request; nothing that its handler wrote is kept."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.response = Response(status, {"error": code, "message": message})


def value(source: Mapping[str, object], name: str) -> object:
    if source.get(name) is None or source[name] == "":
        raise ApiError(400, "missing_field", f"{name} is needed")
    return source[name]


def text(source: Mapping[str, object], name: str, longest: int = 2000) -> str:
    found = value(source, name)
    if isinstance(found, bool) or not isinstance(found, str | int):
        raise ApiError(400, "wrong_type", f"{name} must be a text")
    if not (written := " ".join(str(found).split())) or len(written) > longest:
        raise ApiError(400, "wrong_length", f"{name} must have 1 to {longest} characters")
    if not written.isprintable():
        raise ApiError(400, "wrong_characters", f"{name} holds characters that cannot be kept")
    return written


def optional_text(source: Mapping[str, object], name: str, longest: int = 2000) -> str | None:
    return None if source.get(name) in (None, "") else text(source, name, longest)


def one_of(source: Mapping[str, object], name: str, choices: tuple[str, ...]) -> str:
    if (found := text(source, name)) not in choices:
        raise ApiError(422, f"unknown_{name}", f"{name} must be one of {', '.join(choices)}")
    return found


def whole(source: Mapping[str, object], name: str, least: int, most: int) -> int:
    found = text(source, name, 10)
    if not (found.isascii() and found.isdigit() and least <= int(found) <= most):
        raise ApiError(422, f"wrong_{name}", f"{name} must be a whole number from {least} to {most}")
    return int(found)


def yes_no(source: Mapping[str, object], name: str) -> bool:
    found = value(source, name)
    if not isinstance(found, bool):
        raise ApiError(400, "wrong_type", f"{name} must be true or false")
    return found


def amount(source: Mapping[str, object], name: str) -> int:
    """Cents of "356.20"; 356 and 356.2 as JSON numbers are understood too."""
    found = value(source, name)
    if isinstance(found, bool) or not isinstance(found, str | int | float):
        raise ApiError(400, "wrong_type", f"{name} must be an amount of money")
    cents = money.from_text(str(found))
    if not cents:
        raise ApiError(422, f"wrong_{name}", f'{name} must be money like "356.20", more than nothing')
    return cents


def day(source: Mapping[str, object], name: str, otherwise: date) -> date:
    written = optional_text(source, name, 40)
    try:
        return date.fromisoformat(written) if written else otherwise
    except ValueError:
        raise ApiError(422, f"wrong_{name}", f"{name} must be a date like 2026-11-25") from None


def moment(source: Mapping[str, object], name: str, otherwise: datetime | None = None) -> datetime:
    """Local time of the company; an offset that was sent along is dropped."""
    written = optional_text(source, name, 40)
    if written is None and otherwise is not None:
        return otherwise
    try:
        return datetime.fromisoformat(text(source, name, 40)).replace(tzinfo=None)
    except ValueError:
        raise ApiError(422, f"wrong_{name}", f"{name} must be a time like 2026-11-25T15:30") from None


def phone(written: str) -> str:
    if not (number := numbers.phone(written)):
        raise ApiError(422, "wrong_number", "the telephone number must have 3 to 15 digits")
    return number
