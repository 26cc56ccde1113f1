"""Yield against ignored backchannels as a PNG: points enter, a picture leaves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT = 720, 520
LEFT, TOP, RIGHT, BOTTOM = 80, 50, 30, 70
LEAST = 0.5
"""yield at the lower edge"""
SCALE = 2
"""drawn larger and made smaller: smooth lines"""
INK, GRID, AIM = "#222222", "#dddddd", "#dff0df"
COLOURS = {"ours": "#0b5fa5", "webrtcvad": "#b5651d", "silero": "#8a2be2", "pipecat": "#c0392b"}


@dataclass(frozen=True, slots=True)
class Point:
    name: str
    stopped: float
    """share of the interruptions"""
    ignored: float
    """share of the backchannels"""


class _Plane:
    def __init__(self) -> None:
        self.image = Image.new("RGB", (WIDTH * SCALE, HEIGHT * SCALE), "white")
        self.pen = ImageDraw.Draw(self.image)

    def place(self, stopped: float, ignored: float) -> tuple[float, float]:
        x = LEFT + ignored * (WIDTH - LEFT - RIGHT)
        y = HEIGHT - BOTTOM - (max(stopped, LEAST) - LEAST) / (1 - LEAST) * (HEIGHT - TOP - BOTTOM)
        return x * SCALE, y * SCALE

    def text(
        self, x: float, y: float, text: str, size: int = 13, anchor: str = "mm", colour: str = INK
    ) -> None:
        font = ImageFont.load_default(size * SCALE)
        self.pen.text((x * SCALE, y * SCALE), text, colour, font, anchor)

    def dot(self, point: Point, colour: str, radius: int) -> tuple[float, float]:
        x, y = self.place(point.stopped, point.ignored)
        reach = radius * SCALE
        self.pen.ellipse((x - reach, y - reach, x + reach, y + reach), colour)
        return x / SCALE, y / SCALE


def draw(path: Path, curve: Sequence[Point], points: Sequence[Point]) -> None:
    plane = _Plane()
    _axes(plane)
    line = [plane.place(p.stopped, p.ignored) for p in curve]
    if len(line) > 1:
        plane.pen.line(line, COLOURS["ours"], 2 * SCALE, joint="curve")
    for value in curve:
        plane.dot(value, COLOURS["ours"], 3)
    label_y = 0.0
    for point in sorted(points, key=lambda p: -p.stopped):
        x, y = plane.dot(point, COLOURS.get(point.name, INK), 6)
        label_y = max(y + 17, label_y + 17)
        _label(plane, point, x, label_y)
    small = plane.image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
    path.parent.mkdir(parents=True, exist_ok=True)
    small.quantize(64).save(path, optimize=True)


def _label(plane: _Plane, point: Point, x: float, y: float) -> None:
    left = point.ignored > 0.5
    text = f"{point.name}  {point.stopped:.2f} / {point.ignored:.2f}"
    anchor = "rm" if left else "lm"
    plane.text(x + (-12 if left else 12), y, text, anchor=anchor, colour=COLOURS.get(point.name, INK))


def _axes(plane: _Plane) -> None:
    plane.pen.rectangle((*plane.place(1.0, 0.9), *plane.place(0.99, 1.0)), AIM, AIM, 6 * SCALE)
    for step in range(6):
        ignored, stopped = step / 5, LEAST + (1 - LEAST) * step / 5
        plane.pen.line([plane.place(stopped, 0), plane.place(stopped, 1)], GRID, SCALE)
        plane.pen.line([plane.place(LEAST, ignored), plane.place(1, ignored)], GRID, SCALE)
        x, y = (value / SCALE for value in plane.place(stopped, ignored))
        plane.text(LEFT - 22, y, f"{stopped:g}")
        plane.text(x, HEIGHT - BOTTOM + 18, f"{ignored:g}")
    plane.text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 22, "backchannels ignored")
    plane.text(LEFT - 60, TOP - 24, "interruptions that stop the voice", anchor="lm")
    plane.text(WIDTH - RIGHT, TOP - 24, "aim: the green corner", anchor="rm", colour="#4a8a4a")
