"""What simulated callers call about: a backend enters; its customers, and what a call asked it, leave.

The backend is made by `factory(today=, seed_number=, customers=, clock=, test_switch=)` as in
docs/loan-backend.md: it has `handle(method, path, query, body)`, `close()`, and `db`, an SQLite connection
from which the customers are read: a person knows their own card and birthday, which the API does not tell.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from random import Random
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit

from ivr.events import RequestEnded
from ivr.flow.actions import Request

OPENS = time(10)
"""the hour at which all calls are held"""


class Answer(Protocol):
    @property
    def status(self) -> int: ...
    @property
    def json(self) -> Any: ...


class Backend(Protocol):
    db: sqlite3.Connection

    def handle(
        self, method: str, path: str, query: Mapping[str, str], body: Mapping[str, object] | None
    ) -> Answer: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Card:
    number: str
    default: bool
    funds: Decimal

    @property
    def tail(self) -> str:
        return self.number[-4:]


@dataclass(frozen=True, slots=True)
class Loan:
    id: int
    product: str
    balance: Decimal
    next_due: date | None
    """None: paid off"""
    failed: bool
    """the last deduction"""

    def overdue(self, today: date) -> bool:
        return self.next_due is not None and self.next_due < today


@dataclass(frozen=True, slots=True)
class Person:
    id: int
    name: str
    phone: str
    language: str
    birthday: date
    id_number: str
    real_name_checked: bool
    tags: frozenset[str]
    cards: tuple[Card, ...]
    """the first pays"""
    loans: tuple[Loan, ...]
    locked: bool

    @property
    def open_loans(self) -> tuple[Loan, ...]:
        return tuple(loan for loan in self.loans if loan.next_due)


@dataclass(frozen=True, slots=True)
class Exchange:
    """What a flow asked and what the backend answered."""

    method: str
    path: str
    query: Mapping[str, str]
    body: Mapping[str, Any]
    status: int
    data: Any

    @property
    def changed(self) -> bool:
        return self.method == "POST" and 200 <= self.status < 300


class Outside:
    """The backend as one call reaches it; `trouble` is the chance that a request gets no answer in time
    (and is not carried out)."""

    def __init__(self, backend: Backend, trouble: float, chance: Random) -> None:
        self._backend, self._trouble, self._chance = backend, trouble, chance
        self.exchanges: list[Exchange] = []
        self.failed = 0

    def ask(self, request: Request) -> RequestEnded:
        if self._trouble and self._chance.random() < self._trouble:
            self.failed += 1
            return RequestEnded(request.number, 0, reason="timeout", took_ms=request.timeout_ms)
        url = urlsplit(request.path)
        query = dict(parse_qsl(url.query))
        body = json.loads(json.dumps(request.body)) if request.body is not None else None
        answer = self._backend.handle(request.method, url.path, query, body)
        self.exchanges.append(
            Exchange(request.method, url.path, query, body or {}, answer.status, answer.json)
        )
        return RequestEnded(request.number, answer.status, answer.json)


def opened(factory: Callable[..., Backend], today: date, customers: int, seed: int) -> Backend:
    """Its clock stands still: no lock ends and no code gets old."""
    now = datetime.combine(today, OPENS)
    return factory(today=today, seed_number=seed, customers=customers, clock=lambda: now, test_switch=True)


def code_sent(backend: Backend, person: int) -> str:
    """What the customer reads on their telephone."""
    answer = backend.handle("GET", f"/outbox/{person}", {}, None)
    return str(answer.json.get("code") or "") if answer.status == 200 else ""


def people(backend: Backend) -> list[Person]:
    """Customers with a telephone, in the order of their ids."""
    db = backend.db
    cards: dict[int, list[Card]] = {}
    for customer, number, default, cents in db.execute(
        "SELECT customer_id, number, is_default, funds_cents FROM cards ORDER BY is_default DESC, id"
    ):
        cards.setdefault(customer, []).append(Card(number, bool(default), Decimal(cents) / 100))
    failed = {
        loan
        for loan, status, _ in db.execute("SELECT loan_id, status, max(id) FROM payments GROUP BY loan_id")
        if status == "failed"
    }
    loans: dict[int, list[Loan]] = {}
    for key, customer, product, cents, due in db.execute(
        "SELECT id, customer_id, product, balance_cents, next_due FROM loans ORDER BY id"
    ):
        day = date.fromisoformat(due) if due else None
        loans.setdefault(customer, []).append(Loan(key, product, Decimal(cents) / 100, day, key in failed))
    tags: dict[int, set[str]] = {}
    for customer, tag in db.execute("SELECT customer_id, tag FROM tags"):
        tags.setdefault(customer, set()).add(tag)
    return [
        Person(
            key, name, phone, language, date.fromisoformat(born), identity, bool(checked),
            frozenset(tags.get(key, ())), tuple(cards.get(key, ())), tuple(loans.get(key, ())), bool(locked),
        )
        for key, name, phone, language, born, identity, checked, locked in db.execute(
            "SELECT id, name, phone, language, birthday, identity_number, real_name_checked, locked_until"
            " FROM customers WHERE phone IS NOT NULL ORDER BY id"
        )
    ]  # fmt: skip
