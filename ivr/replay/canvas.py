"""Shapes enter; a PNG file or an SVG drawing leaves. Both know the same few shapes, so that one layout
serves both."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Protocol

from PIL import Image, ImageDraw, ImageFont

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
CJK_FONTS = ("NotoSansCJK-Regular.ttc", "wqy-microhei.ttc", "wqy-zenhei.ttc", "DroidSansFallbackFull.ttf")
"""tried for text that the built-in font cannot show"""
KNOWN_SIGNS = "“”…"
UNSHOWN = "(text in the HTML)"


def text_width(text: str, size: float) -> float:
    """In pixels of a drawing at scale 1; a browser's own font may differ by some percent."""
    wide = sum(not _latin(letter) for letter in text)
    return ImageFont.load_default(size).getlength(text) + wide * size * 0.6


def _latin(letter: str) -> bool:
    return ord(letter) < 0x180 or letter in KNOWN_SIGNS


class Canvas(Protocol):
    """Units are pixels at scale 1; y grows downwards."""

    def box(self, x0: float, y0: float, x1: float, y1: float, colour: str, tip: str = "") -> None: ...
    def line(self, x0: float, y0: float, x1: float, y1: float, colour: str, width: float = 1) -> None: ...

    def text(self, x: float, y: float, text: str, colour: str, size: float, tip: str = "") -> None:
        """`y` is the middle of the line of text; a thin white edge keeps it readable on lines."""
        ...

    def wave(self, x: float, y: float, peaks: Sequence[tuple[float, float]], colour: str) -> None:
        """One column a pixel: lowest and highest point, above `y` where positive."""
        ...

    def hover(self, x0: float, y0: float, x1: float, y1: float, tip: str) -> None:
        """An unseen place that explains itself."""
        ...


class PngCanvas:
    def __init__(self, width: int, height: int, scale: int) -> None:
        self.image = Image.new("RGB", (width * scale, height * scale), "white")
        self._draw = ImageDraw.Draw(self.image)
        self._scale = scale

    def box(self, x0: float, y0: float, x1: float, y1: float, colour: str, tip: str = "") -> None:
        left, top, right, bottom = (round(v * self._scale) for v in (x0, y0, x1, y1))
        self._draw.rectangle((left, top, max(left, right - 1), max(top, bottom - 1)), fill=colour)

    def line(self, x0: float, y0: float, x1: float, y1: float, colour: str, width: float = 1) -> None:
        ends = tuple(round(v * self._scale) for v in (x0, y0, x1, y1))
        self._draw.line(ends, fill=colour, width=max(1, round(width * self._scale)))

    def text(self, x: float, y: float, text: str, colour: str, size: float, tip: str = "") -> None:
        font, text = self._font(text, size * self._scale)
        place = (x * self._scale, y * self._scale)
        self._draw.text(place, text, colour, font, anchor="lm", stroke_width=self._scale, stroke_fill="white")

    def _font(self, text: str, size: float) -> tuple[Font, str]:
        unknown = [letter for letter in text if not _latin(letter)]
        if not unknown:
            return ImageFont.load_default(size), text
        for name in CJK_FONTS:
            try:
                return ImageFont.truetype(name, size), text
            except OSError:
                continue
        return ImageFont.load_default(size), UNSHOWN

    def wave(self, x: float, y: float, peaks: Sequence[tuple[float, float]], colour: str) -> None:
        for column, (low, high) in enumerate(peaks):
            left = round((x + column) * self._scale)
            top, bottom = round((y - high) * self._scale), round((y - low) * self._scale)
            self._draw.rectangle((left, top, left + self._scale - 1, max(top, bottom)), fill=colour)

    def hover(self, x0: float, y0: float, x1: float, y1: float, tip: str) -> None:
        pass

    def save(self, path: Path) -> None:
        self.image.quantize(64).save(path, format="PNG", optimize=True)


class SvgCanvas:
    def __init__(self, width: int, height: int) -> None:
        self._parts = [
            f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
            'font-family="Helvetica, Arial, sans-serif">'
        ]

    def box(self, x0: float, y0: float, x1: float, y1: float, colour: str, tip: str = "") -> None:
        self._parts.append(
            f'<rect x="{x0:.1f}" y="{y0:.1f}" width="{max(1.0, x1 - x0):.1f}" '
            f'height="{max(1.0, y1 - y0):.1f}" fill="{colour}"{_tip(tip)}/>'
        )

    def line(self, x0: float, y0: float, x1: float, y1: float, colour: str, width: float = 1) -> None:
        self._parts.append(
            f'<line x1="{x0:.1f}" y1="{y0:.1f}" x2="{x1:.1f}" y2="{y1:.1f}" stroke="{colour}" '
            f'stroke-width="{width:g}" pointer-events="none"/>'
        )

    def text(self, x: float, y: float, text: str, colour: str, size: float, tip: str = "") -> None:
        self._parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" font-size="{size:g}" '
            f'dominant-baseline="central" stroke="#fff" stroke-width="3" paint-order="stroke"'
            f"{_tip(tip)}>{escape(text)}</text>"
        )

    def wave(self, x: float, y: float, peaks: Sequence[tuple[float, float]], colour: str) -> None:
        path = "".join(
            f"M{x + column + 0.5:.1f} {y - high:.1f}V{y - low + 0.3:.1f}"
            for column, (low, high) in enumerate(peaks)
        )
        self._parts.append(f'<path d="{path}" stroke="{colour}" fill="none" pointer-events="none"/>')

    def hover(self, x0: float, y0: float, x1: float, y1: float, tip: str) -> None:
        self.box(x0, y0, x1, y1, "transparent", tip)

    def svg(self) -> str:
        return "\n".join([*self._parts, "</svg>"])


def _tip(tip: str) -> str:
    return f' data-tip="{escape(tip)}"'.replace("\n", "&#10;") if tip else ""
