"""Runs in the peers' environment: WAV files enter, one line of JSON leaves for each.

Pipecat's Silero analyser with its default parameters, fed 20 ms at a time, and its local smart-turn v3, as
its own turn strategy joins them: audio goes to the analyser all the time, a VAD stop asks it whether the
turn is complete, and so does its own time-out of silence. While the bot talks (right channel) only the first
one is asked: there no turn is scored.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
import wave
from types import SimpleNamespace
from typing import Any

import numpy as np
from loguru import logger
from pipecat.audio.turn.base_turn_analyzer import EndOfTurnState
from pipecat.audio.turn.smart_turn import base_smart_turn
from pipecat.audio.turn.smart_turn.local_smart_turn_v3 import LocalSmartTurnAnalyzerV3
from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.audio.vad.vad_analyzer import VADState

RATE_HZ = 8000
FRAME = RATE_HZ // 50


class AudioTime:
    """The analyser dates what it hears by the clock; here the audio is the clock."""

    now_s = 1.0  # 0 is "not speaking" to it


async def judge(path: str) -> dict[str, Any]:
    with wave.open(path) as wav:
        samples = np.frombuffer(wav.readframes(wav.getnframes()), "<i2").reshape(-1, wav.getnchannels())
    caller, talks = np.ascontiguousarray(samples[:, 0]), np.flatnonzero(samples[:, 1])
    silent_until, silent_from = (talks[0], talks[-1]) if talks.size else (len(caller), 0)
    vad, turn = SileroVADAnalyzer(sample_rate=RATE_HZ), LocalSmartTurnAnalyzerV3(sample_rate=RATE_HZ)
    vad.set_sample_rate(RATE_HZ)
    turn.set_sample_rate(RATE_HZ)
    turn.update_vad_start_secs(vad.params.start_secs)
    speaking, began, segments, ends = False, 0.0, [], []
    for at in range(0, len(caller) - FRAME + 1, FRAME):
        frame = caller[at : at + FRAME].tobytes()
        now_ms = (at + FRAME) * 1000 / RATE_HZ
        AudioTime.now_s = 1.0 + now_ms / 1000
        state = await vad.analyze_audio(frame)
        if not speaking and state is VADState.SPEAKING:
            speaking, began = True, now_ms
        alone = not silent_until <= at <= silent_from
        complete = alone and turn.append_audio(frame, speaking) is EndOfTurnState.COMPLETE
        if speaking and state is VADState.QUIET:
            speaking = False
            segments.append((began, now_ms))
            if alone:
                complete = (await turn.analyze_end_of_turn())[0] is EndOfTurnState.COMPLETE
        if complete:
            ends.append(now_ms)
    if speaking:
        segments.append((began, len(caller) * 1000 / RATE_HZ))
    await vad.cleanup()
    await turn.cleanup()
    return {"wav": path, "speaking": segments, "ends": ends}


async def main() -> None:
    logger.remove()
    base_smart_turn.time = SimpleNamespace(monotonic=lambda: AudioTime.now_s, perf_counter=time.perf_counter)
    for path in sys.argv[1:]:
        print(json.dumps(await judge(path)), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
