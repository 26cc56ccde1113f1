"""make bench-call: what a caller notices, measured at the caller's socket with four calls at once.

reply gap     from the send time of the packet with the caller's last speech sample to the first sample
              of the answer, over 100 turns
barge-in      from the caller's first speech sample to the last sound of the interrupted prompt
deviation     of the server's RTP packets from 20 ms, all of them, four calls talking (kernel time stamps)
CPU           of all processes of the server, while four calls talk and listen
"""

from __future__ import annotations

import os
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.result import report
from ivr.replay import manifest
from tests.peers.clock import monotonic_ns
from tests.peers.heard import deviations_ms, wait_quiet, wait_speech
from tests.peers.raw_phone import RawPhone
from tests.running_server import ROOT, RunningServer

PHONES = 4
TURNS_A_PHONE = 25
INTERRUPTIONS_A_PHONE = 10
QUESTION = "hours-slt"
"""an utterance of the main question that is answered by a prompt and the same question again"""
PAUSE_MS = 700
"""longer than any pause inside the bot's prompts"""
LOUD = 1000


def speech(pcm16: bytes) -> bytes:
    """Without the fixture's quiet edges, so that its first and last sample are speech."""
    samples = np.frombuffer(pcm16, "<i2")
    loud = np.flatnonzero(np.abs(samples.astype(np.int32)) > LOUD)
    return samples[loud[0] : loud[-1] + 1].tobytes()


class Caller:
    """One phone that asks the same question again and again."""

    def __init__(self, uri: str, question: bytes) -> None:
        self.phone = RawPhone()
        self.reply_gaps_ms: list[float] = []
        self.stops_ms: list[float] = []
        self._uri = uri
        self._question = question

    def talk(self, started: threading.Barrier) -> None:
        with self.phone as phone:
            phone.call(self._uri)
            assert phone.wait_answer().status == 200
            started.wait(30)
            wait_speech(phone.rtp, 0)
            for _ in range(TURNS_A_PHONE):
                self._await_listening()
                said = phone.say(self._question)
                onset_ns = wait_speech(phone.rtp, said.last_packet_ns)
                self.reply_gaps_ms.append((onset_ns - said.last_packet_ns) / 1e6)
            for _ in range(INTERRUPTIONS_A_PHONE):
                # the answer to the last question is playing: interrupt it with the next one
                threading.Event().wait(0.6)
                said = phone.rtp.say(self._question)
                said.wait()
                silent_ns = wait_quiet(phone.rtp, said.first_packet_ns, quiet_ms=200)
                self.stops_ms.append((silent_ns - said.first_packet_ns) / 1e6)
                wait_speech(phone.rtp, silent_ns)

    def _await_listening(self) -> None:
        wait_quiet(self.phone.rtp, monotonic_ns(), quiet_ms=PAUSE_MS)


def cpu_s(pids: list[int]) -> float:
    total = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


def percentile(values: list[float] | NDArray[np.float64], share: float) -> float:
    return round(float(np.percentile(values, share)), 2)


def main() -> None:
    fixtures = manifest.load(ROOT / "audio_fixtures" / "manifest.yaml")
    question = speech(fixtures.audio(fixtures.utterance(QUESTION)))
    with tempfile.TemporaryDirectory() as folder, RunningServer(Path(folder)) as server:
        pids = [server.pid, *server.child_pids("node"), *server.child_pids("speech")]
        callers = [Caller(server.uri, question) for _ in range(PHONES)]
        started = threading.Barrier(PHONES + 1)
        with ThreadPoolExecutor(PHONES) as pool:
            running = [pool.submit(caller.talk, started) for caller in callers]
            started.wait(30)
            began_s, before_s = time.monotonic(), cpu_s(pids)
            for future in running:
                future.result()
            used = (cpu_s(pids) - before_s) / (time.monotonic() - began_s)
    gaps = [gap for caller in callers for gap in caller.reply_gaps_ms]
    stops = [stop for caller in callers for stop in caller.stops_ms]
    off = np.concatenate([deviations_ms(caller.phone.rtp.packets) for caller in callers])
    print(f"{len(gaps)} turns, {len(stops)} interruptions, {len(off)} RTP packets, {PHONES} calls at once")
    report(
        "call",
        {
            "reply_gap_ms_p50": percentile(gaps, 50),
            "reply_gap_ms_p95": percentile(gaps, 95),
            "barge_in_stop_ms_p95": percentile(stops, 95),
            "rtp_deviation_ms_p99": percentile(off, 99),
            "cpu_percent_per_call": round(100 * used / PHONES, 2),
        },
        {
            "reply_gap_ms_p50": "under 700",
            "barge_in_stop_ms_p95": "under 350",
            "rtp_deviation_ms_p99": "under 6",
        },
    )


if __name__ == "__main__":
    main()
