"""Our own call loop as a judge: a scene's two channels enter, its journal's decisions leave."""

from __future__ import annotations

import functools
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from bench.turn_labels import Decisions, Scene, Stop, TurnEnd
from bench.turn_scenes import hotline
from ivr import config
from ivr.asr import engines as recognisers
from ivr.audio import FRAME_MS
from ivr.events import Frame, Grammar, Kind, ListenEvent
from ivr.listen.listener import Listener
from ivr.replay.recorded import judge_recording
from ivr.rooms import Recogniser

Samples = NDArray[np.int16]
GOES_ON = (Kind.PROMPT_STARTED, Kind.PROMPT_RESUMED, Kind.CALL_ENDED)
"""after a stop the voice talks again"""


@functools.cache
def settings() -> config.Settings:
    return config.load(Path("config.yaml"))


@functools.cache
def recogniser() -> Recogniser:
    """Decodes the same audio once: other settings often cut the same utterances."""
    made: Any = recognisers.create(settings().asr)
    decode = made.read

    def read(utterance: int, pcm16: bytes, grammar: Grammar) -> Any:
        key = hash((pcm16, grammar))
        if key not in _decoded:
            _decoded[key] = decode(utterance, pcm16, grammar)
        found = _decoded[key]
        return replace(found, transcript=replace(found.transcript, utterance=utterance))

    made.read = read
    return cast(Recogniser, made)


_decoded: dict[int, Any] = {}


def forget() -> None:
    """What was decoded: after a scene nothing comes again."""
    _decoded.clear()


def ours(scene: Scene, caller: Samples, bot: Samples, listen: config.Listen | None = None) -> Decisions:
    """`listen` instead of the settings' own."""
    used = settings() if listen is None else settings().model_copy(update={"listen": listen})
    expectation = hotline().expectation(scene.step)
    entries = judge_recording(caller.tobytes(), bot.tobytes(), expectation, used, recogniser())
    return read(entries)


def read(entries: Iterable[tuple[int, Kind, dict[str, Any]]]) -> Decisions:
    """A decision of frame `at` is made when that frame is complete."""
    found = Decisions([], [], [])
    stopped: tuple[float, dict[str, Any]] | None = None
    for at, kind, data in entries:
        if kind is Kind.ERROR:
            raise RuntimeError(f"the call loop failed in frame {at} ({data}): no figure would be right")
        now_ms = float((at + 1) * FRAME_MS)
        if kind is Kind.BARGE_IN and data.get("by") == "speech" and stopped is None:
            stopped = now_ms, data
        elif kind in GOES_ON and stopped:
            found.stops.append(Stop(stopped[0], now_ms, stopped[1]))
            stopped = None
        elif kind is Kind.SPEECH_ENDED and data.get("reason") in ("silence", "too_long"):
            found.ends.append(TurnEnd(now_ms, data))
        elif kind is Kind.SPEECH_IGNORED:
            onset_ms, end_ms = (float(data[key] * FRAME_MS) for key in ("onset_at", "end_at"))
            found.ignored.append((onset_ms, end_ms, data))
    return found


class Cost:
    """Processor time within Listener.frame while this is entered: the whole listening chain, without the
    recogniser."""

    def __enter__(self) -> Cost:
        self.used_s, self.frames = 0.0, 0
        self._frame = Listener.frame
        original = self._frame

        def timed(listener: Listener, frame: Frame) -> list[ListenEvent]:
            began_s = time.process_time()
            events = original(listener, frame)
            self.used_s += time.process_time() - began_s
            self.frames += 1
            return events

        Listener.frame = timed  # type: ignore[method-assign]
        return self

    def __exit__(self, *_: object) -> None:
        Listener.frame = self._frame  # type: ignore[method-assign]

    @property
    def percent(self) -> float:
        return 100 * self.used_s / (self.frames * FRAME_MS / 1000)
