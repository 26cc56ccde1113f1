from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from ivr.store.database import StoreError, connect
from ivr.store.journal import Journal
from ivr.store.reader import Reader
from tests.free_ports import free_port


def refusal(url: str) -> str:
    with pytest.raises(StoreError) as caught:
        Journal(url)
    return str(caught.value)


@pytest.mark.parametrize(
    ("url", "named", "way_out"),
    [
        ("no address", "store.url is not a database address", "sqlite:///var/ivr.db"),
        ("mysql://u:hidden@h/d", "'mysql' is not supported", "use sqlite or postgresql"),
        ("sqlite://", "in memory", "name a file"),
        ("sqlite:////proc/no/ivr.db", "/proc/no/ivr.db", "change store.url"),
    ],
)
def test_an_unusable_address_is_named_with_the_way_out(url: str, named: str, way_out: str) -> None:
    message = refusal(url)
    assert named in message
    assert way_out in message
    assert "hidden" not in message


def test_a_folder_or_foreign_file_is_not_a_database(tmp_path: Path) -> None:
    assert f"cannot open {tmp_path}: Is a directory" in refusal(f"sqlite:///{tmp_path}")
    foreign = tmp_path / "song.wav"
    foreign.write_bytes(b"RIFF" * 1000)
    message = refusal(f"sqlite:///{foreign}")
    assert "file is not a database" in message
    assert f"see that {tmp_path} can be written" in message
    assert foreign.read_bytes() == b"RIFF" * 1000


def test_a_server_that_does_not_answer_is_named(postgresql: object) -> None:
    port = free_port()
    message = refusal(f"postgresql://ivr:hidden@127.0.0.1:{port}/ivr")
    assert f"127.0.0.1:{port}" in message
    assert "refused" in message
    assert "see that the server runs" in message
    assert "hidden" not in message


def test_tables_of_another_version_are_left_alone(store_url: str) -> None:
    engine = connect(store_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE meta SET value = '99'"))
    engine.dispose()
    for user in (Journal, Reader):
        with pytest.raises(StoreError, match="have version 99, this program needs version 1"):
            user(store_url)


def test_tables_that_a_killed_process_made_by_half_are_completed(store_url: str) -> None:
    engine = connect(store_url)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE journal"))
        connection.execute(text("DELETE FROM meta"))
    engine.dispose()
    with Reader(store_url) as reader:
        assert reader.journal("c1") == []


def test_sqlite_runs_as_documented(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path}/ivr.db")
    with engine.connect() as connection:
        got = {
            name: connection.scalar(text(f"PRAGMA {name}"))
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    engine.dispose()
    assert got == {"journal_mode": "wal", "synchronous": 1, "foreign_keys": 1, "busy_timeout": 2000}


def test_parameters_never_stand_in_errors(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path}/ivr.db")
    with pytest.raises(Exception) as caught, engine.begin() as connection:
        connection.execute(text("INSERT INTO calls VALUES (:caller)"), {"caller": "5551234"})
    engine.dispose()
    assert "5551234" not in str(caught.value)
