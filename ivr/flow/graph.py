"""A flow as boxes and arrows: its steps and the ways between them enter; what is drawn leaves.

A way that leads back, or far to a box that many reach, is drawn as a small sign that names the box: otherwise
the lines of a large flow would cover each other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ivr.flow import graph_layout, reading
from ivr.flow.flow import Flow
from ivr.flow.schema import Intent
from ivr.flow.steps import STEPS, AskStep, ChooseStep, FlowStep, ListenStep, MenuStep, Step

Key = tuple[Literal["step", "flow", "any", "sign"], str]
"""of a box: a step, a flow that is gone through without a step of its own, any question, or a sign"""
ANY: Key = ("any", "")
FAR, MANY = 2, 3
"""an arrow over more ranks to a box with so many arrows becomes a sign"""


@dataclass(frozen=True, slots=True)
class Box:
    key: Key
    title: str
    kind: str
    """the word of the step; any, flow or sign"""
    text: str = ""
    """its first prompt, or what else it does"""
    marks: tuple[str, ...] = ()
    """start, home, person"""
    leads_to: str = ""
    """a flow, or the step that a sign names"""
    calls: int | None = None
    """that came here"""


@dataclass(frozen=True, slots=True)
class Words:
    """Why a way is taken."""

    text: str
    intent: str = ""
    """what was meant, where it is that"""
    calls: int | None = None


@dataclass(frozen=True, slots=True)
class Arrow:
    source: Key
    target: Key
    words: tuple[Words, ...] = ()
    calls: int | None = None
    """that went this way"""


@dataclass(frozen=True, slots=True)
class Graph:
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    """without a circle: in its place there are signs"""


def graph(flow: Flow) -> Graph:
    boxes = {box.key: box for box in _boxes(flow)}
    arrows = _joined(_arrows(flow))
    for arrow in arrows:
        kind, name = arrow.target
        if kind == "flow":
            boxes.setdefault(arrow.target, Box(arrow.target, name, "flow", leads_to=name))
    signed = _signs(list(boxes), arrows)
    for index in sorted(signed):
        arrow = arrows[index]
        name = arrow.target[1]
        sign: Key = ("sign", f"{index} {name}")
        boxes[sign] = Box(sign, name, "sign", leads_to=name)
        arrows[index] = replace(arrow, target=sign)
    return Graph(tuple(boxes.values()), tuple(arrows))


# --- boxes ----------------------------------------------------------------------------------------


def _boxes(flow: Flow) -> Iterator[Box]:
    marks: dict[str, list[str]] = {flow.start: ["start"]}
    if flow.home:
        marks.setdefault(flow.home, []).append("home")
    if flow.person and flow.person.flow == flow.name:
        marks.setdefault(flow.person.step, []).append("person")
    for name in dict.fromkeys((flow.start, *flow.steps)):
        step = flow.steps[name]
        called = step.flow if isinstance(step, FlowStep) else ""
        yield Box(("step", name), name, _kind(step), _text(step), tuple(marks.get(name, ())), called)
    if any(_anywhere(flow)):
        yield Box(ANY, "any question", "any", "What a caller may say or key at every question")


def _kind(step: Step) -> str:
    return next(word for word, model in STEPS.items() if type(step) is model)


def _text(step: Step) -> str:
    said = next((prompts[0].text for _, prompts in reading.step_prompt_lists(step) if prompts), "")
    match step:
        case AskStep():
            return f"{step.ask} ({step.type}): {said}"
        case FlowStep():
            return step.flow
    given = getattr(step, "set", None) or getattr(step, "return_", None) or {}
    does = "; ".join(f"{name} = {source}" for name, source in given.items())
    path = getattr(step, "get", None) or getattr(step, "post", None) or ""
    names = [
        getattr(step, word, "") for word in ("call", "verify", "transfer", "queue", "voicemail", "hang_up")
    ]
    does = does or " ".join(filter(None, (*names, path)))
    return ": ".join(filter(None, (does, said)))


# --- arrows ---------------------------------------------------------------------------------------


def _arrows(flow: Flow) -> Iterator[Arrow]:
    for led_to, meant in _anywhere(flow):
        yield Arrow(ANY, led_to, (meant,))
    for name, step in flow.steps.items():
        for where, target in reading.targets(step):
            yield Arrow(("step", name), ("step", target), tuple(_words(flow, name, step, where)))
        if not isinstance(step, FlowStep):
            for where, called in reading.calls(step):
                yield Arrow(("step", name), ("flow", called), tuple(_words(flow, name, step, where)))


def _anywhere(flow: Flow) -> Iterator[tuple[Key, Words]]:
    for name, intent in flow.anywhere.items():
        target: Key = ("flow", intent.flow) if intent.flow else ("step", intent.next or "")
        yield target, Words(_meant(name, intent.keys), name)
    for name, command in flow.commands.items():
        if command.next and command.next.flow == flow.name:
            yield ("step", command.next.step), Words(_meant(name, command.keys), name)


def _words(flow: Flow, name: str, step: Step, where: tuple[str | int, ...]) -> Iterator[Words]:
    first = str(where[0])
    if isinstance(step, ListenStep | MenuStep) and first != "give_up":
        intent: Intent = flow.listens[name][str(where[1])]
        if isinstance(step, MenuStep):
            yield Words(f"{intent.means} [{intent.keys}]", str(where[1]))
        else:
            yield Words(_meant(str(where[1]), intent.keys), str(where[1]))
    elif isinstance(step, ChooseStep) and first == "choose":
        yield Words(step.choose[int(where[1])].when)
    elif first == "status":
        yield Words(str(where[1]))
    elif first != "next":
        yield Words(first)


def _meant(name: str, keys: str | None) -> str:
    return f"{name} [{keys}]" if keys else name


def _joined(arrows: Iterator[Arrow]) -> list[Arrow]:
    """One arrow from box to box, with all its words; in the order in which they come first."""
    joined: dict[tuple[Key, Key], Arrow] = {}
    for arrow in arrows:
        ends = arrow.source, arrow.target
        words = joined[ends].words if ends in joined else ()
        joined[ends] = replace(arrow, words=words + arrow.words)
    return list(joined.values())


# --- signs ----------------------------------------------------------------------------------------


def _signs(keys: Sequence[Key], arrows: Sequence[Arrow]) -> set[int]:
    """The numbers of the arrows that become signs."""
    number = {key: at for at, key in enumerate(keys)}
    ends = [(number[arrow.source], number[arrow.target]) for arrow in arrows]
    signed = _back(len(keys), ends)
    onward = [pair for index, pair in enumerate(ends) if index not in signed]
    rank = graph_layout.ranks(len(keys), onward)
    reached = Counter(target for _, target in onward)
    for index, (source, target) in enumerate(ends):
        if index not in signed and rank[target] - rank[source] > FAR and reached[target] >= MANY:
            signed.add(index)
    return signed


def _back(count: int, ends: Sequence[tuple[int, int]]) -> set[int]:
    """Those that lead to a box on the way to which they were found, depth first."""
    leading: list[list[int]] = [[] for _ in range(count)]
    for index, (source, _) in enumerate(ends):
        leading[source].append(index)
    back: set[int] = set()
    state = ["new"] * count
    for start in range(count):
        path = [(start, iter(leading[start]))] if state[start] == "new" else []
        while path:
            here, rest = path[-1]
            state[here] = "open"
            index = next(rest, -1)
            if index < 0:
                state[here] = "done"
                path.pop()
            elif state[ends[index][1]] == "open":
                back.add(index)
            elif state[ends[index][1]] == "new":
                target = ends[index][1]
                path.append((target, iter(leading[target])))
    return back
