"""One clock for sent and received packets: CLOCK_MONOTONIC in ns."""

from __future__ import annotations

import time

monotonic_ns = time.monotonic_ns


def realtime_to_monotonic_ns() -> int:
    """What to add to a kernel receive time stamp (CLOCK_REALTIME) to move it onto CLOCK_MONOTONIC.

    The tightest of 20 readings; good to about a microsecond until somebody sets the clock.
    """
    readings = []
    for _ in range(20):
        before, real, after = time.monotonic_ns(), time.time_ns(), time.monotonic_ns()
        readings.append((after - before, (before + after) // 2 - real))
    return min(readings)[1]
