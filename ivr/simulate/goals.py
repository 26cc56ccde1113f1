"""What a caller wants, as values: the requests that the backend must have answered, and the caller's answers.

A goal counts as reached when the backend answered the right request, also with a rightful no ("your loan is
still open"): the caller knows how it stands. Any other change that a call makes is wrong (judge.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from ivr.simulate.world import Exchange, Loan


@dataclass(frozen=True, slots=True)
class Want:
    """A request that must have been answered."""

    method: str
    path: str
    having: Mapping[str, Any] = field(default_factory=dict)
    """of the query or the body; None: whatever it says"""
    answered: Mapping[str, Any] = field(default_factory=dict)
    """of the answer"""

    def met_by(self, exchange: Exchange) -> bool:
        return (
            exchange.status < 500
            and self.is_asked_by(exchange)
            and all(alike((exchange.data or {}).get(key), value) for key, value in self.answered.items())
        )

    def is_asked_by(self, exchange: Exchange) -> bool:
        given = {**exchange.query, **exchange.body}
        return (exchange.method, exchange.path) == (self.method, self.path) and all(
            value is None or alike(given.get(key), value) for key, value in self.having.items()
        )


def alike(given: Any, wanted: Any) -> bool:
    """JSON against a value: money as text, days in ISO 8601."""
    if isinstance(wanted, Decimal):
        try:
            return Decimal(str(given)) == wanted
        except ArithmeticError:
            return False
    if isinstance(wanted, date | datetime):
        return str(given)[:16] == wanted.isoformat()[:16]
    return bool(given == wanted) if isinstance(wanted, bool) else str(given) == str(wanted)


@dataclass(frozen=True, slots=True)
class Goal:
    name: str
    """also of its sentences"""
    flows: frozenset[str]
    """businesses of the hotline that lead to it"""
    wants: tuple[Want, ...]
    """any of them"""
    answers: Mapping[str, Any] = field(default_factory=dict)
    """question -> what the caller answers; also what a read-back must not contradict"""
    loan: Loan | None = None
    identified: bool = True
    """who calls has to be checked"""
