"""python -m bench.speaker: how well a voice profile tells the caller from others, on people's recordings.

Each talker enrols with 3 s; then 0.3 to 1.2 s of the same talker and of others are compared, through
G.711. Every second person is for tuning, the others for the figures.
"""

from __future__ import annotations

import itertools
import sys
import time

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from audio_fixtures import telephone
from bench.result import SPEECH
from ivr.audio import RATE_HZ, read_wav
from ivr.listen import speaker
from ivr.listen.speaker import VoiceProfile

LENGTHS_S = (0.3, 0.6, 0.9, 1.2)


def people(half: int) -> dict[str, list[bytes]]:
    found: dict[str, list[bytes]] = {}
    for folder in ("talkers", "crowd"):
        for path in sorted((SPEECH / folder).glob("*.wav")):
            found.setdefault(path.stem.split("-")[0], []).append(read_wav(path))
    return {name: found[name] for name in sorted(found)[half::2]}


def through_the_line(samples: NDArray[np.int16]) -> bytes:
    return telephone.to_pcm16(telephone.g711(samples / 32768, "mu-law"))


def pieces(pcm16: bytes, seconds: float) -> list[bytes]:
    speech = speaker._active(pcm16)
    size = int(RATE_HZ * seconds)
    return [through_the_line(speech[at : at + size]) for at in range(0, len(speech) - size, size)]


def trials(half: int, seconds: float) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """(similarity, caller) of the same person and of others."""
    everybody = people(half)
    same, other = [], []
    for name, recordings in everybody.items():
        if len(recordings) < 2:
            continue
        profile = VoiceProfile()
        profile.enrol(recordings[0][: 2 * RATE_HZ * 3])
        for own in recordings[1:]:
            same += [profile.compare(piece) for piece in pieces(own, seconds)]
        strangers = [r[0] for n, r in everybody.items() if n != name]
        for stranger in strangers:
            other += [profile.compare(piece) for piece in pieces(stranger, seconds)[:4]]
    return [(s.similarity, s.caller) for s in same], [(s.similarity, s.caller) for s in other]


def equal_error(same: list[float], other: list[float]) -> tuple[float, float]:
    """Rate and threshold where as many of the caller's as of others' are judged wrongly."""
    best = min(
        (abs(np.mean(np.array(same) < t) - np.mean(np.array(other) >= t)), t) for t in np.unique(same + other)
    )[1]
    return float(np.mean(np.array(same) < best) + np.mean(np.array(other) >= best)) / 2, float(best)


def main() -> None:
    if not SPEECH.is_dir():
        sys.exit(f"no recordings of people in {SPEECH}: nothing can be measured")
    view = Table("half", "seconds", "same", "others", "equal error", "at similarity", box=None)
    for half, seconds in itertools.product((0, 1), LENGTHS_S):
        same, other = trials(half, seconds)
        rate, threshold = equal_error([s for s, _ in same], [s for s, _ in other])
        view.add_row(("tuning", "test")[half], f"{seconds}", str(len(same)), str(len(other)),
                     f"{rate:.1%}", f"{threshold:.3f}")  # fmt: skip
    Console().print(view)
    speech = np.frombuffer(next(iter(people(0).values()))[0], "<i2")
    speaker.embed(speech)
    start_s = time.process_time()
    for _ in range(50):
        speaker.embed(speech)
    print(f"one embedding of 1.2 s: {20 * (time.process_time() - start_s):.1f} ms of one core")


if __name__ == "__main__":
    main()
