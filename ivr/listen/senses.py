"""What a frame is measured with, as one value, so that every rule can be tried with scripted measures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from ivr.audio import rms_quantile
from ivr.config import Listen
from ivr.listen.echo import EchoCanceller
from ivr.listen.onset import Onset, OnsetScorer
from ivr.listen.speaker import Likeness, VoiceProfile
from ivr.listen.vad import Classify, SpeechClassifier


class OnsetJudge(Protocol):
    def begin(self) -> None: ...
    def hear(self, pcm16: bytes) -> Onset: ...


class Profile(Protocol):
    @property
    def known(self) -> bool: ...
    def enrol(self, pcm16: bytes, noise_rms: float) -> None: ...
    def level_difference(self, pcm16: bytes, noise_rms: float) -> float: ...
    def compare(self, pcm16: bytes, noise_rms: float) -> Likeness: ...


@dataclass(slots=True)
class Senses:
    """Of one call: all of them learn from what they hear."""

    clean: Callable[[bytes, bytes], bytes]
    """what is heard and what was played in the same tick -> the caller alone"""
    voiced: Classify
    onset: OnsetJudge
    profile: Profile
    own_voice: Callable[[], bool]
    """what was clean lately is our own voice all the same"""
    loudness: Callable[[bytes, float], float] = rms_quantile
    """as ivr.audio has it"""

    @classmethod
    def real(cls, settings: Listen) -> Senses:
        canceller = EchoCanceller(settings.echo_cancelling, settings.noise_suppression)
        return cls(
            canceller,
            SpeechClassifier(settings.vad_aggressiveness),
            OnsetScorer(),
            VoiceProfile(),
            canceller.leaks,
        )
