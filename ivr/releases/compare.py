"""Versions of a flow against each other: call records enter; shares with their uncertainty leave."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt

CONTAINED = ("contained", "goodbye")
"""outcomes of calls whose wish was done without a person"""
FEWEST = 30
"""calls of each version from which on shares are compared"""
_Z95 = 1.96


@dataclass(frozen=True, slots=True)
class Ended:
    """What is read of a call that has ended."""

    version: str
    outcome: str
    turns: int
    no_matches: int


@dataclass(frozen=True, slots=True)
class Counted:
    version: str
    calls: int
    contained: int
    handed_over: int
    turns: int
    no_matches: int

    def share(self, count: int) -> float:
        return count / self.calls if self.calls else 0.0

    @property
    def no_match_share(self) -> float:
        """Of the caller's turns."""
        return self.no_matches / self.turns if self.turns else 0.0


def count(calls: Iterable[Ended]) -> list[Counted]:
    """By version, in the order in which they come first."""
    by_version: dict[str, list[Ended]] = {}
    for call in calls:
        by_version.setdefault(call.version, []).append(call)
    return [
        Counted(
            version,
            len(ended),
            sum(call.outcome in CONTAINED for call in ended),
            sum(call.outcome == "transferred" for call in ended),
            sum(call.turns for call in ended),
            sum(call.no_matches for call in ended),
        )
        for version, ended in by_version.items()
    ]


def difference(first: int, of_first: int, second: int, of_second: int) -> tuple[float, float] | None:
    """95 % interval of the second share less the first (Newcombe 1998, method 10); None where there are
    too few to tell."""
    if min(of_first, of_second) < FEWEST:
        return None
    share1, low1, high1 = _wilson(first, of_first)
    share2, low2, high2 = _wilson(second, of_second)
    middle = share2 - share1
    return (
        middle - sqrt((share2 - low2) ** 2 + (high1 - share1) ** 2),
        middle + sqrt((high2 - share2) ** 2 + (share1 - low1) ** 2),
    )


def _wilson(hits: int, total: int) -> tuple[float, float, float]:
    share = hits / total
    centre = share + _Z95**2 / (2 * total)
    spread = _Z95 * sqrt(share * (1 - share) / total + _Z95**2 / (4 * total**2))
    scale = 1 + _Z95**2 / total
    return share, (centre - spread) / scale, (centre + spread) / scale
