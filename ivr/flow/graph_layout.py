"""Boxes and arrows enter; where each of them stands leaves: columns from left to right, or rows from top to
bottom, which is the same with the axes changed (Sugiyama's method).

ranks     an arrow leads at least one rank on; those that lead back must be left out before
columns   boxes stand in the even ones, the words of arrows in the odd ones, so that none covers another;
          an arrow that passes a column has a place there too
order     in a column by the middle of the neighbours, swept to and fro; what crosses least is kept
heights   as near to the neighbours as the order lets them (isotonic regression)
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

Point = tuple[float, float]

GAP_ON, GAP_BESIDE = 34.0, 12.0
GAP_ON_DOWN, GAP_BESIDE_DOWN = 16.0, 22.0
MARGIN = 16.0
LANDSCAPE = 1.5
"""a picture is best so much wider than high"""
_SWEEPS = 16
_STRAIGHT = 8.0
"""how much a bend of a passing arrow counts, against one at a box"""


@dataclass(frozen=True, slots=True)
class Size:
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Link:
    """An arrow from one box to another, by their numbers, and the size of its words."""

    source: int
    target: int
    words: Size = Size(0, 0)


@dataclass(frozen=True, slots=True)
class Layout:
    boxes: tuple[Point, ...]
    """left upper corners"""
    words: tuple[Point, ...]
    """left upper corners, of each link's"""
    paths: tuple[tuple[Point, ...], ...]
    """of each link: from box to box, two points a column that it passes: level there, bent between"""
    size: Size
    down: bool = False
    """rows, in place of columns"""


@dataclass(slots=True)
class _Place:
    """A box, the words of an arrow, or an arrow that passes."""

    column: int
    size: Size
    order: float
    before: list[int] = field(default_factory=list)
    after: list[int] = field(default_factory=list)
    y: float = 0.0
    """of the middle"""

    @property
    def passes(self) -> bool:
        return not self.size.height


def ranks(count: int, links: Sequence[tuple[int, int]]) -> list[int]:
    """The longest way to each; `links` have no circle."""
    rank, waits = [0] * count, [0] * count
    follow: list[list[int]] = [[] for _ in range(count)]
    for source, target in links:
        follow[source].append(target)
        waits[target] += 1
    ready = [number for number in range(count) if not waits[number]]
    for number in ready:  # grows
        for target in follow[number]:
            rank[target] = max(rank[target], rank[number] + 1)
            waits[target] -= 1
            if not waits[target]:
                ready.append(target)
    return rank


def lay_out(boxes: Sequence[Size], links: Sequence[Link]) -> Layout:
    """In columns or rows, whichever fits a screen better. `links` have no circle; the order of both is kept
    where nothing speaks against it."""
    across = in_columns(boxes, links, GAP_ON, GAP_BESIDE)
    turned = [replace(link, words=_turned(link.words)) for link in links]
    down = in_columns([_turned(size) for size in boxes], turned, GAP_ON_DOWN, GAP_BESIDE_DOWN)
    return min(across, _turn(down), key=lambda made: max(made.size.width, LANDSCAPE * made.size.height))


def _turned(size: Size) -> Size:
    return Size(size.height, size.width)


def _turn(made: Layout) -> Layout:
    def points(given: Iterable[Point]) -> tuple[Point, ...]:
        return tuple((x, y) for y, x in given)

    paths = tuple(map(points, made.paths))
    return Layout(points(made.boxes), points(made.words), paths, _turned(made.size), down=True)


def in_columns(boxes: Sequence[Size], links: Sequence[Link], gap_on: float, gap_beside: float) -> Layout:
    rank = ranks(len(boxes), [(link.source, link.target) for link in links])
    places = [_Place(2 * rank[number], size, number) for number, size in enumerate(boxes)]
    chains = [_chain(places, link) for link in links]
    columns = _columns(places)
    _set_order(places, columns)
    _set_heights(places, columns, gap_beside)
    lefts, widths, size = _measured(places, columns, gap_on)

    def corner(number: int) -> Point:
        place = places[number]
        return lefts[place.column], place.y - place.size.height / 2

    def ends(number: int) -> Iterator[Point]:
        place = places[number]
        left = lefts[place.column]
        yield left, place.y
        wide = place.size.width if number < len(boxes) else widths[place.column]
        yield left + wide, place.y

    return Layout(
        boxes=tuple(corner(number) for number in range(len(boxes))),
        words=tuple(corner(chain[1]) for chain in chains),
        paths=tuple(tuple(point for number in chain for point in ends(number))[1:-1] for chain in chains),
        size=size,
    )


