"""Scenes by number enter worker processes; what every judge decided leaves, scored.

Each scene's audio is kept as var/bench/turns/HALF-CALLS/NNNN.wav (left the caller, right the bot): the
peers in their own environment read it there, and so may people.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from rich.progress import track

from bench import turn_peers
from bench.material import Half
from bench.turn_labels import Decisions, Scene
from bench.turn_ours import forget, ours, settings
from bench.turn_scenes import EVENTS_A_CALL, MIX, SceneMaker
from bench.turn_score import Outcome, Rates, score
from ivr.audio import write_wav

AUDIO = turn_peers.FOLDER.parent / "var" / "bench" / "turns"
PEERS = ("webrtcvad", "silero", "pipecat")
SHARE_OF_TURN_SCENES = 0.25
SWEPT = "floor_score"
"""the setting of config.Listen that trades yield against ignored backchannels"""
SWEEP_EVERY = 3
"""calls; callers take turns by 2 and languages by 10, so that these have all of them"""


@dataclass(slots=True)
class Score:
    """Of one judge over all scenes."""

    outcomes: list[Outcome] = field(default_factory=list)
    rates: Rates = field(default_factory=Rates)

    def add(self, judge: str, scene: Scene, made: Decisions) -> None:
        outcomes, rates = score(judge, scene, made)
        self.outcomes += outcomes
        self.rates.add(rates)


@dataclass(frozen=True, slots=True)
class Plan:
    half: Half
    calls: int
    turn_scenes: int
    jobs: int
    peers: bool
    swept: tuple[float, ...]
    """other values of SWEPT that ours is tried with, on some of the calls"""

    @property
    def numbers(self) -> range:
        return range(self.calls + self.turn_scenes)

    @property
    def folder(self) -> Path:
        """Of its audio: the same for runs that make the same scenes."""
        return AUDIO / f"{self.half}-{self.calls}"

    def wav(self, number: int) -> Path:
        return self.folder / f"{number:04d}.wav"

    @property
    def swept_calls(self) -> range:
        return range(0, self.calls, SWEEP_EVERY) if self.swept else range(0)


def swept_name(value: float) -> str:
    return f"ours {value:g}"


def plan(half: Half, events: int, jobs: int, peers: bool, swept: tuple[float, ...] = ()) -> Plan:
    """As many calls as have about so many events."""
    a_call = EVENTS_A_CALL * (1 - sum(mix[None] for mix in MIX.values()) / len(MIX))
    calls = max(2, -(-events // int(10 * a_call) * 10))
    return Plan(half, calls, max(3, round(SHARE_OF_TURN_SCENES * calls)), jobs, peers, swept)


def play(chosen: Plan) -> dict[str, Score]:
    """Every scene before every judge; ours with another value of SWEPT is a judge too (`swept_name`)."""
    chosen.folder.mkdir(parents=True, exist_ok=True)
    scenes: dict[Path, Scene] = {}
    judges = ["ours", *(PEERS if chosen.peers else ()), *map(swept_name, chosen.swept)]
    scores = {judge: Score() for judge in judges}
    with _pool(chosen) as pool:
        made = pool.map(_judge, chosen.numbers)
        for scene, by_judge in track(made, "scenes", total=len(chosen.numbers)):
            scenes[chosen.wav(scene.number)] = scene
            for judge, decisions in by_judge.items():
                scores[judge].add(judge, scene, decisions)
    if chosen.peers:
        for wav, decisions in _pipecat(list(scenes), chosen.jobs).items():
            scores["pipecat"].add("pipecat", scenes[wav], decisions)
    return scores


# --- in the workers ---------------------------------------------------------------------------------

_plans: list[Plan] = []
_makers: list[SceneMaker] = []


def _pool(chosen: Plan) -> ProcessPoolExecutor:
    os.environ["OMP_NUM_THREADS"] = "1"
    return ProcessPoolExecutor(chosen.jobs, initializer=_begin, initargs=(chosen,))


def _begin(chosen: Plan) -> None:
    _plans[:] = [chosen]
    _makers[:] = [SceneMaker(chosen.half, chosen.calls)]


def _judge(number: int) -> tuple[Scene, dict[str, Decisions]]:
    chosen = _plans[0]
    scene, (caller, bot) = _makers[0].scene(number)
    part = chosen.wav(number).with_suffix(f".{os.getpid()}")
    write_wav(part, np.column_stack((caller, bot)).tobytes(), channels=2)
    part.replace(chosen.wav(number))  # whole at once: another run may be reading it
    made = {"ours": ours(scene, caller, bot)}
    if number in chosen.swept_calls:
        for value in chosen.swept:
            listen = settings().listen.model_copy(update={SWEPT: value})
            made[swept_name(value)] = ours(scene, caller, bot, listen)
    forget()
    if chosen.peers:
        made |= {"webrtcvad": turn_peers.webrtc(caller), "silero": turn_peers.silero(caller)}
    return scene, made


def _pipecat(wavs: Sequence[Path], jobs: int) -> dict[Path, Decisions]:
    progress = iter(track(range(len(wavs)), "pipecat"))
    step: Callable[[], None] = lambda: next(progress, None)  # noqa: E731
    found = turn_peers.pipecat(wavs, jobs, step)
    step()
    return found
