"""An RTP endpoint (RFC 3550, 3551, 4733): pcm16 and keys in, paced packets out; packets in, a list out.

say / press --> queue of 20 ms ticks --sender thread, absolute deadlines--> socket
socket --receiver thread, kernel time stamps--> packets (heard.py measures them)
"""

from __future__ import annotations

import random
import socket
import struct
import threading
import time
from collections import deque
from dataclasses import dataclass, field

from tests.peers import g711
from tests.peers.clock import monotonic_ns, realtime_to_monotonic_ns
from tests.peers.rtp_packet import Mangle, RtpPacket, parse_rtp
from tests.peers.sdp import PAYLOAD_TYPE_OF, Codec
from tests.peers.sip_message import Address

TICK_NS = 20_000_000
SAMPLES_PER_TICK = 160
SAMPLE_NS = 125_000
SILENT_FRAME = bytes(2 * SAMPLES_PER_TICK)
EVENT_KEYS = "0123456789*#ABCD"
"""index: the event number of RFC 4733, section 3.2"""
SO_TIMESTAMPNS = 35  # asm-generic/socket.h; Python's socket module does not name it


@dataclass(slots=True)
class _Tick:
    payload_type: int
    payload: bytes
    marker: bool = False
    age_samples: int = 0
    """how long ago the event began whose time stamp this packet carries"""


