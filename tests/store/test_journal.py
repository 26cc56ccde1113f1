from __future__ import annotations

import logging
import sqlite3
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.events import CallFacts, JournalEntry, Kind
from ivr.store.journal import Journal
from ivr.store.reader import Reader
from tests.store.conftest import PostgresqlServer

Facts = Callable[..., CallFacts]

ENDED: dict[str, Any] = {
    "outcome": "contained",
    "by": "caller",
    "status": 200,
    "frames": 90,
    "frames_late": 0,
    "queue_drops": 0,
}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
plain_kinds = st.sampled_from(sorted(set(Kind) - {Kind.CALL_STARTED, Kind.CALL_ENDED}))
written = st.lists(
    st.tuples(
        st.integers(0, 2**31 - 1),
        plain_kinds,
        st.dictionaries(st.text(), json_values, max_size=4).map(
            lambda data: {"to": "sip:a@b", "outcome": "busy"} | data
        ),
    ),
    max_size=12,
)


def test_what_is_read_is_what_was_written(store_url: str) -> None:
    calls = iter(range(10_000))
    seen: list[JournalEntry] = []

    with Journal(store_url, observers=[seen.append]) as journal, Reader(store_url) as reader:

        @settings(max_examples=60, deadline=None)
        @given(written, st.text(), st.text())
        def check(entries: list[tuple[int, Kind, dict[str, Any]]], caller: str, called: str) -> None:
            entries = [
                (at, kind, data | {"to": str(data["to"]), "outcome": str(data["outcome"])})
                for at, kind, data in entries
            ]
            call = f"call{next(calls)}"
            seen.clear()
            log = journal.open_call(
                CallFacts(call, "id", "node0", "trunk", caller, called), "flow", "1", "en"
            )
            for at, kind, data in entries:
                log.write(at, kind, data)
            log.write(90, Kind.CALL_ENDED, ENDED)
            assert journal.flush()

            read = reader.journal(call)
            assert read == seen
            assert [entry.seq for entry in read] == list(range(len(entries) + 2))
            assert [(entry.at, entry.kind, entry.data) for entry in read[1:-1]] == entries
            assert (read[0].data["caller"], read[0].data["called"]) == (caller, called)
            record = reader.call(call)
            assert record is not None
            kinds = [kind for _, kind, _ in entries]
            assert record.turns == kinds.count(Kind.TRANSCRIPT) + kinds.count(Kind.KEYS)
            assert record.barge_ins == kinds.count(Kind.BARGE_IN)
            assert record.no_matches == kinds.count(Kind.NO_MATCH)
            assert (record.outcome, record.frames, record.journal_lost) == ("contained", 90, 0)
            assert record.ended_at is not None and record.ended_at >= record.started_at

        check()


def test_a_call_record_tells_the_transfer(store_url: str, facts: Facts) -> None:
    with Journal(store_url) as journal, Reader(store_url) as reader:
        call = journal.open_call(facts("c1"), "hotline", "7", "en", recording="2026-01-31/c1.wav")
        call.write(50, Kind.TRANSFER, {"to": "sip:agents@pbx"})
        call.write(80, Kind.TRANSFER_ENDED, {"outcome": "completed", "status": 200})
        journal.flush()
        running = reader.call("c1")
        assert running is not None and running.ended_at is None
        call.write(90, Kind.CALL_ENDED, ENDED | {"outcome": "transferred"})
        journal.flush()
        record = reader.by_sip_call_id("c1@far")[0]
    assert (record.transfer_to, record.transfer_outcome) == ("sip:agents@pbx", "completed")
    assert (record.outcome, record.ended_by, record.status) == ("transferred", "caller", 200)
    assert (record.flow, record.flow_version, record.recording) == ("hotline", "7", "2026-01-31/c1.wav")


