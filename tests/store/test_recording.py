from __future__ import annotations

import stat
import subprocess
import sys
import threading
import wave
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.store import recording
from ivr.store.recording import PIECE_FRAMES, Recorder, header, path_of, prune, repair


def tone(value: int) -> bytes:
    return np.full(160, value, "<i2").tobytes()


def read(path: Path) -> np.ndarray:
    """Frames x 160 samples x 2 channels."""
    with wave.open(str(path)) as wav:
        assert (wav.getnchannels(), wav.getsampwidth(), wav.getframerate()) == (2, 2, 8000)
        data = wav.readframes(wav.getnframes())
        assert len(data) == 4 * wav.getnframes(), "the header promises no more than there is"
    return np.frombuffer(data, "<i2").reshape(-1, 160, 2)


def no_failure(reason: str) -> None:
    pytest.fail(reason)


def test_caller_left_bot_right_every_frame_in_its_place(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, "c1", no_failure)
    for n in range(2 * PIECE_FRAMES + 7):
        recorder.frame(tone(n), tone(-n))
    recorder.close()
    frames = read(recorder.path)
    assert len(frames) == 2 * PIECE_FRAMES + 7
    for n, frame in enumerate(frames):
        assert (frame[:, 0] == n).all()
        assert (frame[:, 1] == -n).all()


