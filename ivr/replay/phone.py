"""A scripted caller on a real SIP phone: dials from this process, speaks fixtures into the call,
and measures from its own socket what a person there would notice.

What the bot does is known from its sound only: it talks while there is energy, and it has ended
when it was quiet for a while.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ivr.audio import FRAME_MS, FRAME_SAMPLES, frames, write_wav
from ivr.events import Frame, HungUp
from ivr.replay.script import CallerTurn, Leave, Press, ScriptedCaller, Speak
from ivr.sip.endpoint import SipEndpoint
from ivr.sip.outcome import DialOutcome

SOUND_RMS = 100.0
"""a frame louder than this (of 32,768) is the bot's voice"""
PAUSE_FRAMES = frames(600)
"""longer than the pauses between the sentences of a prompt"""


@dataclass(slots=True)
class SaidTurn:
    """A turn of the caller as it went."""

    name: str
    began_ms: int
    ended_ms: int
    """end of the last sound or key"""
    answered_ms: int | None = None
    """first sound of the bot afterwards"""

    @property
    def reply_gap_ms(self) -> int | None:
        """None where no answer came, or one that began before the last key."""
        if self.answered_ms is None or self.answered_ms < self.ended_ms:
            return None
        return self.answered_ms - self.ended_ms


@dataclass(slots=True)
class PhoneCall:
    outcome: DialOutcome
    status: int
    reason: str
    sip_call_id: str = ""
    ended_by: str = ""
    duration_ms: int = 0
    turns: list[SaidTurn] = field(default_factory=list)


class _Ear:
    """Bot's sound as talking or quiet."""

    def __init__(self) -> None:
        self.begun = 0
        self._quiet_frames = PAUSE_FRAMES

    @property
    def talking(self) -> bool:
        return self._quiet_frames < PAUSE_FRAMES

    def hear(self, pcm16: bytes) -> bool:
        """True when this frame has sound."""
        loud = _rms(pcm16) > SOUND_RMS
        if loud and not self.talking:
            self.begun += 1
        self._quiet_frames = 0 if loud else self._quiet_frames + 1
        return loud


def call(
    endpoint: SipEndpoint,
    uri: str,
    turns: Sequence[CallerTurn],
    key_interval_ms: int,
    longest_ms: int,
    record: Path | None = None,
) -> PhoneCall:
    """One call from dialling to its end; the caller hangs up after `longest_ms`."""
    dialled = endpoint.dial(uri)
    result = PhoneCall(dialled.outcome, dialled.status, dialled.reason, dialled.sip_call_id)
    line = dialled.line
    if line is None:
        return result
    caller, ear = ScriptedCaller(turns, key_interval_ms), _Ear()
    begun: CallerTurn | None = None
    heard: list[bytes] = []
    said: list[bytes] = []
    spoken = 0
    for event in line.events():
        if isinstance(event, HungUp):
            result.ended_by = event.by
        if not isinstance(event, Frame):
            continue
        heard.append(event.heard)
        said.append(event.played)
        loud = ear.hear(event.heard)
        if loud and result.turns and result.turns[-1].answered_ms is None:
            last = result.turns[-1]
            if event.at * FRAME_MS >= last.ended_ms:
                last.answered_ms = event.at * FRAME_MS
        if event.at * FRAME_MS >= longest_ms:
            line.hang_up()
        for act in caller.tick(event.at, ear.talking, ear.begun):
            now_ms = event.at * FRAME_MS
            if caller.turn is not begun and caller.turn:
                begun = caller.turn
                result.turns.append(SaidTurn(begun.name, now_ms, now_ms))
            match act:
                case Speak():
                    spoken += 1
                    line.play(spoken, act.pcm16)
                    result.turns[-1].ended_ms = now_ms + _last_sound_ms(act.pcm16)
                case Press():
                    endpoint.send_digits(line.leg, act.key)
                    result.turns[-1].ended_ms = now_ms
                case Leave():
                    line.hang_up()
    result.duration_ms = len(heard) * FRAME_MS
    if record:
        left = np.frombuffer(b"".join(said), "<i2")
        right = np.frombuffer(b"".join(heard), "<i2")
        write_wav(record, np.column_stack((left, right)).tobytes(), channels=2)
    return result


def _rms(pcm16: bytes) -> float:
    samples = np.frombuffer(pcm16, "<i2").astype(np.float32)
    return float(np.sqrt(np.mean(samples * samples)))


def _last_sound_ms(pcm16: bytes) -> int:
    samples: Any = np.frombuffer(pcm16, "<i2")
    whole = samples[: len(samples) // FRAME_SAMPLES * FRAME_SAMPLES].reshape(-1, FRAME_SAMPLES)
    rms = np.sqrt(np.mean(whole.astype(np.float32) ** 2, axis=1))
    # against the file's own level: fixtures carry noise up to their end
    loud = np.flatnonzero(rms > max(SOUND_RMS, 0.2 * float(rms.max(initial=0.0))))
    return (int(loud[-1]) + 1 if len(loud) else len(whole)) * FRAME_MS
