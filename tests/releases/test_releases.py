"""Versions of flows: what is kept, what a call gets, what a broken release changes (nothing)."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.flow.flow import Flow
from ivr.flow.loader import Links, load
from ivr.releases import compare
from ivr.releases.shelf import Shelf
from ivr.releases.store import Index, ReleaseError, Releases
from ivr.tts.spoken import say_as

AT = "2026-11-25T10:00:00+00:00"


def write(folder: Path, word: str) -> Path:
    """A flow and one that it calls, which says the word."""
    main = folder / "main.yaml"
    main.write_text(
        "flow: main\nlanguage: en\nstart: a\nsteps:\n  a: {flow: part, next: b}\n  b: {hang_up: done}\n"
    )
    text = (
        f"flow: part\nlanguage: en\nstart: a\nsteps:\n  a: {{say: {word}., next: b}}\n  b: {{return: {{}}}}\n"
    )
    (folder / "part.yaml").write_text(text)
    return main


def flow(path: Path) -> Flow:
    return load(path, say_as)


def words(flow: Flow) -> list[str]:
    return [prompt.text for step in flow.flows["part"].steps.values() for prompt in getattr(step, "say", ())]


@pytest.fixture
def releases(tmp_path: Path) -> Releases:
    return Releases(tmp_path / "releases")


def shelf(path: Path, releases: Releases) -> Shelf:
    return Shelf([path], releases, Links(), say_as)


def test_without_a_release_the_file_runs(tmp_path: Path, releases: Releases) -> None:
    path = write(tmp_path, "one")
    assert words(shelf(path, releases).engine(path, "c").flow) == ["one."]


def test_a_release_keeps_its_words_whatever_becomes_of_the_file(tmp_path: Path, releases: Releases) -> None:
    path = write(tmp_path, "one")
    releases.release(path, flow(path), AT, 100, "first")
    write(tmp_path, "two")
    running = shelf(path, releases)
    assert words(running.engine(path, "c").flow) == ["one."]
    releases.release(path, flow(path), AT, 100, "second")
    old = running.engine(path, "c")
    running.look()
    assert words(running.engine(path, "c").flow) == ["two."]
    assert words(old.flow) == ["one."]  # a call keeps what it began with
    releases.rollback(path)
    running.look()
    assert words(running.engine(path, "c").flow) == ["one."]


def test_a_share_of_the_calls_tries_a_version(tmp_path: Path, releases: Releases) -> None:
    path = write(tmp_path, "one")
    with pytest.raises(ReleaseError, match="without --percent first"):
        releases.release(path, flow(path), AT, 20, "")
    releases.release(path, flow(path), AT, 100, "")
    write(tmp_path, "two")
    releases.release(path, flow(path), AT, 20, "")
    running = shelf(path, releases)
    got = [words(running.engine(path, f"call {n}").flow)[0] for n in range(500)]
    assert 60 <= got.count("two.") <= 140
    assert got == [words(running.engine(path, f"call {n}").flow)[0] for n in range(500)]
    releases.rollback(path)
    running.look()
    assert {words(running.engine(path, f"call {n}").flow)[0] for n in range(50)} == {"one."}


def test_what_cannot_be_loaded_changes_nothing(tmp_path: Path, releases: Releases) -> None:
    path = write(tmp_path, "one")
    releases.release(path, flow(path), AT, 100, "")
    errors: list[int] = []
    running = Shelf([path], releases, Links(), say_as, on_error=lambda: errors.append(1))
    write(tmp_path, "two")
    index = releases.release(path, flow(path), AT, 100, "")
    (releases.file(path, index.current).parent / "part.yaml").write_text("not: a flow")
    running.look()
    assert words(running.engine(path, "c").flow) == ["one."]
    assert errors == [1]
    releases.index_file(path).write_text("{")
    running.look()
    assert words(running.engine(path, "c").flow) == ["one."]


def test_going_back_further_than_there_is(tmp_path: Path, releases: Releases) -> None:
    path = write(tmp_path, "one")
    with pytest.raises(ReleaseError, match="was never released"):
        releases.rollback(path)
    for word in ("one", "two", "three"):
        write(tmp_path, word)
        releases.release(path, flow(path), AT, 100, word)
    current = [releases.rollback(path).current for _ in range(2)]
    index = releases.index(path)
    assert index is not None
    assert [release.note for release in index.history] == ["one", "two", "three"]
    assert current == [index.history[1].version, index.history[0].version]
    with pytest.raises(ReleaseError, match="no version before"):
        releases.rollback(path)


def test_recordings_belong_to_the_version(tmp_path: Path, releases: Releases) -> None:
    path = tmp_path / "main.yaml"
    (tmp_path / "wav").mkdir()
    (tmp_path / "wav" / "hello.wav").write_bytes(b"RIFF")
    path.write_text(
        "flow: main\nlanguage: en\nstart: a\nsteps:\n"
        "  a: {say: {text: Hello., recording: wav/hello.wav}, next: b}\n  b: {hang_up: done}\n"
    )
    index = releases.release(path, flow(path), AT, 100, "")
    assert (releases.file(path, index.current).parent / "wav" / "hello.wav").read_bytes() == b"RIFF"


@given(st.text(min_size=1), st.integers(0, 100))
def test_a_call_gets_one_of_the_two(call: str, percent: int) -> None:
    index = Index("x", current="old", trial="new", percent=percent)
    assert index.chosen(call) == index.chosen(call)
    assert index.chosen(call) in ("old", "new")
    assert Index("x", current="old", trial="new", percent=100).chosen(call) == "new"


def test_versions_are_told_apart_only_where_it_is_sure() -> None:
    calls = [compare.Ended("old", "contained" if n % 2 else "transferred", 4, 1) for n in range(100)]
    calls += [compare.Ended("new", "contained" if n % 10 else "no_match", 4, 0) for n in range(100)]
    old, new = compare.count(calls)
    assert (old.contained, old.handed_over, new.contained) == (50, 50, 90)
    assert (old.no_match_share, new.no_match_share) == (0.25, 0.0)
    low, high = compare.difference(old.contained, old.calls, new.contained, new.calls) or (0, 0)
    assert 0.25 < low < 0.4 < high < 0.55
    assert compare.difference(5, 10, 9, 10) is None


@given(st.integers(30, 500), st.integers(30, 500), st.data())
def test_the_interval_holds_the_difference(first: int, second: int, data: st.DataObject) -> None:
    hits1, hits2 = data.draw(st.integers(0, first)), data.draw(st.integers(0, second))
    low, high = compare.difference(hits1, first, hits2, second) or (0, 0)
    assert -1 - 1e-9 <= low <= hits2 / second - hits1 / first + 1e-9
    assert hits2 / second - hits1 / first - 1e-9 <= high <= 1 + 1e-9
