"""Stored calls and their journals leave, newest call first; old ones are deleted here too."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from sqlalchemy import ColumnElement, Connection, Row, delete, select, update
from sqlalchemy.exc import SQLAlchemyError

from ivr.events import JournalEntry, Kind
from ivr.store.database import StoreError, connect, reason, shown
from ivr.store.schema import calls, journal

PRUNE_CALLS = 200
"""calls deleted in one transaction: writers of other processes wait no longer than that takes"""


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One row of `calls`; `started_at` and `ended_at` are UTC, `ended_at` None while it runs."""

    id: str
    sip_call_id: str
    node: str
    account: str
    caller: str
    called: str
    direction: str
    flow: str
    flow_version: str
    language: str
    started_at: datetime
    ended_at: datetime | None
    frames: int
    outcome: str
    ended_by: str
    status: int
    transfer_to: str
    transfer_outcome: str
    turns: int
    barge_ins: int
    no_matches: int
    recording: str
    journal_lost: int
    """entries missing in the journal"""


class Reader:
    """Reads from any thread and process, also while calls are written. Every method raises
    StoreError if the database cannot be used."""

    def __init__(self, url: str) -> None:
        self._engine = connect(url)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        self._engine.dispose()

    def calls(self, limit: int = 50, before: datetime | None = None, node: str = "") -> list[CallRecord]:
        """The newest calls, those that run included; `before` turns the page (UTC, `started_at`)."""
        where = []
        if before is not None:
            where.append(calls.c.started_at < before)
        if node:
            where.append(calls.c.node == node)
        return self._calls(where, limit)

    def call(self, call: str) -> CallRecord | None:
        found = self._calls([calls.c.id == call], 1)
        return found[0] if found else None

    def by_sip_call_id(self, sip_call_id: str) -> list[CallRecord]:
        """More than one where a proxy brought the same call twice."""
        return self._calls([calls.c.sip_call_id == sip_call_id])

    def journal(self, call: str, after: int = -1) -> list[JournalEntry]:
        """The entries after number `after`, in order. A missing number is a lost entry."""
        query = select(journal).where(journal.c.call == call, journal.c.seq > after).order_by(journal.c.seq)
        with self._database() as connection:
            return [
                JournalEntry(row.call, row.seq, row.at, Kind(row.kind), row.data)
                for row in connection.execute(query)
            ]

    def prune(self, journal_days: int, recordings: Collection[str] = ()) -> int:
        """Delete ended calls, with their journals, that began more than `journal_days` ago: how many.

        recordings  files that were deleted (recording.prune): records forget them
        """
        for recording in recordings:
            with self._database() as connection:
                connection.execute(update(calls).where(calls.c.recording == recording).values(recording=""))
        limit = datetime.now(UTC) - timedelta(days=journal_days)
        old = select(calls.c.id).where(calls.c.started_at < limit, calls.c.ended_at.is_not(None))
        deleted = 0
        while True:
            with self._database() as connection:
                ids = connection.scalars(old.limit(PRUNE_CALLS)).all()
                connection.execute(delete(calls).where(calls.c.id.in_(ids)))
            deleted += len(ids)
            if len(ids) < PRUNE_CALLS:
                return deleted

    @contextmanager
    def _database(self) -> Iterator[Connection]:
        try:
            with self._engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise StoreError(f"store.url {shown(self._engine.url)}: {reason(error)}") from error

    def _calls(self, where: list[ColumnElement[bool]], limit: int | None = None) -> list[CallRecord]:
        query = (
            select(calls).where(*where).order_by(calls.c.started_at.desc(), calls.c.id.desc()).limit(limit)
        )
        with self._database() as connection:
            return [_record(row) for row in connection.execute(query)]


def _record(row: Row[Any]) -> CallRecord:
    return CallRecord(**{column.name: getattr(row, column.name) for column in fields(CallRecord)})
