"""Media ports: PJSIP's 20 ms frames enter and leave, copied once each way.

An AudioMediaPort that Python frees while calls run crashes the process now and then, and ports
that are never freed run out after about 290 calls: so a fixed pool is made at start, reused,
and destroyed explicitly at the end.
"""

from __future__ import annotations

import ctypes
from typing import Protocol

import pjsua2 as pj

from ivr.audio import FRAME_BYTES, FRAME_MS, RATE_HZ, SILENCE


class FrameClient(Protocol):
    """Called in PJSIP's clock thread, under its lock: may only move bytes."""

    def pull(self) -> bytes:
        """The frame to send now."""
        ...

    def push(self, heard: bytes) -> None:
        """The frame that was received now; comes after `pull` of the same tick."""
        ...


class _ByteVector(ctypes.Structure):
    """libstdc++'s std::vector<uint8_t>; reading it through ctypes is four times cheaper than
    element by element through SWIG."""

    _fields_ = (("begin", ctypes.c_void_p), ("end", ctypes.c_void_p), ("capacity", ctypes.c_void_p))


class FramePort(pj.AudioMediaPort):  # type: ignore[misc]
    client: FrameClient | None = None

    def onFrameRequested(self, frame: pj.MediaFrame) -> None:
        frame.type = pj.PJMEDIA_FRAME_TYPE_AUDIO
        client = self.client
        pcm16 = client.pull() if client else SILENCE
        buffer = frame.buf
        if buffer.size() != FRAME_BYTES:
            buffer.assign(FRAME_BYTES, 0)
        vector = _ByteVector.from_address(int(buffer.this))
        ctypes.memmove(vector.begin, pcm16, FRAME_BYTES)

    def onFrameReceived(self, frame: pj.MediaFrame) -> None:
        client = self.client
        if not client:
            return
        if frame.size != FRAME_BYTES:  # a tick without audio: nothing came, or the call is held
            client.push(SILENCE)
            return
        vector = _ByteVector.from_address(int(frame.buf.this))
        client.push(ctypes.string_at(vector.begin, FRAME_BYTES))


class PortPool:
    """Opened, used and destroyed in the endpoint's owner thread."""

    def __init__(self) -> None:
        self._ports: list[FramePort] = []
        self._free: list[FramePort] = []

    def open(self, size: int) -> None:
        form = pj.MediaFormatAudio()
        form.type = pj.PJMEDIA_TYPE_AUDIO
        form.clockRate, form.channelCount, form.bitsPerSample = RATE_HZ, 1, 16
        form.frameTimeUsec = FRAME_MS * 1000
        self._ports = [FramePort() for _ in range(size)]
        for index, port in enumerate(self._ports):
            port.createPort(f"line{index}", form)
        self._free = list(self._ports)

    def take(self, client: FrameClient) -> FramePort:
        port = self._free.pop()
        port.client = client
        return port

    def give_back(self, port: FramePort) -> None:
        port.client = None
        self._free.append(port)

    def destroy(self) -> None:
        """Must come before libDestroy: a port destroyed after it aborts the process."""
        self._free.clear()
        while self._ports:
            port = self._ports.pop()
            port.__swig_destroy__(port)
