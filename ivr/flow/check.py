"""`ivr flow check`: a flow file enters, everything wrong or doubtful in it leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from ivr import located
from ivr.events import Grammar
from ivr.flow import loader, match
from ivr.flow.flow import Flow, targets
from ivr.flow.schema import ChooseStep, ListenStep, SayStep, SetStep
from ivr.located import Key, Problem, YamlError

UnknownWords = Callable[[Grammar], Iterable[str]]
"""the words of a grammar that the recogniser cannot hear, such as ivr.asr.engines.unknown_words"""


def check(
    path: Path, transfers: Mapping[str, str] = {}, unknown_words: UnknownWords = lambda grammar: ()
) -> list[Problem]:
    """What keeps the flow from loading; if it loads, steps that nobody reaches or leaves, and
    examples with words that the recogniser does not know."""
    try:
        flow = loader.load(path, lambda value, kind, language, currency: str(value), transfers)
    except YamlError as error:
        return list(error.problems)
    source = located.read(path)
    found = [*_unreachable(flow), *_dead_ends(flow), *_unheard(flow, unknown_words)]
    return sorted({source.problem(where, message) for where, message in found})


def _unheard(flow: Flow, unknown_words: UnknownWords) -> Iterator[tuple[Key, str]]:
    places: list[tuple[Key, Iterable[str]]] = [
        (("universal", name, "examples"), command.examples or ()) for name, command in flow.commands.items()
    ]
    for name, step in flow.steps.items():
        for intent, body in step.listen.items() if isinstance(step, ListenStep) else ():
            places.append((("steps", name, "listen", intent, "examples"), body.examples))
    for where, examples in places:
        for index, example in enumerate(examples):
            for word in unknown_words(Grammar(flow.language, (match.sentence(example),))):
                yield (*where, index), f"the recogniser does not know the word '{word}' of '{example}'"


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
