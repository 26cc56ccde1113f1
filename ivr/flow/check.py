"""`ivr flow check`: a flow file enters, everything wrong or doubtful in it leaves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from ivr import located
from ivr.flow import loader
from ivr.flow.flow import Flow, targets
from ivr.flow.schema import ChooseStep, SayStep, SetStep
from ivr.flow.templates import SayAs
from ivr.located import Key, Problem, YamlError


def check(path: Path, say_as: SayAs, transfers: Mapping[str, str] = {}) -> list[Problem]:
    """What keeps the flow from loading; if it loads, steps that nobody reaches or leaves."""
    try:
        flow = loader.load(path, say_as, transfers)
    except YamlError as error:
        return list(error.problems)
    source = located.read(path)
    found = [*_unreachable(flow), *_dead_ends(flow)]
    return sorted(source.problem(where, message) for where, message in found)


def _unreachable(flow: Flow) -> Iterator[tuple[Key, str]]:
    starts = [flow.start, flow.person, *(command.next for command in flow.commands.values())]
    follow = {name: {target for _, target in targets(step)} for name, step in flow.steps.items()}
    reached = _closure(follow, (start for start in starts if start))
    for name in flow.steps:
        if name not in reached:
            yield ("steps", name), f"step '{name}': no other step leads here"


def _dead_ends(flow: Flow) -> Iterator[tuple[Key, str]]:
    """Steps after which the flow runs in circles: it neither waits for the caller nor ends."""
    backward: dict[str, set[str]] = {}
    resting = [n for n, step in flow.steps.items() if not isinstance(step, SayStep | SetStep | ChooseStep)]
    for name, step in flow.steps.items():
        for _, target in targets(step):
            backward.setdefault(target, set()).add(name)
    alive = _closure(backward, resting)
    for name in flow.steps:
        if name not in alive:
            yield ("steps", name), f"step '{name}': a dead end, from here it never listens, transfers or ends"


def _closure(edges: Mapping[str, Iterable[str]], starts: Iterable[str]) -> set[str]:
    reached: set[str] = set()
    waiting = list(starts)
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += edges.get(name, ())
    return reached