@dataclass(slots=True)
class Outgoing:
    """A piece of speech or a row of keys on its way out.

    A packet that leaves at t carries the 20 ms that play at the other side from t to t + 20 ms,
    and that a microphone would have taken from t - 20 ms to t. Times here are play-out times;
    a person's mouth closed at `last_packet_ns`, which makes a reply gap counted from there up to
    20 ms longer than one counted from `end_ns`.
    """

    samples: int
    _ticks: deque[_Tick] = field(repr=False)
    sent_ns: list[int] = field(default_factory=list)
    """when each of its packets was handed to the kernel"""
    cut: bool = False
    """it was stopped before its end"""
    _done: threading.Event = field(default_factory=threading.Event, repr=False)

    def wait(self, deadline_s: float = 60.0) -> Outgoing:
        """Until its last packet has left; raises TimeoutError."""
        if not self._done.wait(deadline_s):
            raise TimeoutError(f"{len(self._ticks)} packets still not sent after {deadline_s} s")
        return self

    @property
    def first_packet_ns(self) -> int:
        return self.sent_ns[0]

    @property
    def last_packet_ns(self) -> int:
        """Send time of the packet that carries the last sample."""
        return self.sent_ns[-1]

    @property
    def end_ns(self) -> int:
        """Play-out time of the last sample."""
        return self.sample_ns(self.samples - 1)

    def sample_ns(self, index: int) -> int:
        """Play-out time of a sample: send time of its packet plus its place in the packet."""
        return self.sent_ns[index // SAMPLES_PER_TICK] + index % SAMPLES_PER_TICK * SAMPLE_NS


class RtpEndpoint:
    """An even RTP port and its RTCP port on one address; sends silence between what it is given."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self._rtp, self._rtcp = _bind_pair(host)
        self.address: Address = self._rtp.getsockname()
        self.remote: Address | None = None
        self.codec: Codec = "PCMU"
        self.event_payload_type: int | None = 101
        """the number the other side gave to telephone-events (RFC 3264, section 5.1)"""
        self.paused = False
        """True: nothing leaves, time goes on"""
        self.mangle: Mangle | None = None
        self.packets: list[RtpPacket] = []
        """everything received, in the order of arrival; only grows"""
        self.undecodable = 0
        self.late_ns: list[int] = []
        """how far behind its deadline each tick of the sender began"""
        self.arrived = threading.Condition()
        self._queue: deque[Outgoing] = deque()
        self._queue_lock = threading.Lock()
        self._stopping = False
        self._seq, self._timestamp = random.randrange(1 << 16), random.randrange(1 << 32)
        self._ssrc = random.randrange(1 << 32)
        self._to_monotonic_ns = realtime_to_monotonic_ns()
        self._receiver = threading.Thread(target=self._receive, name="rtp in", daemon=True)
        self._sender = threading.Thread(target=self._send, name="rtp out", daemon=True)
        self._receiver.start()

    def start(self, remote: Address, codec: Codec, event_payload_type: int | None) -> None:
        """Begin to send, or go on towards another place or in another codec."""
        self.codec, self.event_payload_type, self.remote = codec, event_payload_type, remote
        if not self._sender.is_alive() and not self._stopping:
            self._sender.start()

    def say(self, pcm16: bytes) -> Outgoing:
        """Queue speech, encoded in the present codec; the last packet is filled up with silence."""
        padded = pcm16 + bytes(-len(pcm16) % (2 * SAMPLES_PER_TICK))
        code = g711.encode(padded, self.codec)
        pieces = [code[i : i + SAMPLES_PER_TICK] for i in range(0, len(code), SAMPLES_PER_TICK)]
        ticks = [_Tick(PAYLOAD_TYPE_OF[self.codec], piece) for piece in pieces]
        return self._enqueue(Outgoing(len(pcm16) // 2, deque(ticks)))

    def press(self, keys: str, on_ms: int = 100, gap_ms: int = 60) -> Outgoing:
        """Queue keys as telephone-events: updates while a key is down, its end three times
        (RFC 4733, section 2.5.1). A key goes down at `first_packet_ns`; the last packet belongs to
        the gap after the last key."""
        if self.event_payload_type is None:
            raise ValueError("the other side takes no telephone-events")
        ticks: list[_Tick] = []
        updates, gap = max(1, on_ms // 20), max(1, gap_ms // 20)
        for key in keys:
            event = EVENT_KEYS.index(key.upper())
            for number in range(updates + 3):
                ended = number >= updates
                duration = SAMPLES_PER_TICK * min(number + 1, updates)
                payload = struct.pack("!BBH", event, 0x80 * ended | 10, duration)
                age = number * SAMPLES_PER_TICK
                ticks.append(_Tick(self.event_payload_type, payload, number == 0, age))
            silence = g711.encode(SILENT_FRAME, self.codec)
            ticks += [_Tick(PAYLOAD_TYPE_OF[self.codec], silence)] * gap
        return self._enqueue(Outgoing(0, deque(ticks)))

    def shut_up(self) -> None:
        """Drop what is queued; its waiters go on."""
        with self._queue_lock:
            for outgoing in self._queue:
                outgoing.cut = True
                outgoing._done.set()
            self._queue.clear()

    def send_raw(self, data: bytes) -> None:
        """Any bytes from our RTP port to the other side's, at once."""
        assert self.remote, "no other side yet"
        self._rtp.sendto(data, self.remote)

    def close(self) -> None:
        if self._stopping:
            return
        self._stopping = True
        self.shut_up()
        # A datagram to ourselves ends the receiver; its source tells it apart.
        self._rtp.sendto(b"", self.address)
        self._receiver.join()
        if self._sender.is_alive():
            self._sender.join()
        self._rtp.close()
        self._rtcp.close()

    def _enqueue(self, outgoing: Outgoing) -> Outgoing:
        with self._queue_lock:
            if self._stopping or not outgoing._ticks:
                outgoing._done.set()
            else:
                self._queue.append(outgoing)
        return outgoing

    def _send(self) -> None:
        deadline = monotonic_ns()
        while not self._stopping:
            self.late_ns.append(monotonic_ns() - deadline)
            self._send_tick()
            deadline += TICK_NS
            time.sleep(max(0, deadline - monotonic_ns()) / 1e9)

    def _send_tick(self) -> None:
        self._timestamp = (self._timestamp + SAMPLES_PER_TICK) & 0xFFFFFFFF
        if self.paused or self.remote is None:
            return
        with self._queue_lock:
            outgoing = self._queue[0] if self._queue else None
            if outgoing:
                tick = outgoing._ticks.popleft()
                if not outgoing._ticks:
                    self._queue.popleft()
            else:
                tick = _Tick(PAYLOAD_TYPE_OF[self.codec], g711.encode(SILENT_FRAME, self.codec))
        self._seq = (self._seq + 1) & 0xFFFF
        second = 0x80 * tick.marker | tick.payload_type
        timestamp = (self._timestamp - tick.age_samples) & 0xFFFFFFFF
        packet = struct.pack("!BBHII", 0x80, second, self._seq, timestamp, self._ssrc) + tick.payload
        if outgoing:
            outgoing.sent_ns.append(monotonic_ns())  # before it leaves: the receiver may be quicker
        for data in self.mangle(packet) if self.mangle else (packet,):
            self._rtp.sendto(data, self.remote)
        if outgoing and not outgoing._ticks:
            outgoing._done.set()

    def _receive(self) -> None:
        while True:
            data, ancillary, _, source = self._rtp.recvmsg(4096, 128)
            if self._stopping and source == self.address:
                return
            seconds, nanoseconds = struct.unpack("@qq", ancillary[0][2][:16])
            arrival_ns = seconds * 1_000_000_000 + nanoseconds + self._to_monotonic_ns
            packet = parse_rtp(data, arrival_ns)
            with self.arrived:
                if packet is None:
                    self.undecodable += 1
                else:
                    self.packets.append(packet)
                self.arrived.notify_all()


def _bind_pair(host: str) -> tuple[socket.socket, socket.socket]:
    """RTP on a free even port, RTCP on the next (RFC 3550, section 11)."""
    for _ in range(100):
        rtp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        rtcp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            rtp.bind((host, 2 * random.randrange(10_000, 16_000)))
            rtcp.bind((host, rtp.getsockname()[1] + 1))
        except OSError:
            rtp.close()
            rtcp.close()
            continue
        rtp.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        rtp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        return rtp, rtcp
    raise OSError("no free pair of UDP ports")
