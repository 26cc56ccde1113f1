"""How calls of a flow went, by version: the store of calls enters; counts leave, reckoned by the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, case, func, select
from sqlalchemy.exc import SQLAlchemyError

from ivr.store.database import StoreError, connect, reason, shown
from ivr.store.schema import calls

CONTAINED = ("contained", "goodbye")
"""outcomes of calls whose wish was done without a person"""
HANDED_ON = "transferred"


@dataclass(frozen=True, slots=True)
class Tally:
    """The calls of one version that have ended."""

    version: str
    first: datetime
    """UTC: when the first of them began"""
    calls: int
    contained: int = 0
    handed_on: int = 0
    """to a person, who took the call"""
    turns: int = 0
    """of the callers"""
    no_matches: int = 0


def tally(url: str, flow: str, language: str, since: datetime | None = None) -> list[Tally]:
    """Of all calls that began with that flow, the version with the oldest call first. Raises StoreError."""
    engine = connect(url)
    try:
        with engine.connect() as connection:
            rows = connection.execute(_query(flow, language, since))
            return [Tally(*row) for row in rows]
    except SQLAlchemyError as error:
        raise StoreError(f"store.url {shown(engine.url)}: {reason(error)}") from error
    finally:
        engine.dispose()


def _query(flow: str, language: str, since: datetime | None) -> Select[Any]:
    first = func.min(calls.c.started_at, type_=calls.c.started_at.type)
    query = (
        select(
            calls.c.flow_version,
            first,
            func.count(),
            func.sum(case((calls.c.outcome.in_(CONTAINED), 1), else_=0)),
            func.sum(case((calls.c.outcome == HANDED_ON, 1), else_=0)),
            func.sum(calls.c.turns),
            func.sum(calls.c.no_matches),
        )
        .where(calls.c.flow == flow, calls.c.language == language, calls.c.ended_at.is_not(None))
        .group_by(calls.c.flow_version)
        .order_by(first)
    )
    return query.where(calls.c.started_at >= since) if since else query
