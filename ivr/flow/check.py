"""`ivr flow check`: a flow file enters, everything wrong or doubtful in it and in the flows that it calls
leaves. What keeps a flow from loading is told alone; wording.py looks at the words, this file at the
ways through the steps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from ivr import located
from ivr.events import Grammar
from ivr.flow import flow as flows
from ivr.flow import loader, reading, references, templates, wording
from ivr.flow.flow import Flow
from ivr.flow.loader import Links
from ivr.flow.steps import AskStep, CallStep, ChooseStep, SayStep, SetStep, Step
from ivr.located import Key, Problem, YamlError

UnknownWords = Callable[[Grammar], Iterable[str]]
"""the words of a grammar that the recogniser cannot hear, such as ivr.asr.engines.unknown_words"""


def check(
    path: Path,
    transfers: Mapping[str, str] = {},
    unknown_words: UnknownWords = lambda grammar: (),
    links: Links | None = None,
) -> list[Problem]:
    try:
        root = loader.load(path, lambda value, *how: str(value), transfers, links)
    except YamlError as error:
        return list(error.problems)
    problems: set[Problem] = set()
    for flow in root.flows.values():
        source = located.read(flow.file)
        for where, message in found(flow, unknown_words):
            if source.present(where):  # what stands in the first flow is told there
                problems.add(source.problem(where, message))
    return sorted(problems)


def found(flow: Flow, unknown_words: UnknownWords) -> Iterator[tuple[Key, str]]:
    yield from _unreachable(flow)
    yield from _dead_ends(flow)
    yield from _read_too_early(flow)
    yield from wording.found(flow, unknown_words)


def _entries(flow: Flow) -> set[str]:
    """Steps that are reached from outside the flow, or out of any of its questions."""
    places = [flow.person, *(command.next for command in flow.commands.values())]
    names = {place.step for place in places if place and place.flow == flow.name}
    names |= {intent.next for intent in flow.anywhere.values() if intent.next}
    return names | ({flow.home} if flow.home else set())


def _unreachable(flow: Flow) -> Iterator[tuple[Key, str]]:
    follow = {name: {target for _, target in reading.targets(step)} for name, step in flow.steps.items()}
    reached = _closure(follow, {flow.start, *_entries(flow)})
    for name in flow.steps:
        if name not in reached:
            yield ("steps", name), f"step '{name}': no other step leads here"


def _dead_ends(flow: Flow) -> Iterator[tuple[Key, str]]:
    """Steps after which the flow runs in circles: it neither waits for the caller nor ends."""
    backward: dict[str, set[str]] = {}
    passing = (SayStep, SetStep, ChooseStep, CallStep)
    resting = [name for name, step in flow.steps.items() if not isinstance(step, passing)]
    for name, step in flow.steps.items():
        for _, target in reading.targets(step):
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


# --- values that may not be there yet ----------------------------------------------------------------


def _read_too_early(flow: Flow) -> Iterator[tuple[Key, str]]:
    before = _set_before(flow)
    everywhere = {*flows.KNOWN_VALUES, *flow.data, *flow.takes}
    for where, _, more in references.reads(flow):
        if where[0] != "steps" or str(where[1]) not in before:
            continue
        name = str(where[1])
        step = flow.steps[name]
        own = {step.ask} if isinstance(step, AskStep) and where[2] in ("confirm", "refuse") else set()
        if isinstance(step, SetStep) and where[2] == "set":  # one value may be made of those above it
            own = set(list(step.set)[: list(step.set).index(str(where[3]))])
        missing = _needed(flow, where) - before[name] - everywhere - more - own
        for value in sorted(missing & references.known_values(flow)):
            yield where, f"step '{name}': reads '{value}', which is not set on every way that leads here"


def _needed(flow: Flow, where: Key) -> frozenset[str]:
    """The names that must have a value where they are read: not those with a default."""
    source = reading.source_at(flow.steps[str(where[1])], where[2:])
    return templates.names_needed(source) if source else frozenset()


def _set_before(flow: Flow) -> dict[str, set[str]]:
    """For each step that can be reached: the names that every way to it has set."""
    entries = _entries(flow)
    before: dict[str, set[str]] = {name: set() for name in (flow.start, *entries)}
    waiting = list(before)
    while waiting:
        name = waiting.pop()
        step = flow.steps[name]
        for where, target in reading.targets(step):
            after = before[name] | _set_by(step, where)
            known = after if target not in before else before[target] & after
            if target in entries:
                known = set()
            if target not in before or known != before[target]:
                before[target] = known
                waiting.append(target)
    return before


def _set_by(step: Step, where: Key) -> set[str]:
    """What the step has set when it leads on by this key."""
    succeeded = where == ("next",) or (where[0] == "status" and str(where[1]) < "400")
    return set(reading.assigns(step)) if succeeded else set()
