"""What an RTP endpoint heard: packets in; audio on one time line, onsets, pauses, keys, jitter out.

The time of a received sample is the kernel's receive time of its packet plus its place in the
packet: when it would begin to sound in an earpiece without jitter buffer.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tests.peers import g711
from tests.peers.clock import monotonic_ns
from tests.peers.rtp import EVENT_KEYS, SAMPLE_NS, SAMPLES_PER_TICK, TICK_NS, RtpEndpoint
from tests.peers.rtp_packet import RtpPacket
from tests.peers.sdp import Codec

CODEC_OF: dict[int, Codec] = {0: "PCMU", 8: "PCMA"}
SPEECH_LEVEL = 300
"""a sample louder than this is speech (about -40 dBFS); quantisation noise stays under 10"""
RECEIVER_LAG_NS = 200_000_000
"""how far the receiver thread may be behind the kernel on a busy machine"""


@dataclass(frozen=True, slots=True)
class Timeline:
    """Received audio with silence where nothing arrived."""

    start_ns: int
    """time of its first sample"""
    pcm16: bytes

    def between(self, from_ns: int, to_ns: int) -> bytes:
        first, last = ((at - self.start_ns) // SAMPLE_NS for at in (from_ns, to_ns))
        return self.pcm16[2 * max(0, first) : 2 * max(0, last)]


def audio_packets(packets: Sequence[RtpPacket]) -> Iterator[RtpPacket]:
    return (packet for packet in packets if packet.payload_type in CODEC_OF and packet.payload)


def samples_of(packet: RtpPacket) -> NDArray[np.int16]:
    return g711.decode(packet.payload, CODEC_OF[packet.payload_type])


def timeline(packets: Sequence[RtpPacket]) -> Timeline:
    """Samples placed by RTP time stamp; a new source or a jump of the time stamps by more than
    half a second against the clock is placed by its arrival."""
    pieces: list[tuple[int, NDArray[np.int16]]] = []
    start_ns = anchor_ns = anchor_timestamp = ssrc = 0
    for packet in audio_packets(packets):
        if not pieces:
            start_ns = packet.arrival_ns
        by_clock = (packet.arrival_ns - start_ns) // SAMPLE_NS
        step = (packet.timestamp - anchor_timestamp + (1 << 31)) % (1 << 32) - (1 << 31)
        by_stamp = (anchor_ns - start_ns) // SAMPLE_NS + step
        if not pieces or packet.ssrc != ssrc or abs(by_stamp - by_clock) > 4000:
            anchor_ns, anchor_timestamp, ssrc = packet.arrival_ns, packet.timestamp, packet.ssrc
            by_stamp = by_clock
        pieces.append((max(0, by_stamp), samples_of(packet)))
    whole = np.zeros(max((at + len(audio) for at, audio in pieces), default=0), dtype="<i2")
    for at, audio in pieces:
        whole[at : at + len(audio)] = audio
    return Timeline(start_ns, whole.tobytes())


def onset_in(packet: RtpPacket, level: int = SPEECH_LEVEL) -> int | None:
    """Time of the first loud sample of a packet."""
    if packet.payload_type not in CODEC_OF:
        return None
    loud = np.flatnonzero(np.abs(samples_of(packet).astype(np.int32)) > level)
    return packet.arrival_ns + int(loud[0]) * SAMPLE_NS if loud.size else None


def wait_speech(
    endpoint: RtpEndpoint, after_ns: int, deadline_s: float = 10.0, level: int = SPEECH_LEVEL
) -> int:
    """Time of the first loud sample in a packet that arrives after `after_ns`."""
    for packet in _follow(endpoint, after_ns, deadline_s, "speech"):
        if packet is not None and (onset := onset_in(packet, level)) is not None:
            return onset
    raise AssertionError("unreachable")


def wait_quiet(
    endpoint: RtpEndpoint,
    after_ns: int,
    quiet_ms: int = 300,
    deadline_s: float = 10.0,
    level: int = SPEECH_LEVEL,
) -> int:
    """When the other side fell silent: the end of its last loud packet, or `after_ns` if there was
    none, followed by at least `quiet_ms` of packets without speech, or of no packets at all."""
    fell_silent_ns = after_ns
    for packet in _follow(endpoint, after_ns, deadline_s, "quiet"):
        if packet is None:
            now_ns = monotonic_ns() - RECEIVER_LAG_NS
        elif onset_in(packet, level) is not None:
            now_ns = fell_silent_ns = packet.arrival_ns + TICK_NS
        else:
            now_ns = packet.arrival_ns + TICK_NS
        if now_ns - fell_silent_ns >= quiet_ms * 1_000_000:
            return fell_silent_ns
    raise AssertionError("unreachable")


def wait_keys(endpoint: RtpEndpoint, keys: str, event_payload_type: int, deadline_s: float = 10.0) -> None:
    """Until these keys, and only these, have been received."""
    with endpoint.arrived:
        if not endpoint.arrived.wait_for(
            lambda: received_keys(endpoint.packets, event_payload_type) == keys, deadline_s
        ):
            got = received_keys(endpoint.packets, event_payload_type)
            raise TimeoutError(f"waited {deadline_s} s for the keys {keys}, got {got!r}")


def received_keys(packets: Sequence[RtpPacket], event_payload_type: int) -> str:
    """Keys by RFC 4733: one for each event whose end was seen (events differ by time stamp)."""
    ended: dict[tuple[int, int], str] = {}
    for packet in packets:
        if packet.payload_type == event_payload_type and len(packet.payload) >= 4:
            event, flags = packet.payload[0], packet.payload[1]
            if flags & 0x80 and event < len(EVENT_KEYS):
                ended.setdefault((packet.ssrc, packet.timestamp), EVENT_KEYS[event])
    return "".join(ended.values())


def deviations_ms(packets: Sequence[RtpPacket]) -> NDArray[np.float64]:
    """How far the distance of each two successive packets is from 20 ms (absolute values).

    Only pairs with successive sequence numbers and time stamps, so that loss and pauses do not
    count as jitter.
    """
    stream = list(audio_packets(packets))
    off = [
        abs(later.arrival_ns - earlier.arrival_ns - TICK_NS) / 1e6
        for earlier, later in itertools.pairwise(stream)
        if (later.seq - earlier.seq) & 0xFFFF == 1
        and (later.timestamp - earlier.timestamp) & 0xFFFFFFFF == SAMPLES_PER_TICK
    ]
    return np.array(off, dtype=np.float64)


def _follow(endpoint: RtpEndpoint, after_ns: int, deadline_s: float, what: str) -> Iterator[RtpPacket | None]:
    """Packets that arrive after a time, those already here first, and None after 100 ms without any;
    TimeoutError at the deadline."""
    end_ns = monotonic_ns() + int(deadline_s * 1e9)
    index = 0
    while True:
        with endpoint.arrived:
            if len(endpoint.packets) == index:
                endpoint.arrived.wait(0.1)
            fresh = endpoint.packets[index:]
        index += len(fresh)
        yield from (packet for packet in fresh if packet.arrival_ns >= after_ns)
        if not fresh:
            yield None
        if monotonic_ns() > end_ns:
            raise TimeoutError(f"no {what} within {deadline_s} s; {len(endpoint.packets)} packets in all")
