"""Names in a flow that must lead somewhere: a built flow enters, a problem for each that does not."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.flow import flow as flows
from ivr.flow import match, templates
from ivr.flow.flow import KNOWN_VALUES, Flow
from ivr.flow.schema import AskStep, ChooseStep, ListenStep, Prompts, SetStep, TransferStep
from ivr.located import Key, Located, Problem, suggestion


def problems(flow: Flow, source: Located) -> list[Problem]:
    return [source.problem(where, message) for where, message in _found(flow)]


def _found(flow: Flow) -> Iterator[tuple[Key, str]]:
    yield from _unknown_steps(flow)
    yield from _unknown_values(flow)
    for name, step in flow.steps.items():
        if isinstance(step, ListenStep):
            yield from _clashes(flow, name, step)
        if isinstance(step, TransferStep):
            yield from _unknown_transfer(flow, name, step)
    yield from _missing_recordings(flow)


def _unknown_steps(flow: Flow) -> Iterator[tuple[Key, str]]:
    named: list[tuple[Key, str | None]] = [(("start",), flow.start), (("person",), flow.person)]
    named += [(("universal", name, "next"), command.next) for name, command in flow.commands.items()]
    for name, step in flow.steps.items():
        named += [(("steps", name, *where), target) for where, target in flows.targets(step)]
    for where, target in named:
        if target and target not in flow.steps:
            name = ".".join(map(str, where))
            yield where, f"'{name}': there is no step '{target}'{suggestion(target, flow.steps)}"


def _unknown_values(flow: Flow) -> Iterator[tuple[Key, str]]:
    known = {*KNOWN_VALUES, *flow.data}
    for step in flow.steps.values():
        if isinstance(step, AskStep):
            known.add(step.ask)
        if isinstance(step, SetStep):
            known |= set(step.set)
    for where, names in _reads(flow):
        for value in sorted(names - known):
            name = ".".join(map(str, where))
            yield where, f"'{name}': nothing sets '{value}'{suggestion(value, known)}"


def _reads(flow: Flow) -> Iterator[tuple[Key, frozenset[str]]]:
    for name, step in flow.steps.items():
        for key, prompts in flows.step_prompt_lists(step):
            for index, prompt in enumerate(prompts):
                yield ("steps", name, key, index), templates.names_in_text(prompt.text)
        if isinstance(step, ChooseStep):
            for index, branch in enumerate(step.choose):
                where = ("steps", name, "choose", index, "when")
                yield where, templates.names_in_expression(branch.when)
        if isinstance(step, SetStep):
            for key, expression in step.set.items():
                yield ("steps", name, "set", key), templates.names_in_expression(expression)
    for message, prompts in flow.messages.items():
        for index, prompt in enumerate(prompts):
            yield ("messages", message, index), templates.names_in_text(prompt.text)


def _clashes(flow: Flow, name: str, step: ListenStep) -> Iterator[tuple[Key, str]]:
    """The same key or example for two intents, or for an intent and a universal command."""
    keys: dict[str, str] = {c.keys: f"universal command '{n}'" for n, c in flow.commands.items() if c.keys}
    said: dict[str, str] = {}
    for intent_name, intent in step.listen.items():
        at: Key = ("steps", name, "listen", intent_name)
        if intent.keys and intent.keys in keys:
            yield (*at, "keys"), f"step '{name}': key {intent.keys} is taken by {keys[intent.keys]} already"
        if intent.keys:
            keys[intent.keys] = f"intent '{intent_name}'"
        for index, example in enumerate(intent.examples):
            words = " ".join(match.words(example))
            other = said.setdefault(words, intent_name)
            if other != intent_name:
                message = f"step '{name}': example '{example}' stands under intent '{other}' too"
                yield (*at, "examples", index), message


def _unknown_transfer(flow: Flow, name: str, step: TransferStep) -> Iterator[tuple[Key, str]]:
    if step.transfer not in flow.transfers and not step.transfer.startswith(("sip:", "sips:")):
        hint = suggestion(step.transfer, flow.transfers) or ": name it there or write a sip: address"
        message = f"step '{name}': '{step.transfer}' is not among flows.transfers of the settings{hint}"
        yield ("steps", name, "transfer"), message


def _missing_recordings(flow: Flow) -> Iterator[tuple[Key, str]]:
    places: list[tuple[Key, Prompts]] = [
        (("messages", message), prompts) for message, prompts in flow.messages.items()
    ]
    for name, step in flow.steps.items():
        places += [(("steps", name, key), prompts) for key, prompts in flows.step_prompt_lists(step)]
    for at, prompts in places:
        for index, prompt in enumerate(prompts):
            if prompt.recording and not (flow.file.parent / prompt.recording).is_file():
                where = (*at, index, "recording")
                yield where, f"'{'.'.join(map(str, at))}': recording '{prompt.recording}' does not exist"
