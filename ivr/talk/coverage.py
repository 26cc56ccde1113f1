"""How much of flows was gone through: the journal notes of conversations enter; the steps and branches
that none of them reached leave, with their lines.

A branch is a way from a step to another (several conditions that lead to the same step are one), or
something that a caller may mean. What a flow's conversations reach in the flows that it calls counts too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass
from operator import add
from pathlib import Path
from typing import Literal

from ivr import located
from ivr.events import Kind
from ivr.flow import reading
from ivr.flow.actions import Note
from ivr.flow.flow import Flow
from ivr.flow.steps import ListenStep, MenuStep, Step
from ivr.located import Key, Problem

Part = tuple[Literal["step", "way", "meaning"], str, str]
"""("step", name, ""), ("way", from, to), ("meaning", step or "" for anywhere, intent)"""


@dataclass(frozen=True, slots=True)
class Share:
    """How much of one flow was reached, or of several."""

    steps: int = 0
    of_steps: int = 0
    branches: int = 0
    of_branches: int = 0

    def __add__(self, other: Share) -> Share:
        return Share(*map(add, astuple(self), astuple(other)))


class Coverage:
    """Of any number of flows, kept by their files."""

    def __init__(self) -> None:
        self._parts: dict[Path, dict[Part, Key]] = {}
        self._reached: dict[Path, set[Part]] = {}

    @property
    def files(self) -> list[Path]:
        return list(self._parts)

    def add(self, root: Flow) -> None:
        """The flow and all those that it calls are wanted to be gone through."""
        for flow in root.flows.values():
            if flow.file not in self._parts:
                self._parts[flow.file] = dict(_parts(flow))
                self._reached[flow.file] = set()

    def held(self, root: Flow, notes: Iterable[Sequence[Note]]) -> None:
        """A conversation of that flow; the notes of each act together."""
        for flow, part in _walked(root, notes):
            if part in self._parts[flow.file]:
                self._reached[flow.file].add(part)

    def share(self, file: Path) -> Share:
        def count(parts: Iterable[Part]) -> tuple[int, int]:
            kinds = [part[0] == "step" for part in parts]
            return sum(kinds), len(kinds) - sum(kinds)

        steps, branches = count(self._reached[file])
        of_steps, of_branches = count(self._parts[file])
        return Share(steps, of_steps, branches, of_branches)

    def unreached(self, file: Path) -> list[Problem]:
        """In the order of the file; of a step that was never reached not its branches too."""
        source = located.read(file)
        reached = self._reached[file]
        missing = [part for part in self._parts[file] if part not in reached]
        told = [p for p in missing if p[0] == "step" or not p[1] or ("step", p[1], "") in reached]
        return sorted(source.problem(self._parts[file][part], _told(part)) for part in told)


def _told(part: Part) -> str:
    kind, name, other = part
    if kind == "step":
        return f"step '{name}' is never reached"
    if kind == "way":
        return f"step '{name}' never leads to '{other}'"
    return f"step '{name}': nobody means '{other}'" if name else f"anywhere: nobody means '{other}'"


def _parts(flow: Flow) -> Iterator[tuple[Part, Key]]:
    """Each with where it stands in the file; the first place of those that are one."""
    found: dict[Part, Key] = {}
    for name in flow.anywhere:
        found["meaning", "", name] = ("anywhere", name)
    for name, step in flow.steps.items():
        found["step", name, ""] = ("steps", name)
        for where, target in _ways(step):
            found.setdefault(("way", name, target), ("steps", name, *where))
        for intent in flow.listens.get(name, {}):
            word = "listen" if isinstance(step, ListenStep) else "menu"
            found["meaning", name, intent] = ("steps", name, word, intent)
    yield from found.items()


def _ways(step: Step) -> Iterator[tuple[Key, str]]:
    """What is meant at a step leads on too, but is a branch of its own."""
    asks = isinstance(step, ListenStep | MenuStep)
    return ((w, target) for w, target in reading.targets(step) if not asks or w == ("give_up",))


def _walked(root: Flow, notes: Iterable[Sequence[Note]]) -> Iterator[tuple[Flow, Part]]:
    """Every part on the way, with its flow."""
    flow, step = root, ""
    callers: list[tuple[Flow, str]] = []
    for act in notes:
        led = True  # whether the step that follows is reached by the word of the one before
        for note in act:
            data = note.data
            match note.kind:
                case Kind.STEP:
                    yield flow, ("step", data["step"], "")
                    if led and step:
                        yield flow, ("way", step, data["step"])
                    step, led = data["step"], True
                case Kind.FLOW_ENTERED:
                    callers.append((flow, step))
                    flow, step = root.flows[data["flow"]], ""
                case Kind.FLOW_LEFT:
                    flow, step = callers.pop()
                    led = data["outcome"] != "left"
                case Kind.UNDERSTOOD:
                    intent = data.get("intent", "")
                    around = (flow, *(caller for caller, _ in reversed(callers)))
                    if intent in flow.listens.get(step, {}):
                        yield flow, ("meaning", step, intent)
                        led = False
                    elif of := next((f for f in around if intent in f.anywhere), None):
                        yield of, ("meaning", "", intent)
                        led = False
                    else:
                        led = intent not in flow.commands
                case Kind.CORRECTED:
                    led = data["step"] == step
                case Kind.ERROR:
                    led = False
