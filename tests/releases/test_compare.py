"""How versions did: counted by the database, and told apart only where it is sure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert

from ivr.releases.compare import FEWEST, Difference, difference
from ivr.releases.tally import Tally, tally
from ivr.store.database import StoreError, connect
from ivr.store.schema import calls

DAY = datetime(2026, 11, 25, 10, tzinfo=UTC)


@pytest.fixture
def url(tmp_path: Path) -> str:
    """With calls of three versions, one of them in Mandarin, and one call that still runs."""
    address = f"sqlite:///{tmp_path / 'ivr.db'}"
    rows = [
        ("old", "en", 0, "contained", 4, 1), ("old", "en", 1, "transferred", 6, 0),
        ("new", "en", 2, "goodbye", 2, 0), ("new", "en", 3, "abandoned", 0, 0),
        ("old", "en", 4, "no_match", 3, 3), ("zh", "zh", 5, "contained", 1, 0), ("new", "en", 6, "", 9, 9),
    ]  # fmt: skip
    engine = connect(address)
    with engine.begin() as connection:
        for number, (version, language, days, outcome, turns, no_matches) in enumerate(rows):
            connection.execute(
                insert(calls).values(
                    id=str(number), flow="hotline", flow_version=version, language=language, outcome=outcome,
                    started_at=DAY + timedelta(days=days), turns=turns, no_matches=no_matches,
                    ended_at=DAY if outcome else None,
                )
            )  # fmt: skip
    engine.dispose()
    return address


def test_ended_calls_are_counted_by_version(url: str) -> None:
    assert tally(url, "hotline", "en") == [
        Tally("old", DAY, 3, contained=1, handed_on=1, turns=13, no_matches=4),
        Tally("new", DAY + timedelta(days=2), 2, contained=1, handed_on=0, turns=2, no_matches=0),
    ]
    assert [each.version for each in tally(url, "hotline", "zh")] == ["zh"]
    since = tally(url, "hotline", "en", DAY + timedelta(days=3))
    assert [(each.version, each.calls) for each in since] == [("new", 1), ("old", 1)]
    assert tally(url, "another", "en") == []


def test_a_store_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"store\.url"):
        tally(f"sqlite:///{tmp_path}", "hotline", "en")


def test_differences_are_told_only_where_they_are_sure() -> None:
    assert difference(5, 10, 9, 10) is None
    assert difference(29, 29, 0, 1000) is None
    clear = difference(50, 100, 90, 100)
    assert clear
    assert clear.sure
    assert 0.25 < clear.low < 0.4 < clear.high < 0.55
    slight = difference(50, 100, 52, 100)
    assert slight
    assert not slight.sure


def test_published_example() -> None:
    """Newcombe 1998, table II, example (a), method 10: 56/70 against 48/80."""
    found = difference(48, 80, 56, 70)
    assert found
    assert (round(found.low, 4), round(found.high, 4)) == (0.0524, 0.3339)


@given(st.integers(FEWEST, 500), st.integers(FEWEST, 500), st.data())
def test_the_interval_holds_the_difference(first: int, second: int, data: st.DataObject) -> None:
    hits1, hits2 = data.draw(st.integers(0, first)), data.draw(st.integers(0, second))
    found = difference(hits1, first, hits2, second)
    assert found
    assert -1 - 1e-9 <= found.low <= hits2 / second - hits1 / first + 1e-9
    assert hits2 / second - hits1 / first - 1e-9 <= found.high <= 1 + 1e-9
    back = difference(hits2, second, hits1, first)
    assert back
    assert (back.low, back.high) == pytest.approx((-found.high, -found.low), abs=1e-9)


def test_sure_is_what_leaves_zero_out() -> None:
    assert [Difference(*pair).sure for pair in ((0.1, 0.2), (-0.2, -0.1), (-0.1, 0.1), (0.0, 0.1))] == [
        True, True, False, False,
    ]  # fmt: skip
