"""make bench-replay: how much faster than real time the whole call loop runs on one core, with the
embedded recogniser and voice in the process. Start-up (loading models, making prompts) is not counted."""

from __future__ import annotations

import os
import statistics
import time
from pathlib import Path

from bench.result import report
from ivr import config
from ivr.asr import engines as recognisers
from ivr.flow import loader
from ivr.replay import manifest
from ivr.replay.player import Player
from ivr.tts import engines as voices
from ivr.tts.prompts import Prompts
from ivr.tts.spoken import say_as

RUNS = 3


def main() -> None:
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    settings = config.load(Path("config.yaml"))
    fixtures = manifest.load(Path("audio_fixtures/manifest.yaml"))
    flows = {
        name: loader.load(path, say_as, settings.flows.transfers) for name, path in fixtures.flows.items()
    }
    prompts = Prompts(voices.create(settings.tts), settings.tts.cache)
    player = Player(fixtures, flows, settings, recognisers.create(settings.asr), prompts)
    for flow in flows.values():
        prompts.fill(flow.fixed_prompts())
    list(player.play())
    speeds = []
    for _ in range(RUNS):
        started_s = time.perf_counter()
        results = list(player.play())
        elapsed_s = time.perf_counter() - started_s
        speeds.append(sum(result.audio_ms for result in results) / 1000 / elapsed_s)
    report(
        "replay", {"times_real_time": round(statistics.median(speeds), 1)}, {"times_real_time": "at least 20"}
    )


if __name__ == "__main__":
    main()
