"""The peers: a caller's channel enters, when each of them takes somebody to be speaking leaves.

webrtcvad   aggressiveness 2; 200 ms of voiced frames in a row start, 800 ms of unvoiced ones stop
silero      the network alone, at 8 kHz; the same times, probability 0.5
pipecat     its own Silero analyser with its defaults, its local smart-turn for the end of a turn; in an
            environment of its own (turn_pipecat.py)

A start while the bot talks is a stop of the voice, as in the frameworks that ship them.
"""

from __future__ import annotations

import json
import os
import subprocess
import venv
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import webrtcvad
from numpy.typing import NDArray

from bench.turn_labels import Decisions, Stop, TurnEnd
from ivr.listen.silero import CHUNK_SAMPLES, Silero

FOLDER = Path(__file__).parent
ENVIRONMENT = FOLDER.parent / "var" / "bench" / "peers"
LOCK = FOLDER / "peers.lock"
START_MS, STOP_MS = 200, 800
RATE_HZ = 8000

Samples = NDArray[np.int16]


def webrtc(caller: Samples) -> Decisions:
    detector = webrtcvad.Vad(2)
    frames = caller[: len(caller) // 160 * 160].reshape(-1, 160)
    voiced = [detector.is_speech(frame.tobytes(), RATE_HZ) for frame in frames]
    return decisions(speaking(voiced, 20, START_MS, STOP_MS))


def silero(caller: Samples) -> Decisions:
    return decisions(speaking([p >= 0.5 for p in silero_probabilities(caller)], 32, START_MS, STOP_MS))


def speaking(voiced: Sequence[bool], frame_ms: int, start_ms: int, stop_ms: int) -> list[tuple[float, float]]:
    """From the decision that somebody speaks to the decision that he has stopped."""
    start, stop = -(-start_ms // frame_ms), -(-stop_ms // frame_ms)
    found: list[tuple[float, float]] = []
    run, began = 0, -1.0
    for number, voice in enumerate(voiced):
        end_ms = (number + 1) * frame_ms
        run = run + 1 if voice == (began < 0) else 0
        if began < 0 and run >= start:
            began, run = end_ms, 0
        elif began >= 0 and run >= stop:
            found.append((began, end_ms))
            began, run = -1.0, 0
    return [*found, (began, len(voiced) * frame_ms)] if began >= 0 else found


def decisions(segments: Sequence[tuple[float, float]], ends_ms: Sequence[float] | None = None) -> Decisions:
    ends = [end for _, end in segments] if ends_ms is None else ends_ms
    return Decisions([Stop(start, end) for start, end in segments], [TurnEnd(end) for end in ends])


def silero_probabilities(caller: Samples) -> list[float]:
    """One for each chunk of 32 ms."""
    detector = Silero()
    chunks = caller[: len(caller) // CHUNK_SAMPLES * CHUNK_SAMPLES].reshape(-1, CHUNK_SAMPLES)
    return [detector(chunk.tobytes()) for chunk in chunks]


# --- pipecat ---------------------------------------------------------------------------------------


def prepared() -> Path:
    """The peers' Python, with what the lock file names; made when that has changed."""
    python, done = ENVIRONMENT / "bin" / "python", ENVIRONMENT / "installed"
    if not done.exists() or done.read_text() != LOCK.read_text():
        print(f"installing the peers in {ENVIRONMENT.relative_to(FOLDER.parent)} ...", flush=True)
        venv.create(ENVIRONMENT, clear=True, with_pip=True)
        pip = [str(python), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
        subprocess.run([*pip, "--no-deps", "-r", str(LOCK)], check=True)
        done.write_text(LOCK.read_text())
    return python


def pipecat(wavs: Sequence[Path], processes: int, done: Callable[[], None]) -> dict[Path, Decisions]:
    """The left channels of the files; `done` is called after each."""
    python = prepared()
    running = []
    for number in range(processes):
        command = [str(python), str(FOLDER / "turn_pipecat.py"), *map(str, wavs[number::processes])]
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "LOGURU_LEVEL": "ERROR"}
        running.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment))
    found = {}
    for process in running:
        assert process.stdout
        for line in process.stdout:
            told: dict[str, Any] = json.loads(line)
            segments = [(float(a), float(b)) for a, b in told["speaking"]]
            found[Path(told["wav"])] = decisions(segments, told["ends"])
            done()
        if process.wait():
            raise RuntimeError("the pipecat peer ended with an error; its message is above")
    return found
