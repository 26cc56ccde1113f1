"""Real writer processes, killed, told to end, or many at once."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from ivr.events import JournalEntry, Kind
from ivr.store.journal import Journal
from ivr.store.reader import Reader

WRITER = Path(__file__).parent / "writer.py"
ENDLESS = 1_000_000


def start_writer(url: str, node: str, call: str, most: int = ENDLESS) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, WRITER, url, node, call, str(most)], stdout=subprocess.PIPE, text=True
    )


def await_acks(writer: subprocess.Popen[str], wanted: int) -> None:
    assert writer.stdout is not None
    for line in writer.stdout:
        if line.startswith("acked") and int(line.split()[1]) >= wanted:
            return
    pytest.fail("the writer ended early")


def numbers(entries: list[JournalEntry]) -> list[int]:
    return [entry.seq for entry in entries]


def test_after_a_kill_the_journal_has_no_gap_and_the_call_ends_as_lost(store_url: str) -> None:
    writer = start_writer(store_url, "node0", "c1")
    await_acks(writer, 3000)
    writer.kill()
    out, _ = writer.communicate(timeout=30)
    acked = max([3000, *(int(line.split()[1]) for line in out.splitlines() if line.startswith("acked"))])

    with Reader(store_url) as reader:
        stored = reader.journal("c1")
        assert numbers(stored) == list(range(len(stored)))
        assert len(stored) > acked
        assert [entry.data["step"] for entry in stored[1:]] == [f"step {n}" for n in range(1, len(stored))]
        assert reader.calls()[0].ended_at is None

        seen: list[JournalEntry] = []
        with Journal(store_url, observers=[seen.append]) as journal:
            assert journal.recover("another node") == 0
            assert journal.recover("node0") == 1
            assert journal.recover("node0") == 0
        record = reader.calls()[0]
        entries = reader.journal("c1")
    assert (record.outcome, record.ended_by, record.frames) == ("lost", "error", stored[-1].at)
    assert record.ended_at is not None
    assert (record.ended_at - record.started_at).total_seconds() == pytest.approx(0.02 * record.frames)
    assert numbers(entries) == list(range(len(stored) + 1))
    assert entries[-1].kind == Kind.CALL_ENDED
    assert entries[-1].data["outcome"] == "lost"
    assert seen == [entries[-1]]
    if store_url.startswith("sqlite"):
        with sqlite3.connect(store_url.removeprefix("sqlite:///")) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        connection.close()


def test_a_writer_told_to_end_stores_everything(store_url: str) -> None:
    writer = start_writer(store_url, "node0", "c1")
    await_acks(writer, 1000)
    writer.send_signal(signal.SIGTERM)
    out, _ = writer.communicate(timeout=30)
    assert writer.returncode == 0
    wrote = int(out.splitlines()[-1].removeprefix("wrote "))
    with Reader(store_url) as reader:
        assert numbers(reader.journal("c1")) == list(range(wrote + 1))


def test_processes_share_one_database(store_url: str) -> None:
    """They also create its tables at the same moment."""
    writers = [start_writer(store_url, f"node{n}", f"c{n}", most=2000) for n in range(3)]
    for writer in writers:
        writer.communicate(timeout=60)
        assert writer.returncode == 0
    with Reader(store_url) as reader:
        assert {record.node for record in reader.calls()} == {"node0", "node1", "node2"}
        for n in range(3):
            assert numbers(reader.journal(f"c{n}")) == list(range(2001))


FULL_DISK = """
import logging, os, resource, sys
from ivr.events import CallFacts, Kind
from ivr.store.journal import Journal

logging.basicConfig(format="%(levelname)s %(message)s", stream=sys.stdout)
told = logging.getLogger("ivr.store.journal")
full = __import__("threading").Event()
class Tell(logging.Handler):
    def emit(self, record):
        if "cannot write" in record.getMessage():
            full.set()
told.addHandler(Tell())
url = sys.argv[1]
journal = Journal(url)
call = journal.open_call(CallFacts("c1", "c1@far", "node0", "trunk", "1", "2"), "f", "1", "en")
journal.flush()
resource.setrlimit(resource.RLIMIT_FSIZE, (os.path.getsize(url.removeprefix("sqlite:///") + "-wal"), -1))
for n in range(1, 3001):
    call.write(n, Kind.STEP, {"step": "x" * 100})
assert full.wait(30)
assert not journal.flush(0.5)
resource.setrlimit(resource.RLIMIT_FSIZE, (-1, -1))
assert journal.flush(30)
assert journal.close() == 0
"""


def test_a_full_disk_holds_up_entries_and_loses_none(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/ivr.db"
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, url], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == 2, lines
    assert lines[0].startswith("ERROR journal: cannot write to sqlite:///")
    assert lines[1].startswith("WARNING journal: writing again after")
    with Reader(url) as reader:
        assert numbers(reader.journal("c1")) == list(range(3001))
