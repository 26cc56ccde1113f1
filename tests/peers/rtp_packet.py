"""RTP packets (RFC 3550): bytes in, `RtpPacket` out; and ways to damage what leaves."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass

Mangle = Callable[[bytes], Iterable[bytes]]
"""From a packet about to leave, the datagrams that leave instead (none: it is lost)."""


@dataclass(frozen=True, slots=True)
class RtpPacket:
    arrival_ns: int
    """when the kernel received it"""
    seq: int
    timestamp: int
    payload_type: int
    marker: bool
    ssrc: int
    payload: bytes


def parse_rtp(data: bytes, arrival_ns: int = 0) -> RtpPacket | None:
    """None for what is no RTP of version 2 (mangled, or RTCP on a shared port)."""
    if len(data) < 12 or data[0] >> 6 != 2 or 64 <= data[1] & 0x7F <= 95:
        return None
    _, second, seq, timestamp, ssrc = struct.unpack("!BBHII", data[:12])
    start = 12 + 4 * (data[0] & 0x0F)
    if data[0] & 0x10:
        if len(data) < start + 4:
            return None
        start += 4 + 4 * struct.unpack("!H", data[start + 2 : start + 4])[0]
    end = len(data) - (data[-1] if data[0] & 0x20 else 0)
    return RtpPacket(arrival_ns, seq, timestamp, second & 0x7F, bool(second & 0x80), ssrc, data[start:end])


def lose(fraction: float, seed: int = 1) -> Mangle:
    """Loses that part of the packets, the same ones each time."""
    chance = random.Random(seed)
    return lambda packet: () if chance.random() < fraction else (packet,)


def corrupt(fraction: float, seed: int = 1) -> Mangle:
    """In that part of the packets flips some bytes or cuts the end."""
    chance = random.Random(seed)

    def mangle(packet: bytes) -> tuple[bytes, ...]:
        if chance.random() >= fraction:
            return (packet,)
        damaged = bytearray(packet)
        for _ in range(chance.randint(1, 8)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        return (bytes(damaged[: chance.randint(0, len(damaged))]),)

    return mangle
