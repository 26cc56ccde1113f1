"""Scenes and decisions enter; an outcome for each event, echo window and turn leaves, and figures from them.

An event counts as stopped by a stop within [onset, end + 300 ms], or when the judge already took somebody to
be speaking at its onset: who always hears speech stops for everything. Only a new stop has a stop time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from bench.result import Figure
from bench.turn_labels import INTERRUPTS, Decisions, Event, Scene, SpokenTurn, Stop

LATE_MS = 300
ECHO_WINDOW_MS = 5000
AFTER_EVENT_MS = 2000
"""of playback after an event are no echo window: what the event caused may last"""
GRACE_MS = 1000
"""a stop so soon after an interruption is late, not false"""
CUT_OFF_MS = 100
"""a turn may end so long before its last sample"""
NO_END_MS = 3500


@dataclass(frozen=True, slots=True)
class Outcome:
    judge: str
    scene: int
    kind: str
    """of the event; echo: a window without any; turn"""
    made: str
    profile: bool
    stopped: bool = False
    """turn: ended early"""
    took_ms: float | None = None
    """stop after the onset; turn: end after the last sample"""
    facts: dict[str, Any] | None = None
    """for the analysis"""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(slots=True)
class Rates:
    """Stops and minutes of playback; added up over scenes."""

    false_stops: int = 0
    minutes: float = 0.0
    echo_stops: int = 0
    echo_minutes: float = 0.0

    def add(self, other: Rates) -> None:
        self.false_stops += other.false_stops
        self.minutes += other.minutes
        self.echo_stops += other.echo_stops
        self.echo_minutes += other.echo_minutes


def score(judge: str, scene: Scene, made: Decisions) -> tuple[list[Outcome], Rates]:
    outcomes = [_event(judge, scene, event, made) for event in scene.events]
    outcomes += [_turn(judge, scene, number, made) for number in range(len(scene.turns))]
    rates = Rates()
    if scene.playback:
        outcomes += [_echo(judge, scene, window, made) for window in echo_windows(scene)]
        rates = _rates(scene, made)
    return outcomes, rates


def _event(judge: str, scene: Scene, event: Event, made: Decisions) -> Outcome:
    new = [s for s in made.stops if event.onset_ms <= s.at_ms <= event.end_ms + LATE_MS]
    already = [s for s in made.stops if s.at_ms < event.onset_ms < s.until_ms]
    near = [w for on, off, w in made.ignored if on < event.end_ms + LATE_MS and off > event.onset_ms - 200]
    facts = {"event": asdict(event), "line": asdict(scene.line), "already": bool(already), "ignored": near,
             "why": new[0].why if new else already[0].why if already else None}  # fmt: skip
    took_ms = new[0].at_ms - event.onset_ms if new and not already else None
    return Outcome(
        judge, scene.number, event.kind, event.made, scene.profile, bool(new or already), took_ms, facts
    )


def _turn(judge: str, scene: Scene, number: int, made: Decisions) -> Outcome:
    turn: SpokenTurn = scene.turns[number]
    following = [t.first_ms for t in scene.turns[number + 1 :]] + [turn.last_ms + NO_END_MS]
    if scene.playback:
        following.append(scene.playback[0])
    ends = [e for e in made.ends if turn.first_ms < e.at_ms < min(following)]
    early = [e for e in ends if e.at_ms < turn.last_ms - CUT_OFF_MS]
    good = [e for e in ends if e.at_ms >= turn.last_ms - CUT_OFF_MS]
    used = (early or good or [None])[0]
    facts = {"turn": asdict(turn), "line": asdict(scene.line), "why": used.why if used else None,
             "at_ms": used.at_ms if used else None}  # fmt: skip
    gap_ms = good[0].at_ms - turn.last_ms if good else None
    return Outcome(judge, scene.number, "turn", turn.made, scene.profile, bool(early), gap_ms, facts)


def _echo(judge: str, scene: Scene, window: tuple[float, float], made: Decisions) -> Outcome:
    stops = _within(made.stops, window) or [s for s in made.stops if s.at_ms < window[0] < s.until_ms]
    facts = {"window": window, "line": asdict(scene.line), "why": [s.why for s in stops]}
    return Outcome(judge, scene.number, "echo", "", scene.profile, bool(stops), None, facts)


def quiet_stretches(scene: Scene) -> list[tuple[float, float]]:
    """Of the playback, where the caller's channel has nothing but echo and the line's noise."""
    assert scene.playback
    began = [scene.playback[0], *(event.end_ms + AFTER_EVENT_MS for event in scene.events)]
    ended = [*(event.onset_ms for event in scene.events), scene.playback[1]]
    return [(a, b) for a, b in zip(began, ended, strict=True) if b > a]


def echo_windows(scene: Scene) -> list[tuple[float, float]]:
    return [
        (first + number * ECHO_WINDOW_MS, first + (number + 1) * ECHO_WINDOW_MS)
        for first, last in quiet_stretches(scene)
        for number in range(int((last - first) // ECHO_WINDOW_MS))
    ]


def _rates(scene: Scene, made: Decisions) -> Rates:
    assert scene.playback
    asked = [(e.onset_ms, e.end_ms + GRACE_MS) for e in scene.events if e.kind in INTERRUPTS]
    stops = _within(made.stops, scene.playback)
    false = [s for s in stops if not any(a <= s.at_ms <= b for a, b in asked)]
    quiet = quiet_stretches(scene)
    return Rates(
        len(false),
        (scene.playback[1] - scene.playback[0] - sum(b - a for a, b in asked)) / 60_000,
        sum(len(_within(made.stops, stretch)) for stretch in quiet),
        sum(b - a for a, b in quiet) / 60_000,
    )


def _within(stops: Iterable[Stop], window: tuple[float, float]) -> list[Stop]:
    return [stop for stop in stops if window[0] <= stop.at_ms < window[1]]


# --- figures ----------------------------------------------------------------------------------------


def share(outcomes: Iterable[Outcome], stopped: bool, where: Callable[[Outcome], bool]) -> Figure:
    """Of the outcomes there, how many were stopped (or not); None for none."""
    found = [outcome.stopped is stopped for outcome in outcomes if where(outcome)]
    return round(sum(found) / len(found), 4) if found else None


def percentile(values: list[float], at: float) -> Figure:
    return round(float(np.percentile(values, at)), 1) if values else None


def figures(outcomes: list[Outcome], rates: Rates) -> dict[str, Figure]:
    """Of one judge; the gap is from the last sample of a turn to the decision that it has ended."""
    stops = [o.took_ms for o in outcomes if o.kind in INTERRUPTS and o.took_ms is not None]
    gaps = [o.took_ms for o in outcomes if o.kind == "turn" and o.took_ms is not None and not o.stopped]
    return {
        "yield": share(outcomes, True, lambda o: o.kind in INTERRUPTS),
        "stop_ms_p50": percentile(stops, 50),
        "stop_ms_p95": percentile(stops, 95),
        "backchannel_ignored": share(outcomes, False, lambda o: o.kind == "backchannel"),
        "noise_ignored": share(outcomes, False, lambda o: o.kind in ("cough", "noise", "music")),
        "other_talker_ignored": share(outcomes, False, lambda o: o.kind == "talker" and o.profile),
        "other_talker_ignored_unknown": share(
            outcomes, False, lambda o: o.kind == "talker" and not o.profile
        ),
        "echo_ignored": share(outcomes, False, lambda o: o.kind == "echo"),
        "false_stops_per_min": round(rates.false_stops / rates.minutes, 3) if rates.minutes else None,
        "cut_off_rate": share(outcomes, True, lambda o: o.kind == "turn"),
        "reply_gap_ms_p50": percentile(gaps, 50),
        "reply_gap_ms_p95": percentile(gaps, 95),
    }
