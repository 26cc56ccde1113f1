"""Messages that callers leave: a box, a call and its audio enter; a WAV file in the box's folder leaves."""

from __future__ import annotations

from pathlib import Path

from ivr.audio import write_wav


def keep(folder: Path, box: str, call: str, pcm16: bytes) -> str:
    """The file; only its owner may read it. Several messages of one call are numbered."""
    boxed = folder / box
    boxed.mkdir(parents=True, exist_ok=True, mode=0o700)
    number = 1
    while (path := boxed / f"{call}-{number}.wav").exists():
        number += 1
    part = path.with_suffix(".part")
    part.touch(mode=0o600)
    write_wav(part, pcm16)
    part.replace(path)
    return str(path)