def test_a_call_that_forgets_its_end_gets_one(store_url: str, facts: Facts) -> None:
    with Journal(store_url) as journal:
        call = journal.open_call(facts("c1"), "f", "1", "en")
        call.write(40, Kind.STEP, {"step": "hello"})
        call.close()
        call.close()
        with pytest.raises(RuntimeError, match=r"after call\.ended"):
            call.write(41, Kind.STEP, {"step": "more"})
    with Reader(store_url) as reader:
        last = reader.journal("c1")[-1]
        assert (last.seq, last.at, last.kind) == (2, 40, Kind.CALL_ENDED)
        assert reader.calls()[0].outcome == "error"


@pytest.mark.parametrize("bad", [float("nan"), object(), b"bytes"])
def test_data_that_json_cannot_hold_is_refused_at_once(tmp_path: Path, facts: Facts, bad: object) -> None:
    with Journal(f"sqlite:///{tmp_path}/ivr.db") as journal:
        call = journal.open_call(facts("c1"), "f", "1", "en")
        with pytest.raises((TypeError, ValueError)):
            call.write(1, Kind.STEP, {"step": bad})
        call.write(1, Kind.STEP, {"step": "good"})
    with Reader(f"sqlite:///{tmp_path}/ivr.db") as reader:
        assert [entry.seq for entry in reader.journal("c1")] == [0, 1]


def test_a_value_that_the_database_refuses_holds_up_nobody(
    store_url: str, facts: Facts, caplog: pytest.LogCaptureFixture
) -> None:
    with Journal(store_url) as journal:
        first = journal.open_call(facts("c1"), "f", "1", "en")
        other = journal.open_call(facts("c2"), "f", "1", "en")
        first.write(1, Kind.STEP, {"step": "one"})
        first.write(2**80, Kind.STEP, {"step": "too far"})
        other.write(2, Kind.STEP, {"step": "two"})
        first.write(3, Kind.STEP, {"step": "three"})
        assert journal.flush()
        assert journal.lost == 1
    with Reader(store_url) as reader:
        assert [entry.seq for entry in reader.journal("c1")] == [0, 1, 3]
        assert [entry.seq for entry in reader.journal("c2")] == [0, 1]
    assert sum("refuses" in record.message for record in caplog.records) == 1
    assert "too far" not in caplog.text


def test_a_second_call_of_the_same_id_is_refused_aloud(
    store_url: str, facts: Facts, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):
        with Journal(store_url) as journal:
            journal.open_call(facts("c1", caller="5550000"), "f", "1", "en")
            journal.flush()
            lost = journal.lost
    assert lost == 1
    assert "refuses Opened" in caplog.text
    assert "5550000" not in caplog.text


