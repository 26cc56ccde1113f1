"""What new calls get, after any releases and rollbacks."""

from __future__ import annotations

from collections import Counter
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.releases.index import Index, ReleaseError, from_json, released, rolled_back, to_json

AT = "2026-11-25T10:00:00+00:00"
VERSIONS = st.sampled_from(["v1", "v2", "v3"])
CHANGES = st.lists(
    st.tuples(VERSIONS, st.integers(1, 100)) | st.none(),  # None: a rollback
    max_size=12,
)


def changed(index: Index, change: tuple[str, int] | None) -> Index:
    try:
        return rolled_back(index, AT) if change is None else released(index, change[0], AT, change[1])
    except ReleaseError:
        return index


def after(changes: list[tuple[str, int] | None]) -> Index:
    index = released(Index(), "v0", AT, note="首发")
    for change in changes:
        index = changed(index, change)
    return index


@given(CHANGES)
def test_calls_get_what_was_released(changes: list[tuple[str, int] | None]) -> None:
    index = after(changes)
    shares = {version: index.percent_of(version) for version in index.versions}
    assert sum(shares.values()) == 100
    got = {index.chosen(f"call {number}") for number in range(300)}
    assert got <= {version for version, percent in shares.items() if percent}
    assert index.trial != index.current
    assert from_json(to_json(index)) == index


@given(CHANGES, VERSIONS, st.integers(1, 100))
def test_a_rollback_undoes_the_last_release(
    changes: list[tuple[str, int] | None], version: str, percent: int
) -> None:
    before = after(changes)
    try:
        now = released(before, version, AT, percent)
    except ReleaseError:
        return
    if version == before.current:  # it ended a trial at most
        assert (now.current, now.past, now.trial) == (before.current, before.past, "")
        return
    back = rolled_back(now, AT)
    assert (back.current, back.past, back.trial) == (before.current, before.past, "")


def test_back_step_by_step_as_far_as_there_is() -> None:
    index = after([("v1", 100), ("v2", 100), ("v3", 20)])
    came = []
    for _ in range(3):
        index = rolled_back(index, AT)
        came.append(index.current)
    assert came == ["v2", "v1", "v0"]
    with pytest.raises(ReleaseError, match="no version before v0"):
        rolled_back(index, AT)
    assert [switch.back for switch in index.history] == [False] * 4 + [True] * 3


def test_a_trial_needs_another_version_for_the_other_calls() -> None:
    with pytest.raises(ReleaseError, match="without --percent first"):
        released(Index(), "v1", AT, 20)
    with pytest.raises(ReleaseError, match="already"):
        released(after([]), "v0", AT, 20)


@given(st.integers(1, 99))
def test_a_share_is_kept_to_and_grows_with_the_percent(percent: int) -> None:
    calls = [f"20261125-1000{number:02}-{number:08x}" for number in range(2000)]
    index = after([("v1", percent)])
    got = Counter(map(index.chosen, calls))
    assert abs(got["v1"] / len(calls) - percent / 100) < 0.05
    wider = after([("v1", min(99, percent + 10))])
    assert {c for c in calls if index.chosen(c) == "v1"} <= {c for c in calls if wider.chosen(c) == "v1"}


@given(st.text())
def test_any_call_gets_a_version(call: str) -> None:
    index = after([("v1", 50)])
    assert index.chosen(call) == index.chosen(call)
    assert index.chosen(call) in ("v0", "v1")


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", "null", '{"history": [], "past": []}', '{"history": 1}']
)
def test_what_is_no_index_is_told(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        from_json(text)


def test_every_change_stands_in_the_history() -> None:
    numbers = count()
    index = Index()
    for version in ("a", "b"):
        index = released(index, version, f"day {next(numbers)}", note=f"note {version}")
    index = rolled_back(index, f"day {next(numbers)}", "worse")
    assert [(s.at, s.version, s.note) for s in index.history] == [
        ("day 0", "a", "note a"), ("day 1", "b", "note b"), ("day 2", "a", "worse"),
    ]  # fmt: skip
