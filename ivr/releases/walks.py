"""The store of calls enters; what calls of a flow went through leaves, call by call."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from ivr.events import Kind
from ivr.store.database import StoreError, connect, reason, shown
from ivr.store.schema import calls, journal

MOST_CALLS = 20_000
"""the newest"""


def walks(
    url: str, flow: str, language: str, kinds: Collection[Kind], since: datetime | None = None
) -> Iterator[list[tuple[Kind, Mapping[str, Any]]]]:
    """The entries of these kinds, in order, of each call that began with that flow. Raises StoreError."""
    newest = select(calls.c.id).where(calls.c.flow == flow, calls.c.language == language)
    if since:
        newest = newest.where(calls.c.started_at >= since)
    newest = newest.order_by(calls.c.started_at.desc()).limit(MOST_CALLS)
    query = (
        select(journal.c.call, journal.c.kind, journal.c.data)
        .where(journal.c.call.in_(newest), journal.c.kind.in_([kind.value for kind in kinds]))
        .order_by(journal.c.call, journal.c.seq)
        .execution_options(yield_per=1000)
    )
    engine = connect(url)
    try:
        with engine.connect() as connection:
            for _, rows in groupby(connection.execute(query), lambda row: row.call):
                yield [(Kind(row.kind), row.data) for row in rows]
    except SQLAlchemyError as error:
        raise StoreError(f"store.url {shown(engine.url)}: {reason(error)}") from error
    finally:
        engine.dispose()
