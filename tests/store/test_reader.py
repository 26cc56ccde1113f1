from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from ivr.events import CallFacts, Kind
from ivr.store import reader as reader_module
from ivr.store.database import StoreError, connect
from ivr.store.journal import Journal
from ivr.store.reader import Reader
from ivr.store.schema import calls

Facts = Callable[..., CallFacts]


def write_calls(url: str, facts: Facts, names: list[str], recording: str = "") -> None:
    with Journal(url) as journal:
        for name in names:
            call = journal.open_call(facts(name), "f", "1", "en", recording)
            call.write(1, Kind.STEP, {"step": "s"})
            call.close()


def make_older(url: str, names: list[str], days: float) -> None:
    engine = connect(url)
    with engine.begin() as connection:
        connection.execute(
            update(calls)
            .where(calls.c.id.in_(names))
            .values(started_at=datetime.now(UTC) - timedelta(days=days))
        )
    engine.dispose()


def test_calls_come_newest_first_and_by_the_page(store_url: str, facts: Facts) -> None:
    names = [f"c{n}" for n in range(6)]
    write_calls(store_url, facts, names)
    for n, name in enumerate(names):
        make_older(store_url, [name], days=n)
    with Reader(store_url) as reader:
        first = reader.calls(limit=4)
        rest = reader.calls(limit=4, before=first[-1].started_at)
        assert [record.id for record in first + rest] == names
        assert all(record.started_at.utcoffset() == timedelta(0) for record in first)
        assert reader.calls(node="node0")
        assert reader.calls(node="node1") == []
        assert reader.call("nobody") is None
        assert reader.by_sip_call_id("nobody@far") == []


def test_a_journal_can_be_followed(store_url: str, facts: Facts) -> None:
    write_calls(store_url, facts, ["c1"])
    with Reader(store_url) as reader:
        assert [entry.seq for entry in reader.journal("c1", after=0)] == [1, 2]


def test_prune_deletes_old_calls_with_their_journals_only(
    store_url: str, facts: Facts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader_module, "PRUNE_CALLS", 2)
    old = [f"old{n}" for n in range(5)]
    write_calls(store_url, facts, [*old, "new"])
    make_older(store_url, old, days=31)
    make_older(store_url, ["new"], days=29)
    with Reader(store_url) as reader:
        assert reader.prune(journal_days=30) == 5
        assert [record.id for record in reader.calls()] == ["new"]
        assert all(reader.journal(name) == [] for name in old)
        assert len(reader.journal("new")) == 3


def test_prune_keeps_calls_that_run(store_url: str, facts: Facts) -> None:
    with Journal(store_url) as journal:
        journal.open_call(facts("c1"), "f", "1", "en")
        journal.flush()
        make_older(store_url, ["c1"], days=400)
        with Reader(store_url) as reader:
            assert reader.prune(journal_days=1) == 0


def test_a_locked_database_is_an_error_of_the_store(
    tmp_path: Path, facts: Facts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivr.store.database.LOCK_WAIT_MS", 20)
    url = f"sqlite:///{tmp_path}/ivr.db"
    write_calls(url, facts, ["c1"])
    make_older(url, ["c1"], days=9)
    other = sqlite3.connect(tmp_path / "ivr.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with Reader(url) as reader:
        with pytest.raises(StoreError, match="database is locked"):
            reader.prune(journal_days=1)
        assert len(reader.calls()) == 1
        other.execute("ROLLBACK")
        assert reader.prune(journal_days=1) == 1
    other.close()


def test_records_forget_deleted_recordings(store_url: str, facts: Facts) -> None:
    write_calls(store_url, facts, ["c1"], recording="rec/c1.wav")
    write_calls(store_url, facts, ["c2"], recording="rec/c2.wav")
    with Reader(store_url) as reader:
        reader.prune(journal_days=1, recordings=["rec/c1.wav"])
        assert {record.id: record.recording for record in reader.calls()} == {"c1": "", "c2": "rec/c2.wav"}
