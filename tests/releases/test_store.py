"""What is kept of a release: all its files, whole, unchanged; whoever else writes at the same time."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ivr.located import YamlError
from ivr.releases.index import ReleaseError
from ivr.releases.store import Releases, version_of
from tests.releases.words import AT, load, release, word, write


@pytest.fixture
def releases(tmp_path: Path) -> Releases:
    return Releases(tmp_path / "releases", load)


def test_a_version_keeps_its_words_whatever_becomes_of_the_files(tmp_path: Path, releases: Releases) -> None:
    path = write(tmp_path, "一")
    version = release(releases, path)
    assert version == load(path).version
    write(tmp_path, "二")
    kept = releases.load(path, version)
    assert (word(kept), kept.version) == ("一", version)
    assert [os.access(file, os.X_OK) for file in kept.file.parent.iterdir()] == [False, False]
    assert {file.stat().st_mode & 0o222 for file in kept.file.parent.iterdir()} == {0}
    assert {file.name for file in releases.place(path).iterdir()} == {version, "index.json", ".lock"}


def test_a_path_may_be_written_in_any_way(
    tmp_path: Path, releases: Releases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    places = {
        releases.place(Path(path))
        for path in (
            "flows/a.yaml",
            "./flows/a.yaml",
            "flows/../flows/a.yaml",
            str(tmp_path / "flows/a.yaml"),
        )
    }
    assert places == {tmp_path / "releases" / "flows" / "a"}
    others = {releases.place(Path(path)) for path in ("flows-a.yaml", "flows/b.yaml", "../flows/a.yaml")}
    assert len(others - places) == 3


def test_a_recording_makes_a_version(tmp_path: Path, releases: Releases) -> None:
    (tmp_path / "wav").mkdir()
    recording = tmp_path / "wav" / "hello.wav"
    recording.write_bytes(b"one")
    path = write(tmp_path, "一", "wav/hello.wav")
    first = release(releases, path)
    recording.write_bytes(b"two")
    second = release(releases, path)
    assert first != second
    assert load(path).version not in (first, second)
    for version, content in ((first, b"one"), (second, b"two")):
        flow = releases.load(path, version)
        assert flow.version == version
        assert (flow.file.parent / "wav" / "hello.wav").read_bytes() == content


def test_a_recording_elsewhere_is_refused(tmp_path: Path, releases: Releases) -> None:
    (tmp_path / "flows").mkdir()
    (tmp_path / "hello.wav").write_bytes(b"one")
    path = write(tmp_path / "flows", "一", "../hello.wav")
    with pytest.raises(ReleaseError, match=r"part.yaml: recording '../hello.wav' does not stand below"):
        release(releases, path)


def test_a_version_that_was_changed_is_not_taken(tmp_path: Path, releases: Releases) -> None:
    path = write(tmp_path, "一")
    version = release(releases, path)
    part = releases.place(path) / version / "part.yaml"
    part.chmod(0o644)
    part.write_text(part.read_text("utf-8").replace("一", "二"), "utf-8")
    with pytest.raises(ReleaseError, match="was changed since its release"):
        releases.load(path, version)
    part.unlink()
    with pytest.raises(YamlError, match="part"):
        releases.load(path, version)


def test_a_file_that_changes_meanwhile_is_not_kept(tmp_path: Path, releases: Releases) -> None:
    path = write(tmp_path, "一")
    checked = load(path)
    write(tmp_path, "二")
    with pytest.raises(ReleaseError, match="was changed while"):
        releases.keep(path, checked)
    write(tmp_path, "[")
    with pytest.raises(YamlError):
        releases.keep(path, checked)
    assert releases.index(path) is None
    assert list(releases.place(path).iterdir()) == []


def test_an_unknown_version_and_a_broken_index_are_told(tmp_path: Path, releases: Releases) -> None:
    path = write(tmp_path, "一")
    with pytest.raises(ReleaseError, match="there is no version 'v1'"):
        releases.release(path, "v1", AT)
    with pytest.raises(ReleaseError, match="was never released"):
        releases.rollback(path, AT)
    release(releases, path)
    (releases.place(path) / "index.json").write_text("{")
    with pytest.raises(ReleaseError, match=r"index.json: cannot be read"):
        releases.index(path)


def test_a_change_is_seen_by_its_stamp(tmp_path: Path, releases: Releases) -> None:
    path = write(tmp_path, "一")
    stamps = [releases.stamp(path)]
    for text in ("二", "三"):
        write(tmp_path, text)
        release(releases, path)
        stamps.append(releases.stamp(path))
    releases.rollback(path, AT)
    stamps.append(releases.stamp(path))
    assert stamps[0] is None
    assert len(set(stamps)) == 4


def test_nothing_is_lost_when_many_release_at_once(tmp_path: Path, releases: Releases) -> None:
    path = write(tmp_path, "一")
    version = release(releases, path)
    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(releases.release, path, version, AT, 100, str(n)) for n in range(40)]:
            done.result()
    index = releases.index(path)
    assert index
    assert sorted(switch.note for switch in index.history[1:]) == sorted(map(str, range(40)))


def test_the_same_content_is_the_same_version(tmp_path: Path) -> None:
    assert version_of(load(write(tmp_path, "一"))) == version_of(load(write(tmp_path, "一")))
