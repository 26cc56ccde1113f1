"""Reply gaps of live calls, at the caller's socket: from the packet with the last speech sample to the first
sample of the answer. Four calls at once; every caller asks all the questions, each from another one on."""

from __future__ import annotations

import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench.call import PAUSE_MS, speech
from ivr.replay import manifest
from tests.peers.clock import monotonic_ns
from tests.peers.heard import wait_quiet, wait_speech
from tests.peers.raw_phone import RawPhone
from tests.running_server import ROOT, RunningServer

PHONES = 4
TURNS_A_PHONE = 16
TURNS_A_CALL = 4
"""then the caller calls again: misheard questions must not lead into another part of the flow"""
INTENTS = ("next_payment", "opening_hours", "change_card")
CLEAR = ("mu-law", "a-law", "pink-20db", "white-20db", "babble-20db")
"""conditions in which the last speech sample is louder than the noise"""


def questions() -> list[bytes]:
    """Utterances of the main question, without the fixtures' quiet edges."""
    fixtures = manifest.load(ROOT / "audio_fixtures" / "manifest.yaml")
    return [
        speech(fixtures.audio(utterance))
        for utterance in fixtures.utterances
        if utterance.step == "main"
        and utterance.flow.endswith("en")
        and utterance.expect.intent in INTENTS
        and utterance.condition in CLEAR
    ]


def reply_gaps_ms() -> list[float]:
    asked = questions()
    first = len(asked) // PHONES
    mixed = [asked[phone * first :] + asked[: phone * first] for phone in range(PHONES)]
    with (
        tempfile.TemporaryDirectory() as folder,
        RunningServer(Path(folder)) as server,
        ThreadPoolExecutor(PHONES) as pool,
    ):
        return [gap for mine in pool.map(lambda mine: _ask(server.uri, mine), mixed) for gap in mine]


def _ask(uri: str, asked: list[bytes]) -> list[float]:
    gaps: list[float] = []
    while len(gaps) < TURNS_A_PHONE:
        with RawPhone() as phone:
            phone.call(uri)
            assert phone.wait_answer().status == 200
            wait_speech(phone.rtp, 0)
            for _ in range(min(TURNS_A_CALL, TURNS_A_PHONE - len(gaps))):
                wait_quiet(phone.rtp, monotonic_ns(), quiet_ms=PAUSE_MS, deadline_s=30)
                said = phone.say(asked[len(gaps) % len(asked)])
                onset_ns = wait_speech(phone.rtp, said.last_packet_ns)
                gaps.append((onset_ns - said.last_packet_ns) / 1e6)
    return gaps
