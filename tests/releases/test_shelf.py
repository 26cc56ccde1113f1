"""What calls of a running process get: releases as they come, and the version before where one fails."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from ivr.flow.flow import Flow
from ivr.located import YamlError
from ivr.releases.shelf import Shelf
from ivr.releases.store import Releases
from ivr.tts.spoken import say_as
from tests.releases.words import AT, load, release, word, write


class Running:
    """A process that has one flow."""

    def __init__(self, releases: Releases, path: Path) -> None:
        self.readied: list[str] = []
        self.errors = 0
        self.path = path
        self.shelf = Shelf([path], releases, load, say_as, self._ready, self._failed)

    def _ready(self, flow: Flow) -> None:
        self.readied.append(word(flow))

    def _failed(self) -> None:
        self.errors += 1

    def says(self, call: str = "c") -> str:
        return word(self.shelf.engine(self.path, call).flow)

    def looks(self) -> Running:
        self.shelf.look()
        return self

    def shares(self) -> dict[str, int]:
        return Counter(self.says(f"call {number}") for number in range(1000))


@pytest.fixture
def releases(tmp_path: Path) -> Releases:
    return Releases(tmp_path / "releases", load)


def broken(releases: Releases, path: Path, version: str) -> None:
    part = releases.place(path) / version / "part.yaml"
    part.chmod(0o644)
    part.write_text("not: a flow")


def test_without_a_release_the_file_runs_as_it_was_at_the_start(tmp_path: Path, releases: Releases) -> None:
    running = Running(releases, write(tmp_path, "一"))
    write(tmp_path, "二")
    assert running.looks().says() == "一"
    assert running.errors == 0


def test_calls_get_releases_and_rollbacks_and_keep_what_they_began_with(
    tmp_path: Path, releases: Releases
) -> None:
    path = write(tmp_path, "一")
    running = Running(releases, path)
    first = running.shelf.engine(path, "c")
    release(releases, path)
    assert running.looks().shelf.engine(path, "c") is first  # the very same version
    write(tmp_path, "二")
    release(releases, path)
    assert running.says() == "一"  # not before it has looked
    assert running.looks().says() == "二"
    assert word(first.flow) == "一"
    releases.rollback(path, AT)
    assert running.looks().says() == "一"
    assert running.readied == ["一", "二", "一"]
    assert running.errors == 0


def test_a_share_of_the_calls_tries_a_version(tmp_path: Path, releases: Releases) -> None:
    path = write(tmp_path, "一")
    release(releases, path)
    running = Running(releases, path)
    write(tmp_path, "二")
    version = release(releases, path, percent=50)
    shares = running.looks().shares()
    assert 450 < shares["二"] < 550
    assert Running(releases, path).shares() == shares  # another process decides alike
    assert [word(flow) for flow in running.shelf.flows()] == ["一", "二"]
    releases.release(path, version, AT)
    assert running.looks().shares() == {"二": 1000}
    assert running.readied == ["一", "二"]


def test_what_cannot_be_loaded_changes_nothing_for_calls(tmp_path: Path, releases: Releases) -> None:
    path = write(tmp_path, "一")
    release(releases, path)
    running = Running(releases, path)
    write(tmp_path, "二")
    second = release(releases, path)
    broken(releases, path, second)
    assert running.looks().says() == "一"
    assert running.errors == 1
    assert running.looks().errors == 1  # told once
    releases.rollback(path, AT)
    write(tmp_path, "三")
    broken(releases, path, release(releases, path, percent=50))
    assert running.looks().shares() == {"一": 1000}
    assert running.errors == 2
    (releases.place(path) / "index.json").write_text("{")
    assert running.looks().says() == "一"
    (releases.place(path) / "index.json").unlink()
    assert running.looks().says() == "一"
    assert running.errors == 4


def test_a_start_falls_back_to_what_can_be_loaded(tmp_path: Path, releases: Releases) -> None:
    path = write(tmp_path, "一")
    first = release(releases, path)
    write(tmp_path, "二")
    broken(releases, path, release(releases, path))
    write(tmp_path, "三")
    broken(releases, path, release(releases, path, percent=90))
    running = Running(releases, path)
    assert running.shares() == {"一": 1000}
    assert running.errors == 2
    broken(releases, path, first)
    assert Running(releases, path).says() == "三"  # the file itself
    write(tmp_path, "[")
    with pytest.raises(YamlError):
        Running(releases, path)


def test_a_failure_while_it_is_made_ready_is_one_too(tmp_path: Path, releases: Releases) -> None:
    path = write(tmp_path, "一")
    running = Running(releases, path)
    write(tmp_path, "二")
    release(releases, path)

    def fails(flow: Flow) -> None:
        raise RuntimeError("no room")

    running.shelf._make_ready = fails
    assert running.looks().says() == "一"
    assert running.errors == 1
