"""Queue items of the journal enter; rows in the database leave, one transaction a batch."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, Engine, insert, select, update
from sqlalchemy.exc import DataError, IntegrityError

from ivr.store.call_journal import Closed, Item, Opened, Written
from ivr.store.schema import calls, journal

REFUSED = (DataError, IntegrityError, ValueError, OverflowError)
"""The fault lies in the values, not in the database: trying again cannot help."""


def store(engine: Engine, items: Sequence[Item], again: bool) -> list[tuple[Item, Exception]]:
    """Commit all items, or none and raise (SQLAlchemyError): then call it once more, with `again`.

    Gives back the items that the database refuses for their content: the rest is stored without
    them, because one bad value must not hold up all calls.
    """
    try:
        with engine.begin() as connection:
            _write(connection, _missing(connection, items) if again else items)
        return []
    except REFUSED as error:
        if len(items) == 1:
            return [(items[0], error)]
        middle = len(items) // 2
        return [*store(engine, items[:middle], again), *store(engine, items[middle:], again)]


def _write(connection: Connection, items: Sequence[Item]) -> None:
    opened = [item.row for item in items if isinstance(item, Opened)]
    written = [item.row for item in items if isinstance(item, Written)]
    if opened:
        connection.execute(insert(calls), opened)
    if written:
        connection.execute(insert(journal), written)
    for item in items:
        if isinstance(item, Closed):
            connection.execute(update(calls).where(calls.c.id == item.call).values(item.row))


def _missing(connection: Connection, items: Sequence[Item]) -> list[Item]:
    """Without what is stored already: a connection that broke in a commit leaves open whether
    the commit was done."""
    ids = {item.row["id"] for item in items if isinstance(item, Opened)}
    ids |= {item.row["call"] for item in items if isinstance(item, Written)}
    known_calls = set(connection.scalars(select(calls.c.id).where(calls.c.id.in_(ids))))
    known = {
        (call, seq)
        for call, seq in connection.execute(
            select(journal.c.call, journal.c.seq).where(journal.c.call.in_(ids))
        )
    }
    return [
        item
        for item in items
        if not (isinstance(item, Opened) and item.row["id"] in known_calls)
        and not (isinstance(item, Written) and (item.row["call"], item.row["seq"]) in known)
    ]