def _chain(places: list[_Place], link: Link) -> list[int]:
    """The places of a link: its boxes, and one in every column between them, the first with the words."""
    source, target = places[link.source], places[link.target]
    chain = [link.source]
    for column in range(source.column + 1, target.column):
        size = link.words if column == source.column + 1 else Size(0, 0)
        chain.append(len(places))
        places.append(_Place(column, size, len(places)))
    chain.append(link.target)
    for one, other in pairwise(chain):
        places[one].after.append(other)
        places[other].before.append(one)
    return chain


def _columns(places: Sequence[_Place]) -> list[list[int]]:
    columns: list[list[int]] = [[] for _ in range(max((place.column for place in places), default=0) + 1)]
    for number, place in enumerate(places):
        columns[place.column].append(number)
    return columns


# --- order ------------------------------------------------------------------------------------------


def _set_order(places: Sequence[_Place], columns: list[list[int]]) -> None:
    _number(places, columns)
    best, fewest = [list(column) for column in columns], _crossings(places, columns)
    for sweep in range(_SWEEPS):
        forward = sweep % 2 == 0
        for column in columns if forward else columns[::-1]:
            middle = {}
            for number in column:
                place = places[number]
                near = place.before if forward else place.after
                middle[number] = sum(places[n].order for n in near) / len(near) if near else place.order
            column.sort(key=lambda number: (middle[number], places[number].order))
            for order, number in enumerate(column):
                places[number].order = order
        crossings = _crossings(places, columns)
        if crossings < fewest:
            best, fewest = [list(column) for column in columns], crossings
    columns[:] = best
    _number(places, columns)


def _number(places: Sequence[_Place], columns: Iterable[Sequence[int]]) -> None:
    for column in columns:
        for order, number in enumerate(column):
            places[number].order = order


def _crossings(places: Sequence[_Place], columns: Iterable[Sequence[int]]) -> int:
    crossings = 0
    for column in columns:
        ends: list[float] = []
        for number in column:
            targets = sorted(places[n].order for n in places[number].after)
            crossings += sum(len(ends) - bisect_right(ends, order) for order in targets)
            for order in targets:
                insort(ends, order)
    return crossings


# --- where in the picture -----------------------------------------------------------------------------


def _set_heights(places: Sequence[_Place], columns: Sequence[Sequence[int]], gap: float) -> None:
    for column in columns:
        _spread(places, column, [0.0] * len(column), gap)
    for sweep in range(2 * _SWEEPS):
        for column in columns if sweep % 2 == 0 else columns[::-1]:
            _spread(places, column, [_wanted(places, number) for number in column], gap)


def _wanted(places: Sequence[_Place], number: int) -> float:
    place = places[number]
    total = weight = 0.0
    for near in (*place.before, *place.after):
        counts = _STRAIGHT if place.passes and places[near].passes else 1.0
        total += counts * places[near].y
        weight += counts
    return total / weight if weight else place.y


def _spread(places: Sequence[_Place], column: Sequence[int], wanted: Sequence[float], gap: float) -> None:
    """Each as near to the height that it wants as those above and below let it (pool adjacent violators)."""
    offsets = [0.0]
    for one, other in pairwise(column):
        apart = (places[one].size.height + places[other].size.height) / 2 + gap
        offsets.append(offsets[-1] + apart)
    pools: list[tuple[float, int]] = []  # (mean, how many)
    for offset, height in zip(offsets, wanted, strict=True):
        mean, many = height - offset, 1
        while pools and pools[-1][0] > mean:
            above, of_above = pools.pop()
            mean, many = (mean * many + above * of_above) / (many + of_above), many + of_above
        pools.append((mean, many))
    heights = [mean for mean, many in pools for _ in range(many)]
    for number, offset, mean in zip(column, offsets, heights, strict=True):
        places[number].y = mean + offset


def _measured(
    places: Sequence[_Place], columns: Sequence[Sequence[int]], gap: float
) -> tuple[list[float], list[float], Size]:
    """Left side and width of each column, and the size of the whole; the highest box gets to the margin."""
    top = min((place.y - place.size.height / 2 for place in places), default=0.0)
    for place in places:
        place.y += MARGIN - top
    widths = [max((places[number].size.width for number in column), default=0.0) for column in columns]
    lefts = [MARGIN + sum(widths[:at]) + gap * at for at in range(len(columns))]
    bottom = max((place.y + place.size.height / 2 for place in places), default=0.0)
    return lefts, widths, Size(lefts[-1] + widths[-1] + MARGIN, bottom + MARGIN)
