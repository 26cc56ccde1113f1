"""Retransmission and delay timers of one agent; run by its reader thread, under its lock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.peers.clock import monotonic_ns

T1_S = 0.5
T2_S = 4.0
GIVE_UP_S = 64 * T1_S
"""RFC 3261, section 17.1.1.1"""


@dataclass(slots=True)
class _Timer:
    due_ns: int
    interval_s: float
    """0: once"""
    action: Callable[[], None]
    give_up_ns: int
    ceiling_s: float


class Timers:
    def __init__(self, wake: Callable[[], None]) -> None:
        """`wake` lets the reader thread look at its timers again."""
        self._wake = wake
        self._timers: dict[object, _Timer] = {}

    def repeat(self, key: object, action: Callable[[], None], ceiling_s: float = T2_S) -> None:
        """Do it again after T1, then at doubled intervals up to the ceiling, until `settle` or 64 T1."""
        now = monotonic_ns()
        give_up_ns = now + int(GIVE_UP_S * 1e9)
        self._timers[key] = _Timer(now + int(T1_S * 1e9), T1_S, action, give_up_ns, ceiling_s)
        self._wake()

    def later(self, key: object, delay_s: float, action: Callable[[], None]) -> None:
        """Do it once."""
        due_ns = monotonic_ns() + int(delay_s * 1e9)
        self._timers[key] = _Timer(due_ns, 0, action, due_ns, 0)
        self._wake()

    def settle(self, key: object) -> None:
        self._timers.pop(key, None)

    def clear(self) -> None:
        self._timers.clear()

    def run(self) -> float:
        """Do what is due; seconds until the next."""
        for key, timer in list(self._timers.items()):
            now = monotonic_ns()
            if now < timer.due_ns or self._timers.get(key) is not timer:
                continue
            if timer.interval_s == 0:
                del self._timers[key]
                timer.action()
            elif now >= timer.give_up_ns:
                del self._timers[key]
            else:
                timer.interval_s = min(2 * timer.interval_s, timer.ceiling_s)
                timer.due_ns = now + int(timer.interval_s * 1e9)
                timer.action()
        next_ns = min((timer.due_ns for timer in self._timers.values()), default=monotonic_ns() + 10**9)
        return max(0.0, (next_ns - monotonic_ns()) / 1e9)
