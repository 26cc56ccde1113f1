"""Tones that tests send and look for."""

from __future__ import annotations

import numpy as np

from tests.peers.clock import monotonic_ns
from tests.peers.heard import SPEECH_LEVEL, audio_packets, samples_of
from tests.peers.raw_phone import RawPhone
from tests.peers.rtp import RtpEndpoint
from tests.sip.bot import Bot


def tone(hz: float, seconds: float) -> bytes:
    samples = np.arange(int(8000 * seconds))
    return np.rint(8000 * np.sin(2 * np.pi * hz / 8000 * samples)).astype("<i2").tobytes()


def amplitude(endpoint: RtpEndpoint, hz: float, after_ns: int, packets: int = 10) -> float:
    """Of one frequency in the last packets that arrived after a time; 0 while there are too few."""
    recent = [p for p in audio_packets(endpoint.packets) if p.arrival_ns >= after_ns][-packets:]
    if len(recent) < packets:
        return 0.0
    samples = np.concatenate([samples_of(packet) for packet in recent]).astype(float)
    return float(2 * abs(np.mean(samples * np.exp(-2j * np.pi * hz / 8000 * np.arange(len(samples))))))


def wait_tone(endpoint: RtpEndpoint, hz: float, after_ns: int, deadline_s: float = 10.0) -> None:
    """Until the phone hears that tone, and not the one an octave above."""

    def heard() -> bool:
        wanted, other = (amplitude(endpoint, f, after_ns) for f in (hz, 2 * hz))
        return wanted > 5000 and other < SPEECH_LEVEL

    with endpoint.arrived:
        assert endpoint.arrived.wait_for(heard, deadline_s), f"no tone of {hz} Hz within {deadline_s} s"


def talk_both_ways(bot: Bot, line: int, phone: RawPhone) -> None:
    """Each side hears the other's tone and no other."""
    since_ns = monotonic_ns()
    phone.rtp.say(tone(400, 10.0))
    bot.wait_hearing(line, 400)
    phone.rtp.shut_up()
    bot.do("play", line=line, prompt=99, hz=700, seconds=10)
    wait_tone(phone.rtp, 700, since_ns)
    bot.do("clear", line=line)
    bot.wait("Played", line=line, prompt=99, complete=False)
