r"""A judged recording enters; its picture leaves: both channels, the states and the decisions on one time
line, as PNG and as one HTML file that needs nothing else.

    labels     “what is my balance” 0.98        | turn: complete 260 ms
    caller     ---/\/\/\/\-----------------------|
    time       0 s         1 s         2 s
    bot        /\/\/\/\/|--------------------
    labels              | stopped: sustained after 240 ms

A long call is wrapped into rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from ivr.audio import FRAME_MS, FRAME_SAMPLES, frames
from ivr.events import Kind
from ivr.replay.canvas import Canvas, PngCanvas, SvgCanvas, text_width
from ivr.replay.recorded import stretches
from ivr.replay.timeline import Look, Mark, Timeline, build, clock

WIDTH = 1520
LEFT, PLOT = 64, 1440
"""first column and width of the wave forms"""
TRACK, MIDDLE, LANE, TITLE, ROW_GAP = 76, 20, 17, 70, 18
"""heights: a wave form, the time line, a line of labels, the head, the space between rows"""
SIZE = 13
ROWS_MS = (20_000, 60_000)
"""a row holds 20 s, in a call of more than five minutes 60 s"""
LONG_CALL = frames(300_000)
MOST_LANES = 5
SHARP_ROWS = 16
"""a PNG of more rows is drawn at scale 1"""
INK, FAINT, GRID = "#222222", "#777777", "#d5d5d5"
WAVE = {"caller": "#1f4e85", "bot": "#2b6b3f"}
QUIET_PEAK = 3000
"""a channel is drawn in its own scale, but one quieter than this stays small"""
FILL = {
    Look.SPEECH: "#a9cdf3",
    Look.ENDING: "#dcebfb",
    Look.DOUBT: "#ffd27a",
    Look.IGNORED: "#cfcfcf",
    Look.PLAYING: "#c9e7cf",
    Look.STOPPED: "#f6b8b4",
}
STROKE = {
    Look.DOUBT: "#a86b00",
    Look.IGNORED: "#666666",
    Look.PLAYING: "#1d7a3a",
    Look.STOPPED: "#c81e1e",
    Look.TURN: "#1250a0",
    Look.TEXT: "#111111",
    Look.ERROR: "#c81e1e",
}


@dataclass(frozen=True, slots=True)
class _Label:
    mark: Mark
    x: float
    """of the mark"""
    text_x: float
    lane: int


@dataclass(frozen=True, slots=True)
class _Row:
    first: int
    last: int
    above: list[_Label]
    below: list[_Label]

    @property
    def lanes_above(self) -> int:
        return max((label.lane + 1 for label in self.above), default=0)

    @property
    def lanes_below(self) -> int:
        return max((label.lane + 1 for label in self.below), default=0)

    @property
    def height(self) -> int:
        return LANE * (self.lanes_above + self.lanes_below) + 2 * TRACK + MIDDLE + ROW_GAP


class Picture:
    """`entries`: what `judge_recording` returned for these channels (pcm16)."""

    def __init__(
        self, name: str, caller: bytes, bot: bytes, entries: Iterable[tuple[int, Kind, dict[str, Any]]]
    ) -> None:
        self.name = name
        self._samples = {
            side: np.frombuffer(pcm16, "<i2") for side, pcm16 in (("caller", caller), ("bot", bot))
        }
        length = -(-max(wave.size for wave in self._samples.values()) // FRAME_SAMPLES)
        self.timeline: Timeline = build(entries, length, stretches(bot))
        self._row_frames = frames(ROWS_MS[length > LONG_CALL])
        self._rows = [self._row(first) for first in range(0, max(1, length), self._row_frames)]
        self.width = WIDTH
        self.height = TITLE + sum(row.height for row in self._rows)

    def write_png(self, path: Path) -> None:
        canvas = PngCanvas(self.width, self.height, 2 if len(self._rows) <= SHARP_ROWS else 1)
        self._draw(canvas)
        canvas.save(path)

    def write_html(self, path: Path) -> None:
        canvas = SvgCanvas(self.width, self.height)
        self._draw(canvas)
        path.write_text(_page(self.name, canvas.svg(), self.timeline), encoding="utf-8")

    # --- layout ---------------------------------------------------------------------------------

    def _row(self, first: int) -> _Row:
        last = first + self._row_frames - 1
        marks = [mark for mark in self.timeline.marks if first <= mark.at <= last and mark.label]
        return _Row(
            first,
            last,
            self._labels(first, [mark for mark in marks if mark.side == "caller"]),
            self._labels(first, [mark for mark in marks if mark.side == "bot"]),
        )

    def _labels(self, first: int, marks: Sequence[Mark]) -> list[_Label]:
        """From the right, each above those to its right that it would meet: no line crosses a text.
        Where that takes too many lanes, the first lane that is free."""
        labels: list[_Label] = []
        for mark in sorted(marks, key=lambda mark: mark.at, reverse=True):
            x = self._x(mark.at - first)
            width = text_width(mark.label, SIZE) * 1.05 + 8
            text_x = min(x + 4, LEFT + PLOT - width)
            met = [other.lane for other in labels if min(other.x, other.text_x) < text_x + width]
            lane = max(met, default=-1) + 1
            if lane >= MOST_LANES:
                taken = {other.lane for other in labels if other.text_x < text_x + width}
                lane = next(lane for lane in range(len(labels) + 1) if lane not in taken)
            labels.append(_Label(mark, x, text_x, lane))
        return labels

    def _x(self, frame: float) -> float:
        return LEFT + PLOT * frame / self._row_frames

    # --- drawing --------------------------------------------------------------------------------

    def _draw(self, canvas: Canvas) -> None:
        self._draw_head(canvas)
        y = float(TITLE)
        for row in self._rows:
            self._draw_row(canvas, row, y + LANE * row.lanes_above)
            y += row.height

    def _draw_head(self, canvas: Canvas) -> None:
        canvas.text(LEFT, 20, self.name, INK, 18)
        shown = f"{clock(self.timeline.frames)}, {_counts(self.timeline)}"
        canvas.text(LEFT + text_width(self.name, 18) * 1.1 + 16, 21, shown, FAINT, SIZE)
        x = float(LEFT)
        for look, colour in FILL.items():
            canvas.box(x, 42, x + 22, 56, colour)
            canvas.text(x + 28, 49, look.value, INK, SIZE)
            x += 28 + text_width(look.value, SIZE) * 1.05 + 22

    def _draw_row(self, canvas: Canvas, row: _Row, top: float) -> None:
        tops = {"caller": top, "bot": top + TRACK + MIDDLE}
        last = min(row.last, self.timeline.frames - 1)
        end_x = self._x(last + 1 - row.first)
        for side, track_top in tops.items():
            canvas.text(8, track_top + TRACK / 2, side, WAVE[side], SIZE)
            canvas.box(LEFT, track_top, end_x, track_top + TRACK, "#f7f7f7")
            self._draw_bands(canvas, row, side, track_top)
            scale = (
                TRACK
                * 0.48
                / max(QUIET_PEAK, int(np.abs(self._samples[side].astype(np.int32)).max(initial=0)))
            )
            peaks = self._peaks(side, row.first, last + 1, scale)
            canvas.wave(LEFT, track_top + TRACK / 2, peaks, WAVE[side])
        self._draw_time(canvas, row, top + TRACK, end_x)
        self._draw_marks(canvas, row, top)

    def _draw_bands(self, canvas: Canvas, row: _Row, side: str, top: float) -> None:
        order = list(FILL)
        bands = [band for band in self.timeline.bands if band.side == side]
        shown = [band for band in bands if band.first <= row.last and band.last >= row.first]
        # the prompt below, what happened in it above
        for band in sorted(shown, key=lambda band: (band.look is not Look.PLAYING, order.index(band.look))):
            x0 = self._x(max(band.first, row.first) - row.first)
            x1 = self._x(min(band.last, row.last) + 1 - row.first)
            canvas.box(x0, top, x1, top + TRACK, FILL[band.look], band.tip)

    def _peaks(self, side: str, first: int, end: int, scale: float) -> list[tuple[float, float]]:
        row_samples = self._row_frames * FRAME_SAMPLES
        samples = self._samples[side][first * FRAME_SAMPLES : end * FRAME_SAMPLES]
        if not samples.size:
            return []
        edges = np.arange(PLOT) * row_samples // PLOT
        edges = edges[edges < samples.size]
        low = np.minimum.reduceat(samples, edges) * scale
        high = np.maximum.reduceat(samples, edges) * scale
        return list(zip(low.tolist(), high.tolist(), strict=True))

    def _draw_time(self, canvas: Canvas, row: _Row, y: float, end_x: float) -> None:
        row_s = self._row_frames * FRAME_MS // 1000
        first_s = row.first * FRAME_MS // 1000
        words_s = 1 if row_s <= 20 else 5
        for second in range(row_s + 1):
            x = LEFT + PLOT * second / row_s
            if x > end_x:
                break
            canvas.line(x, y, x, y + MIDDLE, GRID)
            if second % words_s == 0 and second < row_s:
                canvas.text(x + 3, y + MIDDLE / 2, _seconds(first_s + second), FAINT, 11)

    def _draw_marks(self, canvas: Canvas, row: _Row, top: float) -> None:
        bottom = top + 2 * TRACK + MIDDLE
        texts = []
        for labels, up in ((row.above, True), (row.below, False)):
            for label in labels:
                mark, colour = label.mark, STROKE[label.mark.look]
                away = LANE * (label.lane + 1)
                far = top - away if up else bottom + away
                near = (top + TRACK if up else bottom - TRACK) if mark.line else (top if up else bottom)
                if mark.look is Look.STOPPED:
                    near = top
                canvas.line(label.x, far, label.x, near, colour, 2 if mark.line else 1)
                canvas.hover(label.x - 4, min(far, near), label.x + 4, max(far, near), mark.tip)
                texts.append((label.text_x, far + (LANE / 2 if up else -LANE / 2), mark, colour))
        for x, y, mark, colour in texts:
            canvas.text(x, y, mark.label, colour, SIZE, mark.tip)


def _seconds(second: int) -> str:
    return f"{second // 60}:{second % 60:02d}" if second >= 60 else f"{second} s"


def _counts(timeline: Timeline) -> str:
    kinds = [kind for _, kind, _ in timeline.rows]
    words = {
        Kind.BARGE_IN: "stopped", Kind.DUCKED: "ducked", Kind.SPEECH_IGNORED: "ignored",
        Kind.PROMPT_RESUMED: "resumed", Kind.TRANSCRIPT: "turns", Kind.NO_INPUT: "no input",
    }  # fmt: skip
    ducked_off = sum(kind == Kind.DUCKED and "on no" in data for _, kind, data in timeline.rows)
    counts = {kind: kinds.count(kind.value) for kind in words}
    counts[Kind.DUCKED] -= ducked_off
    return ", ".join(f"{count} {words[kind]}" for kind, count in counts.items() if count) or "no decision"


# --- the page -----------------------------------------------------------------------------------

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{name}</title>
<style>
body {{ margin: 12px; font: 14px Helvetica, Arial, sans-serif; color: #222; background: #fff; }}
svg {{ display: block; max-width: 100%; height: auto; }}
[data-tip] {{ cursor: help; }}
#tip {{ position: fixed; display: none; max-width: 480px; padding: 8px 10px; white-space: pre-wrap;
  background: #222; color: #fff; font: 13px/1.4 monospace; border-radius: 4px; pointer-events: none; }}
table {{ border-collapse: collapse; margin: 16px 0 0 56px; }}
td, th {{ text-align: left; padding: 3px 14px 3px 8px; border-bottom: 1px solid #ddd; vertical-align: top; }}
td:first-child {{ text-align: right; font-variant-numeric: tabular-nums; }}
</style>
</head>
<body>
{svg}
<table>
<tr><th>time</th><th>entry</th><th>data</th></tr>
{rows}
</table>
<div id="tip"></div>
<script>
const tip = document.getElementById("tip");
document.addEventListener("mousemove", (event) => {{
  const over = event.target.closest("[data-tip]");
  tip.style.display = over ? "block" : "none";
  if (!over) return;
  tip.textContent = over.dataset.tip;
  tip.style.left = Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8) + "px";
  tip.style.top = Math.min(event.clientY + 14, innerHeight - tip.offsetHeight - 8) + "px";
}});
</script>
</body>
</html>
"""


def _page(name: str, svg: str, timeline: Timeline) -> str:
    rows = "\n".join(
        f"<tr><td>{clock(at)}</td><td>{escape(kind)}</td><td>{escape(data)}</td></tr>"
        for at, kind, data in timeline.rows
    )
    return PAGE.format(name=escape(name), svg=svg, rows=rows)
