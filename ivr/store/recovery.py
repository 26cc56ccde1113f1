"""Calls that a dead node left open enter; their journals and records get an end."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from ivr.events import JournalEntry, Kind
from ivr.store.call_journal import FRAME, Record, ended_without_word, to_json
from ivr.store.database import StoreError, reason, shown
from ivr.store.schema import calls, journal


def end_lost_calls(engine: Engine, node: str) -> list[JournalEntry]:
    """Write `call.ended` with outcome `lost` where it is missing; gives these entries.

    The end is set to the last entry's place in time, the last sign of life. Raises StoreError.
    """
    try:
        with engine.connect() as connection:
            unended = connection.execute(
                select(calls.c.id, calls.c.started_at).where(calls.c.node == node, calls.c.ended_at.is_(None))
            ).all()
        return [_end(engine, call, started_at) for call, started_at in unended]
    except SQLAlchemyError as error:
        raise StoreError(f"store.url {shown(engine.url)}: cannot recover: {reason(error)}") from error


def _end(engine: Engine, call: str, started_at: datetime) -> JournalEntry:
    record, seq, lost = Record(), -1, 0
    with engine.begin() as connection:
        for row in connection.execute(select(journal).where(journal.c.call == call).order_by(journal.c.seq)):
            lost += row.seq - seq - 1
            seq = row.seq
            last = JournalEntry(call, seq, row.at, Kind(row.kind), row.data)
            record.add(last.at, last.kind, last.data)
        if not record.ended:
            last = JournalEntry(
                call, seq + 1, record.frames, Kind.CALL_ENDED, ended_without_word(record, "lost")
            )
            record.add(last.at, last.kind, last.data)
            connection.execute(
                insert(journal).values(
                    call=call, seq=last.seq, at=last.at, kind=last.kind.value, data=to_json(last.data)
                )
            )
        connection.execute(
            update(calls)
            .where(calls.c.id == call)
            .values(record.row() | {"ended_at": started_at + record.frames * FRAME, "journal_lost": lost})
        )
    return last
