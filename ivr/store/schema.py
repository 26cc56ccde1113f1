"""The tables: one row a call, one row a journal entry; nothing here reads or writes them.

Only types and SQL that SQLite and PostgreSQL share. Caller and called numbers stand in `calls`
and in the data of `call.started`, nowhere else by our own doing (docs/journal.md).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
)

VERSION = 1
"""raised with every change that older programs cannot read or write"""


class UtcDateTime(TypeDecorator[datetime]):
    """Aware datetimes in UTC; SQLite, which has no zones, keeps them as UTC without one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _text(name: str) -> Column[Any]:
    return Column(name, Text, nullable=False, default="")


def _count(name: str) -> Column[Any]:
    return Column(name, Integer, nullable=False, default=0)


metadata = MetaData()

meta = Table(
    "meta",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

calls = Table(
    "calls",
    metadata,
    Column("id", Text, primary_key=True),
    _text("sip_call_id"),
    _text("node"),
    _text("account"),
    _text("caller"),
    _text("called"),
    _text("direction"),
    _text("flow"),
    _text("flow_version"),
    _text("language"),
    Column("started_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    _count("frames"),
    _text("outcome"),
    _text("ended_by"),
    _count("status"),
    _text("transfer_to"),
    _text("transfer_outcome"),
    _count("turns"),
    _count("barge_ins"),
    _count("no_matches"),
    _text("recording"),
    _count("journal_lost"),
    Index("calls_by_start", "started_at"),
    Index("calls_by_sip_call_id", "sip_call_id"),
    Index("calls_by_node", "node", "ended_at"),
)

journal = Table(
    "journal",
    metadata,
    Column("call", Text, ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("at", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("data", JSON, nullable=False),
)