def test_files_are_named_by_day_and_call_for_their_owner_only(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "rec", "c1", no_failure)
    recorder.close()
    day = datetime.now(UTC).date()
    assert recorder.path in [tmp_path / "rec" / str(d) / "c1.wav" for d in (day, day - timedelta(days=1))]
    assert stat.S_IMODE(recorder.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(recorder.path.parent.stat().st_mode) == 0o700
    assert len(read(recorder.path)) == 0


@pytest.mark.parametrize("call", ["", "../c1", "a/b", ".hidden", "a\0b"])
def test_a_call_id_that_leaves_the_folder_is_refused(tmp_path: Path, call: str) -> None:
    with pytest.raises(ValueError, match="file name"):
        path_of(tmp_path, call, datetime.now(UTC).date())


@settings(max_examples=25, deadline=None)
@given(secrets=st.lists(st.booleans(), max_size=2 * PIECE_FRAMES + 5))
def test_secret_frames_are_silent_on_both_sides_and_only_they(
    tmp_path_factory: pytest.TempPathFactory, secrets: list[bool]
) -> None:
    recorder = Recorder(tmp_path_factory.mktemp("rec"), "c1", no_failure)
    for secret in secrets:
        recorder.frame(tone(1000), tone(2000), secret)
    recorder.close()
    frames = read(recorder.path)
    assert len(frames) == len(secrets)
    for frame, secret in zip(frames, secrets, strict=True):
        assert (frame == ([0, 0] if secret else [1000, 2000])).all()


def test_a_folder_that_cannot_be_made_ends_the_recording_once(tmp_path: Path) -> None:
    (tmp_path / "rec").write_text("a file stands in the way")
    failures: list[str] = []
    recorder = Recorder(tmp_path / "rec", "c1", failures.append)
    for _ in range(3 * PIECE_FRAMES):
        recorder.frame(tone(1), tone(2))
    recorder.close()
    recorder.close()
    assert len(failures) == 1
    assert str(recorder.path) in failures[0]


def test_an_old_recording_is_never_overwritten(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, "c1", no_failure)
    recorder.frame(tone(1), tone(2))
    recorder.close()
    failures: list[str] = []
    second = Recorder(tmp_path, "c1", failures.append)
    second.frame(tone(3), tone(4))
    second.close()
    assert "File exists" in failures[0]
    assert (read(recorder.path) == [1, 2]).all()


def test_a_disk_that_hangs_ends_the_recording_but_never_the_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk_moves = threading.Event()
    write = recording._write_all

    def hang(file: int, data: bytes, offset: int) -> None:
        assert disk_moves.wait(60)
        write(file, data, offset)

    monkeypatch.setattr(recording, "_write_all", hang)
    monkeypatch.setattr(recording, "WAITING_PIECES", 2)
    failures: list[str] = []
    recorder = Recorder(tmp_path, "c1", failures.append)
    for _ in range(20 * PIECE_FRAMES):
        recorder.frame(tone(1), tone(2))
    assert failures == ["the disk is too slow"]
    recorder.close(deadline_s=0.05)
    disk_moves.set()
    recorder.close(deadline_s=30)
    assert failures == ["the disk is too slow"]
    assert len(read(recorder.path)) == 2 * PIECE_FRAMES


FULL_DISK = """
import resource, sys
from pathlib import Path
from ivr.store.recording import Recorder
resource.setrlimit(resource.RLIMIT_FSIZE, (100_001, -1))
failures = []
recorder = Recorder(Path(sys.argv[1]), "c1", failures.append)
for _ in range(50 * 10):
    recorder.frame(bytes(320), bytes(320))
recorder.close()
assert len(failures) == 1, failures
print(failures[0])
"""


def test_a_full_disk_ends_the_recording_and_leaves_a_valid_file(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "cannot write" in done.stdout
    (path,) = tmp_path.glob("*/c1.wav")
    assert len(read(path)) == 3 * PIECE_FRAMES


ENDLESS = """
import sys, time
from pathlib import Path
from ivr.store.recording import Recorder
recorder = Recorder(Path(sys.argv[1]), "c1", lambda reason: sys.exit(reason))
for n in range(50 * 20):
    recorder.frame(bytes([1, 0]) * 160, bytes([2, 0]) * 160)
deadline = time.monotonic() + 30
while not recorder.path.exists() or recorder.path.stat().st_size < 32_000 * 5:
    assert time.monotonic() < deadline
    time.sleep(0.001)
print(recorder.path, flush=True)
sys.stdin.read()
"""


def test_a_killed_process_leaves_a_valid_file(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", ENDLESS, str(tmp_path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    path = Path(process.stdout.readline().strip())
    process.kill()
    process.communicate(timeout=30)
    assert len(read(path)) >= 4 * PIECE_FRAMES, "readable without repair"
    repair(tmp_path)
    frames = read(path)
    assert len(frames) >= 4 * PIECE_FRAMES
    assert (frames == [1, 2]).all()


def day_file(directory: Path, days_ago: int, name: str, content: bytes) -> Path:
    path = directory / str(datetime.now(UTC).date() - timedelta(days=days_ago)) / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return path


def test_repair_mends_cut_files_and_touches_no_others(tmp_path: Path) -> None:
    audio = (tone(1) + tone(2)) * 10
    short = day_file(tmp_path, 0, "short.wav", header(640) + audio + b"x")  # one torn byte at the end
    empty = day_file(tmp_path, 0, "empty.wav", header(0)[:20])
    right = day_file(tmp_path, 1, "right.wav", header(len(audio)) + audio)
    mono = bytearray(header(640) + audio)
    mono[22] = 1
    foreign = day_file(tmp_path, 0, "foreign.wav", bytes(mono))

    assert set(repair(tmp_path)) == {short, empty}
    assert repair(tmp_path) == []
    assert len(read(short)) == 10
    assert len(read(empty)) == 0
    assert right.read_bytes() == header(len(audio)) + audio
    assert foreign.read_bytes() == bytes(mono)


def test_prune_goes_by_day_and_removes_empty_folders(tmp_path: Path) -> None:
    old = day_file(tmp_path, 31, "old.wav", b"")
    note = day_file(tmp_path, 32, "note.txt", b"")
    older = day_file(tmp_path, 32, "older.wav", b"")
    new = day_file(tmp_path, 30, "new.wav", b"")
    (tmp_path / "other").mkdir()
    other = tmp_path / "other" / "mine.wav"
    other.write_bytes(b"")

    assert set(prune(tmp_path, 30)) == {old, older}
    assert not old.parent.exists()
    assert note.exists() and new.exists() and other.exists()
    assert prune(tmp_path / "missing", 30) == []
