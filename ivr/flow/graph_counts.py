"""How many calls went each way: the journals of calls enter; a drawn flow leaves with its counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from ivr.events import Kind
from ivr.flow.flow import Flow
from ivr.flow.graph import ANY, Arrow, Box, Graph

KINDS = (
    Kind.STEP, Kind.UNDERSTOOD, Kind.FLOW_ENTERED, Kind.FLOW_LEFT, Kind.NO_MATCH, Kind.NO_INPUT,
    Kind.REQUEST_ENDED, Kind.TRANSFER_ENDED, Kind.MESSAGE, Kind.CORRECTED, Kind.ERROR,
)  # fmt: skip
"""the entries of a journal that are read"""
Entry = tuple[Kind, Mapping[str, Any]]
Part = tuple[Literal["step", "way", "meaning"], str, str, str]
"""a flow, and in it: (step, ""), (from step, to step), (step, intent)"""


@dataclass(slots=True)
class Counts:
    """Of calls; each counts once for a part, however often it came there."""

    calls: int = 0
    parts: Counter[Part] = field(default_factory=Counter)

    def add(self, root: Flow, entries: Iterable[Entry]) -> None:
        """A call that began with that flow, perhaps in an older version."""
        self.calls += 1
        self.parts.update(_walked(root, entries))


def _walked(root: Flow, entries: Iterable[Entry]) -> set[Part]:
    parts: set[Part] = set()
    flow, step = root.name, ""
    callers: list[tuple[str, str]] = []
    led = True  # whether the step that follows is reached by the word of the one before
    for kind, data in entries:
        match kind:
            case Kind.STEP:
                parts.add(("step", flow, data["step"], ""))
                if led and step:
                    parts.add(("way", flow, step, data["step"]))
                step, led = data["step"], True
            case Kind.FLOW_ENTERED:
                callers.append((flow, step))
                flow, step = data["flow"], ""
            case Kind.FLOW_LEFT:
                flow, step = callers.pop() if callers else (flow, "")
                led = data["outcome"] != "left"
            case Kind.UNDERSTOOD:
                meant = _meant(root, [flow, *(name for name, _ in callers)], step, data.get("intent", ""))
                parts |= {("meaning", *each) for each in meant}
                led = not meant
            case Kind.CORRECTED:
                led = data["step"] == step
            case Kind.ERROR:
                led = False
            case _:
                led = True
    return parts


def _meant(root: Flow, around: list[str], step: str, intent: str) -> set[tuple[str, str, str]]:
    """(flow, step, intent) wherever that may be meant; nothing for an answer, or its yes and no."""
    inner, *_ = known = [root.flows.get(name) for name in around]
    if inner and intent in inner.listens.get(step, {}):
        return {(inner.name, step, intent)}
    return {
        (flow.name, "", intent)
        for flow in known
        if flow and (intent in flow.anywhere or intent in flow.commands)
    }


def counted(graph: Graph, flow: str, counts: Counts) -> Graph:
    boxes = {box.key: box for box in graph.boxes}
    arrows = tuple(_arrow(arrow, boxes[arrow.target], flow, counts.parts) for arrow in graph.arrows)
    return Graph(tuple(_box(box, arrows, flow, counts) for box in graph.boxes), arrows)


def _arrow(arrow: Arrow, target: Box, flow: str, parts: Counter[Part]) -> Arrow:
    source = arrow.source[1]  # empty for any question
    words = tuple(
        replace(each, calls=parts["meaning", flow, source, each.intent]) if each.intent else each
        for each in arrow.words
    )
    calls = None
    if not words or not all(each.intent for each in words):
        calls = parts["way", flow, source, target.leads_to if target.kind == "sign" else target.key[1]]
    return replace(arrow, words=words, calls=calls)


def _box(box: Box, arrows: Iterable[Arrow], flow: str, counts: Counts) -> Box:
    if box.key == ANY:
        return replace(box, calls=counts.calls)
    if box.key[0] == "step":
        return replace(box, calls=counts.parts["step", flow, box.key[1], ""])
    return box