def hold_lock(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    return connection


def test_a_locked_database_delays_and_is_told_once(
    tmp_path: Path, facts: Facts, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivr.store.database.LOCK_WAIT_MS", 20)
    with Journal(f"sqlite:///{tmp_path}/ivr.db") as journal, Reader(f"sqlite:///{tmp_path}/ivr.db") as reader:
        call = journal.open_call(facts("c1"), "f", "1", "en")
        journal.flush()
        other = hold_lock(tmp_path / "ivr.db")
        for n in range(1, 100):
            call.write(n, Kind.STEP, {"step": "secret words"})
        assert not journal.flush(0.5)
        assert len(reader.journal("c1")) == 1, "readers are not locked out"
        other.execute("ROLLBACK")
        other.close()
        assert journal.flush(30)
        assert [entry.seq for entry in reader.journal("c1")] == list(range(100))
    told = [record.levelno for record in caplog.records]
    assert told == [logging.ERROR, logging.WARNING]
    assert "secret words" not in caplog.text


def test_a_full_queue_drops_counts_and_shows_the_gap(
    tmp_path: Path, facts: Facts, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivr.store.database.LOCK_WAIT_MS", 20)
    dropped: list[int] = []
    url = f"sqlite:///{tmp_path}/ivr.db"
    with Journal(url, capacity=50, on_lost=dropped.append) as journal, Reader(url) as reader:
        call = journal.open_call(facts("c1"), "f", "1", "en")
        journal.flush()
        other = hold_lock(tmp_path / "ivr.db")
        for n in range(1, 81):
            call.write(n, Kind.STEP, {"step": "s"})
        late = journal.open_call(facts("c2"), "f", "1", "en")  # calls have a reserve
        late.write(1, Kind.CALL_ENDED, ENDED)
        other.execute("ROLLBACK")
        other.close()
        assert journal.flush(30)
        call.write(81, Kind.CALL_ENDED, ENDED)
        assert journal.flush(30)
        assert [entry.seq for entry in reader.journal("c1")] == [*range(51), 81]
        record = reader.call("c1")
        assert record is not None and record.journal_lost == 30
        assert [entry.kind for entry in reader.journal("c2")] == [Kind.CALL_STARTED, Kind.CALL_ENDED]
    assert (journal.lost, sum(dropped)) == (30, 30)
    assert sum("dropping" in record.message for record in caplog.records) == 1


def test_a_call_that_could_not_be_opened_leaves_no_orphans(tmp_path: Path, facts: Facts) -> None:
    url = f"sqlite:///{tmp_path}/ivr.db"
    with Journal(url, capacity=0) as journal:
        call = journal.open_call(facts("c1"), "f", "1", "en")
        call.write(1, Kind.STEP, {"step": "s"})
        call.close()
    assert journal.lost == 3
    with Reader(url) as reader:
        assert reader.calls() == []
        assert reader.journal("c1") == []


def test_close_gives_up_at_its_deadline_and_counts(tmp_path: Path, facts: Facts) -> None:
    journal = Journal(f"sqlite:///{tmp_path}/ivr.db")
    call = journal.open_call(facts("c1"), "f", "1", "en")
    journal.flush()
    other = hold_lock(tmp_path / "ivr.db")
    for n in range(1, 8):
        call.write(n, Kind.STEP, {"step": "s"})
    assert journal.close(deadline_s=0.2) == 7
    call.write(8, Kind.STEP, {"step": "after"})
    assert journal.lost == 8
    other.close()


def test_a_failing_observer_is_switched_off_and_the_others_go_on(
    tmp_path: Path, facts: Facts, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[JournalEntry] = []

    def broken(entry: JournalEntry) -> None:
        raise KeyError(entry.kind)

    with Journal(f"sqlite:///{tmp_path}/ivr.db", observers=[broken, seen.append]) as journal:
        call = journal.open_call(facts("c1"), "f", "1", "en")
        call.write(1, Kind.STEP, {"step": "s"})
        call.close()
    assert [entry.seq for entry in seen] == [0, 1, 2]
    assert sum("switched off" in record.message for record in caplog.records) == 1


def test_calls_of_many_threads(store_url: str, facts: Facts) -> None:
    def run(name: str) -> None:
        call = journal.open_call(facts(name), "f", "1", "en")
        for n in range(300):
            call.write(n, Kind.STEP, {"step": name})
        call.close()

    with Journal(store_url) as journal:
        threads = [threading.Thread(target=run, args=(f"c{n}",)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    with Reader(store_url) as reader:
        for n in range(4):
            entries = reader.journal(f"c{n}")
            assert [entry.seq for entry in entries] == list(range(302))
            assert all(entry.data["step"] == f"c{n}" for entry in entries[1:-1])


def test_a_database_server_that_restarts_loses_and_doubles_nothing(
    postgresql: PostgresqlServer, facts: Facts
) -> None:
    url = postgresql.new_database()
    with Journal(url) as journal:
        call = journal.open_call(facts("c1"), "f", "1", "en")
        for n in range(1, 2001):
            call.write(n, Kind.STEP, {"step": "before"})
        postgresql.stop()
        for n in range(2001, 4001):
            call.write(n, Kind.STEP, {"step": "after"})
        postgresql.start()
        assert journal.flush(60)
        assert journal.lost == 0
    with Reader(url) as reader:
        assert [entry.seq for entry in reader.journal("c1")] == list(range(4001))


def test_the_database_file_is_for_its_owner_only(tmp_path: Path, facts: Facts) -> None:
    with Journal(f"sqlite:///{tmp_path}/deep/er/ivr.db") as journal:
        journal.open_call(facts("c1"), "f", "1", "en")
        journal.flush()
        files = list((tmp_path / "deep/er").iterdir())
        assert len(files) == 3, "database, WAL, shared memory"
        assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in files)
