"""Two shares against each other: counts enter; the difference with its uncertainty leaves."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

FEWEST = 30
"""of each from which on they are compared"""
_Z95 = 1.96


@dataclass(frozen=True, slots=True)
class Difference:
    """Of the second share to the first; the 95 % interval."""

    low: float
    high: float

    @property
    def sure(self) -> bool:
        return self.low > 0 or self.high < 0


def difference(first: int, of_first: int, second: int, of_second: int) -> Difference | None:
    """By Newcombe (1998, method 10); None where there are too few to tell."""
    if min(of_first, of_second) < FEWEST:
        return None
    share1, low1, high1 = _wilson(first, of_first)
    share2, low2, high2 = _wilson(second, of_second)
    middle = share2 - share1
    return Difference(
        middle - sqrt((share2 - low2) ** 2 + (high1 - share1) ** 2),
        middle + sqrt((high2 - share2) ** 2 + (share1 - low1) ** 2),
    )


def _wilson(hits: int, total: int) -> tuple[float, float, float]:
    share = hits / total
    centre = share + _Z95**2 / (2 * total)
    spread = _Z95 * sqrt(share * (1 - share) / total + _Z95**2 / (4 * total**2))
    scale = 1 + _Z95**2 / total
    return share, (centre - spread) / scale, (centre + spread) / scale
