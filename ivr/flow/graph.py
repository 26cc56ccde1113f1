"""A flow as a drawing: steps and the ways between them enter; boxes in rows and lines with words leave.

Rows go down from the first step; a step stands one row below the first that leads to it (breadth first), and
within its row where its neighbours are (barycentre heuristic, Sugiyama 1981). Lines that lead up again
run beside.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import escape

from ivr.flow import flow as flows
from ivr.flow.flow import Flow
from ivr.flow.schema import Intent
from ivr.flow.steps import STEPS, AskStep, ChooseStep, FlowStep, ListenStep, MenuStep, Step

BOX_W, BOX_H, GAP_X, GAP_Y = 210, 62, 34, 74
_SWEEPS = 6
_COLOURS = {
    "say": "#e8f0fe", "listen": "#fde9d0", "menu": "#fde9d0", "ask": "#fdf3d0", "choose": "#eeeeee",
    "set": "#eeeeee", "call": "#e3f4e3", "verify": "#e3f4e3", "flow": "#ece3f7", "return": "#f7e3e3",
    "queue": "#f7e3e3", "transfer": "#f7e3e3", "voicemail": "#e8f0fe", "hang_up": "#f7e3e3",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Way:
    source: str
    target: str
    """a step; `flow:NAME` for a flow that is gone through"""
    words: str
    """when it is taken"""


@dataclass(slots=True)
class Node:
    name: str
    kind: str
    text: str
    x: float = 0.0
    y: float = 0.0
    row: int = 0


@dataclass(slots=True)
class Graph:
    nodes: dict[str, Node] = field(default_factory=dict)
    ways: list[Way] = field(default_factory=list)
    width: float = 0.0
    height: float = 0.0


# --- what is drawn --------------------------------------------------------------------------------


def kind_of(step: Step) -> str:
    return next(word for word, model in STEPS.items() if type(step) is model)


def ways(flow: Flow) -> Iterator[Way]:
    for name, step in flow.steps.items():
        for where, target in flows.targets(step):
            yield Way(name, target, _words(flow, name, step, where))
        for where, target in flows.calls(step) if not isinstance(step, FlowStep) else ():
            yield Way(name, f"flow:{target}", _words(flow, name, step, where))


def _words(flow: Flow, name: str, step: Step, where: tuple[str | int, ...]) -> str:
    if isinstance(step, ListenStep | MenuStep) and len(where) == 3:
        return _intent_words(str(where[1]), flow.listens[name][str(where[1])])
    if isinstance(step, ChooseStep) and len(where) == 3:
        return step.choose[int(where[1])].when
    if where[0] == "status":
        return str(where[1])
    return "" if where[0] in ("next", "flow") else str(where[0])


def _intent_words(name: str, intent: Intent) -> str:
    return f"{name} ({intent.keys})" if intent.keys and intent.keys != name else name


def _text(step: Step) -> str:
    for _, prompts in flows.step_prompt_lists(step):
        return prompts[0].text
    if isinstance(step, ChooseStep):
        return ""
    for attribute in ("set", "get", "post", "flow", "hang_up", "transfer", "queue"):
        value = getattr(step, attribute, None)
        if value:
            return (
                ", ".join(f"{k} = {v}" for k, v in value.items())
                if isinstance(value, Mapping)
                else str(value)
            )
    return ""


def graph(flow: Flow) -> Graph:
    made = Graph(ways=list(ways(flow)))
    for name, step in flow.steps.items():
        text = f"{step.ask} ({step.type}): {_text(step)}" if isinstance(step, AskStep) else _text(step)
        made.nodes[name] = Node(name, kind_of(step), text)
    for way in made.ways:
        if way.target not in made.nodes:
            made.nodes[way.target] = Node(way.target, "flow", "")
    _lay_out(made, flow.start)
    return made


# --- where it stands ------------------------------------------------------------------------------


def _lay_out(made: Graph, start: str) -> None:
    rows = _rows(made, start)
    neighbours: dict[str, list[str]] = {name: [] for name in made.nodes}
    for way in made.ways:
        neighbours[way.source].append(way.target)
        neighbours[way.target].append(way.source)
    for sweep in range(_SWEEPS):
        for row in rows if sweep % 2 == 0 else rows[::-1]:
            place = {name: at for line in rows for at, name in enumerate(line)}
            middle = {
                name: sum(place[n] for n in neighbours[name]) / len(neighbours[name])
                if neighbours[name]
                else place[name]
                for name in row
            }
            row.sort(key=lambda name: (middle[name], place[name]))
    widest = max(len(row) for row in rows)
    made.width = widest * (BOX_W + GAP_X) + 3 * GAP_X
    made.height = len(rows) * (BOX_H + GAP_Y) + GAP_Y
    for number, row in enumerate(rows):
        left = (made.width - len(row) * (BOX_W + GAP_X) + GAP_X) / 2
        for at, name in enumerate(row):
            node = made.nodes[name]
            node.row, node.x, node.y = (
                number,
                left + at * (BOX_W + GAP_X),
                GAP_Y / 2 + number * (BOX_H + GAP_Y),
            )


_MOST_A_ROW = 9


def _rows(made: Graph, start: str) -> list[list[str]]:
    """Breadth first from the start; what is reached only from outside (a person, say) comes after."""
    follow: dict[str, list[str]] = {}
    for way in made.ways:
        follow.setdefault(way.source, []).append(way.target)
    rows: list[list[str]] = []
    seen: set[str] = set()
    for entry in (start, *made.nodes):
        line = [] if entry in seen else [entry]
        while line:
            seen.update(line)
            rows += [line[i : i + _MOST_A_ROW] for i in range(0, len(line), _MOST_A_ROW)]
            line = list(dict.fromkeys(t for name in line for t in follow.get(name, ()) if t not in seen))
    return rows


# --- how it looks ---------------------------------------------------------------------------------


def svg(flow: Flow, links: bool = False) -> str:
    """One picture; with `links` the flows that are gone through lead to their own."""
    made = graph(flow)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{made.width:.0f}" height="{made.height:.0f}" '
        f'viewBox="0 0 {made.width:.0f} {made.height:.0f}" '
        'font-family="sans-serif" font-size="12"><defs><marker id="end" viewBox="0 0 8 8" refX="7" refY="4" '
        'markerWidth="8" markerHeight="8" orient="auto">'
        '<path d="M0,0 L8,4 L0,8 z" fill="#777"/></marker></defs>'
    ]
    words = [part for number, way in enumerate(made.ways) for part in _line(made, way, number)]
    parts += [part for part in words if part.startswith("<path")]
    parts += [_box(flow, node, links) for node in made.nodes.values()]
    parts += [part for part in words if not part.startswith("<path")]
    return "".join(parts) + "</svg>"


def _line(made: Graph, way: Way, number: int) -> Iterator[str]:
    source, target = made.nodes[way.source], made.nodes[way.target]
    x0, y0, x1, y1 = source.x + BOX_W / 2, source.y + BOX_H, target.x + BOX_W / 2, target.y
    if target.row > source.row:
        bend = (y1 - y0) / 2
        path = f"M{x0:.0f},{y0:.0f} C{x0:.0f},{y0 + bend:.0f} {x1:.0f},{y1 - bend:.0f} {x1:.0f},{y1 - 3:.0f}"
        at_x, at_y = x0 + (x1 - x0) * 0.3, y0 + 16 + 13 * (number % 3)
    else:  # up again, or to the side: around the boxes
        side = max(source.x, target.x) + BOX_W + 12 + 5 * (number % 5)
        y0, y1 = source.y + BOX_H / 2, target.y + BOX_H / 2
        path = (
            f"M{source.x + BOX_W:.0f},{y0:.0f} C{side + 30:.0f},{y0:.0f} {side + 30:.0f},{y1:.0f} "
            f"{target.x + BOX_W + 3:.0f},{y1:.0f}"
        )
        at_x, at_y = source.x + BOX_W + 8, y0 - 6
    yield f'<path d="{path}" fill="none" stroke="#999" marker-end="url(#end)"/>'
    if way.words:
        text = f"<title>{escape(way.words)}</title>{escape(_cut(way.words, 30))}</text>"
        place = f'<text x="{at_x:.0f}" y="{at_y:.0f}" font-size="11"'
        yield f'{place} fill="white" stroke="white" stroke-width="3">{text}'  # a rim, to be read on lines
        yield f'{place} fill="#444">{text}'


def _box(flow: Flow, node: Node, links: bool) -> str:
    mark = "start" if node.name == flow.start else _mark(flow, node.name)
    name, called = node.name.removeprefix("flow:"), node.name.startswith("flow:")
    lines = _wrapped(node.text, 30)[:2]
    rim = ' stroke="#1a5fb4" stroke-width="2"' if mark else ' stroke="#888"'
    made = (
        f"<g><title>{escape(f'{node.kind} {name}: {node.text}')}</title>"
        f'<rect x="{node.x:.0f}" y="{node.y:.0f}" width="{BOX_W}" height="{BOX_H}" '
        f'rx="{22 if called else 6}" '
        f'fill="{_COLOURS[node.kind]}"{rim}/>'
        f'<text x="{node.x + 8:.0f}" y="{node.y + 18:.0f}" font-weight="bold">{escape(_cut(name, 24))}</text>'
        f'<text x="{node.x + BOX_W - 8:.0f}" y="{node.y + 18:.0f}" text-anchor="end" fill="#777">'
        f"{mark or node.kind}</text>"
    )
    for number, line in enumerate(lines):
        y = node.y + 36 + 16 * number
        made += f'<text x="{node.x + 8:.0f}" y="{y:.0f}" fill="#333">{escape(line)}</text>'
    made += "</g>"
    called_flow = name if called else node.text if node.kind == "flow" else ""
    return f'<a href="#{escape(called_flow)}">{made}</a>' if links and called_flow else made


def _mark(flow: Flow, step: str) -> str:
    """How the step is reached out of any question."""
    if flow.person and (flow.person.flow, flow.person.step) == (flow.name, step):
        return "person"
    reached = (
        n for n, c in flow.commands.items() if c.next and (c.next.flow, c.next.step) == (flow.name, step)
    )
    return next(reached, "")


def _wide(text: str) -> int:
    """In Latin letters."""
    return sum(2 if ord(letter) > 0x2E80 else 1 for letter in text)


def _cut(text: str, most: int) -> str:
    if _wide(text) <= most:
        return text
    while text and _wide(text) >= most:
        text = text[:-1]
    return f"{text}…"


def _wrapped(text: str, most: int) -> list[str]:
    lines = [""]
    pieces = text.split(" ") if text.isascii() or " " in text.strip() else list(text)
    between = " " if len(pieces) > 1 and " " in text else ""
    for piece in pieces:
        joined = f"{lines[-1]}{between if lines[-1] else ''}{piece}"
        if _wide(joined) <= most:
            lines[-1] = joined
        else:
            lines.append(piece)
    return [_cut(line, most) for line in lines if line]


def page(flow: Flow) -> str:
    """All flows that the first one goes through, one below the other, in one self-contained HTML."""
    order = [flow.name, *sorted(name for name in flow.flows if name != flow.name)]
    index = " · ".join(f'<a href="#{escape(name)}">{escape(name)}</a>' for name in order)
    drawn = "".join(
        f'<h2 id="{escape(name)}">{escape(name)}</h2><div>{svg(flow.flows[name], links=True)}</div>'
        for name in order
    )
    return (
        f'<!doctype html><html lang="{flow.language}"><meta charset="utf-8">'
        f"<title>{escape(flow.name)}</title>"
        "<style>body{font-family:sans-serif;margin:1em}div{overflow-x:auto;border:1px solid #ddd}"
        f"a{{text-decoration:none}}</style><p>{index}</p>{drawn}</html>"
    )
