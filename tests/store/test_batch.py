from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from ivr.store import batch
from ivr.store.call_journal import Item, Opened, Written
from ivr.store.database import connect
from ivr.store.reader import Reader


def call(name: str, entries: int) -> list[Item]:
    opened = Opened({"id": name, "started_at": datetime.now(UTC)})
    rows = [{"call": name, "seq": n, "at": n, "kind": "step", "data": "{}"} for n in range(entries)]
    return [opened, *(Written(row) for row in rows)]


def test_a_batch_whose_commit_is_in_doubt_is_not_stored_twice(store_url: str) -> None:
    """The connection broke in the commit, which was done all the same."""
    engine = connect(store_url)
    items = call("c1", 5)
    assert batch.store(engine, items[:3], again=False) == []
    assert batch.store(engine, items, again=True) == []
    engine.dispose()
    with Reader(store_url) as reader:
        assert [entry.seq for entry in reader.journal("c1")] == [0, 1, 2, 3, 4]


def test_the_same_numbers_twice_without_doubt_are_refused(store_url: str) -> None:
    engine = connect(store_url)
    items = call("c1", 3)
    assert batch.store(engine, items, again=False) == []
    refused = batch.store(engine, items[2:], again=False)
    engine.dispose()
    assert [item for item, _ in refused] == items[2:]
    assert all(isinstance(error, IntegrityError) for _, error in refused)


def test_only_the_bad_items_are_left_out(tmp_path_factory: pytest.TempPathFactory) -> None:
    engine = connect(f"sqlite:///{tmp_path_factory.mktemp('store')}/ivr.db")
    calls = iter(range(1000))

    @settings(max_examples=40, deadline=None)
    @given(st.lists(st.booleans(), min_size=1, max_size=20))
    def check(good: list[bool]) -> None:
        items = call(f"c{next(calls)}", len(good))
        for item, is_good in zip(items[1:], good, strict=True):
            if not is_good:
                item.row["at"] = 2**80
        refused = batch.store(engine, items, again=False)
        assert [item for item, _ in refused] == [
            item for item, is_good in zip(items[1:], good, strict=True) if not is_good
        ]

    check()
    engine.dispose()
