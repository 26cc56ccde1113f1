"""What a scene is, and what somebody decided about it: plain values between makers, judges and scores.

All times are milliseconds from the scene's first sample; a decision has the time at which the frame that
led to it was complete.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

EventKind = Literal["interruption", "command", "backchannel", "cough", "noise", "music", "talker"]
INTERRUPTS = ("interruption", "command")
"""what has to stop the voice; everything else has to be ignored"""


@dataclass(frozen=True, slots=True)
class Event:
    """A sound in the caller's channel while the bot talks."""

    kind: EventKind
    onset_ms: float
    end_ms: float
    source: str
    """who or what is heard"""
    made: Literal["human", "synthetic", "grown"]
    """grown: stretched from a recorded vowel of the person"""
    language: str
    text: str
    level_db: float
    """relative to the caller's usual level in this call"""


@dataclass(frozen=True, slots=True)
class SpokenTurn:
    """What the caller says while the bot is silent."""

    kind: Literal["enrolment", "phrase", "digits", "sentence"]
    first_ms: float
    last_ms: float
    pause_ms: float
    """the pause inside; 0 for none that was put there"""
    source: str
    made: Literal["human", "synthetic", "grown"]
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """What the line adds."""

    law: str
    noise: str
    snr_db: float
    loss: float
    """share of lost packets"""
    return_loss_db: float
    echo_ms: float


@dataclass(frozen=True, slots=True)
class Scene:
    number: int
    step: str
    """of flows/hotline_en.yaml: what the caller is expected to say"""
    caller: str
    profile: bool
    """the caller spoke before the bot's long talk began"""
    line: Line
    events: tuple[Event, ...]
    turns: tuple[SpokenTurn, ...]
    playback: tuple[float, float] | None
    """first and last ms of the bot's talk"""
    duration_ms: float


@dataclass(frozen=True, slots=True)
class Stop:
    at_ms: float
    until_ms: float
    """as long as this the judge takes the caller to be speaking, and no other stop is possible"""
    why: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TurnEnd:
    at_ms: float
    why: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decisions:
    """Of one judge about one scene, in order of time."""

    stops: list[Stop]
    ends: list[TurnEnd]
    ignored: list[tuple[float, float, dict[str, Any]]] = field(default_factory=list)
    """onset, end and reason of speech that was noticed and let pass; for analysis only"""
