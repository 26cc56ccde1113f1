"""Boxes and arrows enter; a picture leaves, as SVG that needs nothing from elsewhere."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from html import escape

from ivr.flow.graph import Arrow, Box, Graph
from ivr.flow.graph_layout import Link, Point, Size, lay_out

BOX_W, BOX_H, BARE_H, SIGN_H = 228.0, 66.0, 32.0, 22.0
"""a box, one in which no text stands, and a sign"""
WIDEST_WORDS = 250.0
LINE_H = 15.0
PAD = 9.0
NUMBER_GAP = 6
FONT = (
    "system-ui, 'Segoe UI', Roboto, 'Noto Sans', 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', "
    "'WenQuanYi Micro Hei', sans-serif"
)
GROUPS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "speak": ("#e3edfd", "#5b84c4", ("say", "voicemail")),
    "ask": ("#fdf0d2", "#c29a3a", ("listen", "menu", "ask")),
    "decide": ("#eeeeee", "#8a8a8a", ("choose", "set")),
    "other systems": ("#dff3e2", "#55a065", ("call", "verify")),
    "another flow": ("#ece2f8", "#8b68b8", ("flow",)),
    "a person": ("#fde0d9", "#cf6b52", ("transfer", "queue")),
    "end": ("#f9dce6", "#c25a80", ("hang_up", "return")),
    "any question": ("#ffffff", "#444444", ("any",)),
}
"""what is said of a colour: (inside, rim, the words of its steps)"""
_COLOURS = {kind: colours[:2] for colours in GROUPS.values() for kind in colours[2]}
STYLE = (
    f"text{{font-family:{FONT};font-size:12px;fill:#333}} .t{{font-weight:600;font-size:13px;fill:#111}}"
    " .k{font-size:10.5px;fill:#666} .w{font-size:11.5px;fill:#333} .n{font-weight:600;fill:#14539a}"
    " path{fill:none;stroke:#8d949c;stroke-width:1.3} a{cursor:pointer} g:target rect{stroke-width:4}"
)


def svg(graph: Graph, name: str, pages: Sequence[str] = ()) -> str:
    """`pages`: flows with pictures of their own, to which boxes lead."""
    index = {box.key: at for at, box in enumerate(graph.boxes)}
    links = [Link(index[arrow.source], index[arrow.target], _words_size(arrow)) for arrow in graph.arrows]
    made = lay_out([_size(box) for box in graph.boxes], links)
    width, height = f"{made.size.width:.0f}", f"{made.size.height:.0f}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}">'
        f"<title>{escape(name)}</title><style>{STYLE}</style>"
        f'<defs><marker id="end-{escape(name)}" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="7" '
        'markerHeight="7" orient="auto"><path d="M0,0 L8,4 L0,8 z" style="fill:#8d949c;stroke:none"/>'
        "</marker></defs>"
    ]
    parts += [_path(path, made.down, name) for path in made.paths]
    parts += [part for arrow, at in zip(graph.arrows, made.words, strict=True) for part in _words(arrow, at)]
    parts += [
        _linked(box, name, pages, "".join(_box(box, name, at)))
        for box, at in zip(graph.boxes, made.boxes, strict=True)
    ]
    return "".join((*parts, "</svg>"))


def place_of(flow: str, step: str) -> str:
    """The name of a box in a page."""
    return f"{flow}/{step}"


# --- sizes ------------------------------------------------------------------------------------------


def text_width(text: str, size: float = 12) -> float:
    """In pixels, about: fonts differ."""
    return size * sum(1.0 if unicodedata.east_asian_width(letter) in "WF" else 0.57 for letter in text)


def cut(text: str, width: float, size: float = 12) -> str:
    if text_width(text, size) <= width:
        return text
    while text and text_width(text, size) > width - size:
        text = text[:-1]
    return f"{text.rstrip()}…"


def wrapped(text: str, width: float, lines: int, size: float = 12) -> list[str]:
    """At blanks, and between Chinese characters; what does not fit ends in an ellipsis."""
    pieces: list[str] = []
    for letter in " ".join(text.split()):
        wide = unicodedata.east_asian_width(letter) in "WF"
        if pieces and not wide and not pieces[-1].endswith(" ") and text_width(pieces[-1][-1], 1) < 1:
            pieces[-1] += letter
        else:
            pieces.append(letter)
    made = [""]
    for piece in pieces:
        if made[-1] and text_width((made[-1] + piece).rstrip(), size) > width:
            made.append("")
        made[-1] += piece
    kept = [*made[: lines - 1], "".join(made[lines - 1 :])]
    return [cut(line.strip(), width, size) for line in kept if line.strip()]


def _size(box: Box) -> Size:
    if box.kind == "sign":
        return Size(text_width(box.title, 13) + 36, SIGN_H)
    if box.key[0] == "flow":
        return Size(max(90, text_width(box.title, 14) + 2 * PAD), BARE_H)
    return Size(BOX_W, BOX_H if box.text else BARE_H)


def _words_size(arrow: Arrow) -> Size:
    lines = _lines(arrow)
    wide = max(
        (text_width(text + number, 11.5) + (NUMBER_GAP if number else 0) for text, number in lines),
        default=-4,
    )
    return Size(wide + 4, LINE_H * len(lines) + (2 if lines else 0))


def _lines(arrow: Arrow) -> list[tuple[str, str]]:
    """(words, number of calls)"""
    lines = [
        (cut(words.text, WIDEST_WORDS, 11.5), "" if words.calls is None else str(words.calls))
        for words in arrow.words
    ]
    if arrow.calls is not None:
        lines = [*lines[:-1], (lines[-1][0] if lines else "", str(arrow.calls))]
    return lines


# --- drawing ----------------------------------------------------------------------------------------


def _path(points: Sequence[Point], down: bool, flow: str) -> str:
    """Straight within a column or row, bent between two."""
    (x, y), *rest = points
    drawn = f"M{x:.0f},{y:.0f}"
    for at, (next_x, next_y) in enumerate(rest):
        if at % 2:
            drawn += f" L{next_x:.0f},{next_y:.0f}"
        else:
            along = (0.0, (next_y - y) / 2) if down else ((next_x - x) / 2, 0.0)
            first, second = (x + along[0], y + along[1]), (next_x - along[0], next_y - along[1])
            drawn += " C" + " ".join(f"{a:.0f},{b:.0f}" for a, b in (first, second, (next_x, next_y)))
        x, y = next_x, next_y
    return f'<path d="{drawn}" marker-end="url(#end-{escape(flow)})"/>'


def _words(arrow: Arrow, at: Point) -> Iterator[str]:
    size = _words_size(arrow)
    x, y = at
    if size.height:
        yield (
            f'<rect x="{x:.0f}" y="{y:.1f}" width="{size.width:.0f}" height="{size.height:.0f}" fill="#fff"/>'
        )
    for number, (text, calls) in enumerate(_lines(arrow)):
        full = arrow.words[number].text if number < len(arrow.words) else ""
        told = f"<title>{escape(full)}</title>" if full != text else ""
        yield (
            f'<text class="w" x="{x + 2:.0f}" y="{y + 12 + LINE_H * number:.1f}">{told}{escape(text)}'
            f"{_number(calls, bool(text))}</text>"
        )


def _box(box: Box, flow: str, at: Point) -> Iterator[str]:
    size = _size(box)
    x, y = at
    inside, rim = _COLOURS.get(box.kind, ("#ffffff", "#8d949c"))
    round_ = size.height / 2 if box.kind == "sign" or box.key[0] == "flow" else 7
    strong = 2.5 if box.marks else 1.2
    dashed = ' stroke-dasharray="5 3"' if box.kind in ("any", "sign") else ""
    yield f'<g id="{escape(place_of(flow, box.title))}">' if box.key[0] == "step" else "<g>"
    yield f"<title>{escape(': '.join(filter(None, (f'{box.kind} {box.title}', box.text))))}</title>"
    yield (
        f'<rect x="{x:.0f}" y="{y:.1f}" width="{size.width:.0f}" height="{size.height:.0f}" '
        f'rx="{round_:.0f}" fill="{inside}" stroke="{rim}" stroke-width="{strong}"{dashed}/>'
    )
    if box.kind == "sign":
        yield f'<text x="{x + 10:.0f}" y="{y + 15:.1f}">→ {escape(box.title)}</text></g>'
        return
    kind = " · ".join((*box.marks, "" if box.kind == "any" or box.key[0] == "flow" else box.kind))
    room = size.width - 2 * PAD - text_width(kind, 10.5) - 6
    calls = "" if box.calls is None else _number(str(box.calls), True)
    title = box.title if box.key[0] == "flow" else cut(box.title, room - (40 if calls else 0), 13)
    yield f'<text class="t" x="{x + PAD:.0f}" y="{y + 20:.1f}">{escape(title)}{calls}</text>'
    right = x + size.width - PAD
    yield f'<text class="k" x="{right:.0f}" y="{y + 20:.1f}" text-anchor="end">{escape(kind)}</text>'
    for number, line in enumerate(wrapped(box.text, size.width - 2 * PAD, 2)):
        yield f'<text x="{x + PAD:.0f}" y="{y + 39 + LINE_H * number:.1f}">{escape(line)}</text>'
    yield "</g>"


def _number(calls: str, apart: bool) -> str:
    gap = f' dx="{NUMBER_GAP}"' if apart else ""
    return f'<tspan class="n"{gap}>{calls}</tspan>' if calls else ""


def _linked(box: Box, flow: str, pages: Sequence[str], drawn: str) -> str:
    if box.kind == "sign":
        return f'<a href="#{escape(place_of(flow, box.leads_to))}">{drawn}</a>'
    return f'<a href="#{escape(box.leads_to)}">{drawn}</a>' if box.leads_to in pages else drawn
