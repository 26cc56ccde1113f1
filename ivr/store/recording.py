"""A call's audio enters frame by frame; a stereo WAV file leaves: caller left, bot right.

    frame() in the call's thread --> one second a piece --> writer thread --> DIR/2026-01-31/CALL.wav

Sample 160 * n of the file belongs to frame n of the journal. The length in the header is renewed
with every piece, so the file can be played while it grows and after the process was killed.
"""

from __future__ import annotations

import os
import queue
import re
import struct
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np

RATE_HZ = 8000
FRAME_BYTES = 320
PIECE_FRAMES = 50
WAITING_PIECES = 30
"""seconds of audio that wait for a slow disk before the recording ends"""
HEADER_BYTES = 44

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_CALL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_SILENCE = bytes(FRAME_BYTES)


def path_of(directory: Path, call: str, day: date) -> Path:
    """Where a call's recording lies: by day (UTC) and our own call id, never a caller's number."""
    if not _CALL.fullmatch(call):
        raise ValueError(f"call id '{call}' cannot be part of a file name")
    return directory / day.isoformat() / f"{call}.wav"


class Recorder:
    """One call's recording; used by the call's thread, which never waits for the disk.

    on_failure  told once, in the call's thread (by `frame` or `close`), why the recording ended
                early; what was written until then stays
    day         of the file's name (UTC); today if not given
    """

    def __init__(
        self,
        directory: Path,
        call: str,
        on_failure: Callable[[str], None],
        day: date | None = None,
    ) -> None:
        self.path = path_of(directory, call, day or datetime.now(UTC).date())
        self._on_failure = on_failure
        self._failure: str | None = None
        self._over = False
        self._heard: list[bytes] = []
        self._played: list[bytes] = []
        self._pieces: queue.Queue[bytes | None] = queue.Queue(WAITING_PIECES)
        self._writer = threading.Thread(target=self._run, name=f"recording {call}", daemon=True)
        self._writer.start()

    def frame(self, heard: bytes, played: bytes, secret: bool = False) -> None:
        """20 ms of both sides, pcm16.

        A secret frame is silent on both sides: the caller says or keys it, the bot reads it back,
        and an echo carries either one into the other's channel.
        """
        if self._over:
            return
        if self._failure is not None:
            self._fail(self._failure)
            return
        self._heard.append(_SILENCE if secret else heard)
        self._played.append(_SILENCE if secret else played)
        if len(self._heard) == PIECE_FRAMES:
            self._hand_over()

    def close(self, deadline_s: float = 2.0) -> None:
        """Write what waits. To be called before `call.ended` is written, as it may report."""
        if not self._over and self._heard:
            self._hand_over()
        try:
            self._pieces.put(None, timeout=deadline_s)
        except queue.Full:
            self._failure = self._failure or "the disk is too slow"
        else:
            self._writer.join(deadline_s)
            if self._writer.is_alive():
                self._failure = self._failure or "the disk is too slow"
        if self._failure is not None and not self._over:
            self._fail(self._failure)
        self._over = True

    def _hand_over(self) -> None:
        piece = interleave(b"".join(self._heard), b"".join(self._played))
        self._heard.clear()
        self._played.clear()
        try:
            self._pieces.put_nowait(piece)
        except queue.Full:
            self._fail("the disk is too slow")

    def _fail(self, reason: str) -> None:
        self._over = True
        self._heard.clear()
        self._played.clear()
        self._on_failure(reason)

    def _run(self) -> None:
        try:
            self._write()
        except OSError as error:
            self._failure = f"cannot write {self.path}: {error.strerror}"
            while self._pieces.get() is not None:
                pass  # until `close`, which must find room for its end mark

    def _write(self) -> None:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            length = 0
            _write_all(file, header(length), 0)
            while (piece := self._pieces.get()) is not None:
                _write_all(file, piece, HEADER_BYTES + length)
                length += len(piece)
                _write_all(file, header(length), 0)
        finally:
            os.close(file)


def interleave(left: bytes, right: bytes) -> bytes:
    """Two mono pcm16 of one length as one stereo."""
    stereo = np.column_stack((np.frombuffer(left, "<i2"), np.frombuffer(right, "<i2")))
    return stereo.tobytes()


def header(data_bytes: int) -> bytes:
    """WAV header of 16-bit stereo PCM at 8 kHz (Multimedia Programming Interface 1.0, 1991)."""
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF", HEADER_BYTES - 8 + data_bytes, b"WAVE",
        b"fmt ", 16, 1, 2, RATE_HZ, RATE_HZ * 4, 4, 16,
        b"data", data_bytes,
    )  # fmt: skip


def repair(directory: Path) -> list[Path]:
    """Give recordings whose process was killed the header of their real length; tells which.

    Recordings that grow at this moment are not harmed: their writer renews the header.
    """
    repaired = []
    for _, path in _recordings(directory):
        with path.open("r+b") as file:
            found = file.read(HEADER_BYTES)
            # whole frames of both sides: the kill may have come in the middle of a write
            frame_count = max(0, path.stat().st_size - HEADER_BYTES) // (2 * FRAME_BYTES)
            data_bytes = frame_count * 2 * FRAME_BYTES
            right = header(data_bytes)
            ours = len(found) < HEADER_BYTES or (found[8:40] == right[8:40] and found[:4] == b"RIFF")
            if ours and found != right:
                file.seek(0)
                file.write(right)
                repaired.append(path)
    return repaired


def prune(directory: Path, days: int) -> list[Path]:
    """Delete the recordings of days that lie more than `days` back; tells which files."""
    limit = datetime.now(UTC).date() - timedelta(days=days)
    deleted = []
    for day, path in _recordings(directory):
        if day < limit:
            path.unlink()
            deleted.append(path)
    for folder in {path.parent for path in deleted}:
        if not any(folder.iterdir()):
            folder.rmdir()
    return deleted


def _recordings(directory: Path) -> Iterator[tuple[date, Path]]:
    for path in sorted(directory.glob("*/*.wav")):
        if _DAY.fullmatch(path.parent.name) and path.is_file():
            yield date.fromisoformat(path.parent.name), path


def _write_all(file: int, data: bytes, offset: int) -> None:
    """A nearly full disk takes a part of the data before it reports the error."""
    while data:
        written = os.pwrite(file, data, offset)
        data, offset = data[written:], offset + written
