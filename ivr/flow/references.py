"""Names in a flow that must lead somewhere: a built flow enters, a problem for each that does not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ivr.flow import match, patterns, reading, templates
from ivr.flow.flow import KNOWN_VALUES, Flow
from ivr.flow.schema import Prompts
from ivr.flow.steps import (
    CallStep,
    FlowStep,
    ListenStep,
    MenuStep,
    QueueStep,
    ReturnStep,
    TransferStep,
    VerifyStep,
)
from ivr.located import Key, Located, Problem, suggestion

if TYPE_CHECKING:
    from ivr.flow.loader import Links

_RESULT = re.compile(r"\bresult\.(\w+)")
_OF_MESSAGES = {"unsure": {"meaning"}, "code_sent": {"code_to"}}
"""what a message knows besides the values of the flow"""


def problems(flow: Flow, source: Located, links: Links) -> list[Problem]:
    return [source.problem(where, message) for where, message in _found(flow, links)]


def _found(flow: Flow, links: Links) -> Iterator[tuple[Key, str]]:
    yield from _unknown_steps(flow)
    yield from _unknown_values(flow)
    yield from _arguments(flow)
    yield from _results(flow)
    yield from _secret_values(flow)
    for name, step in flow.steps.items():
        if isinstance(step, ListenStep | MenuStep):
            yield from _clashes(flow, name, step)
        if isinstance(step, TransferStep | QueueStep):
            yield from _unknown_transfer(flow, name, step)
        if isinstance(step, CallStep | VerifyStep):
            yield from _unknown_service(name, step, links)
    yield from _without_examples(flow)
    yield from _missing_recordings(flow)


def _dotted(where: Key) -> str:
    return ".".join(map(str, where))


def _unknown_steps(flow: Flow) -> Iterator[tuple[Key, str]]:
    named: list[tuple[Key, str | None]] = [(("start",), flow.start), (("home",), flow.home)]
    if flow.person and flow.person.flow == flow.name:
        named.append((("person",), flow.person.step))
    for name, command in flow.commands.items():
        if command.next and command.next.flow == flow.name:
            named.append((("universal", name, "next"), command.next.step))
    named += [(("anywhere", name, "next"), intent.next) for name, intent in flow.anywhere.items()]
    for name, step in flow.steps.items():
        named += [(("steps", name, *where), target) for where, target in reading.targets(step)]
    for where, target in named:
        if target and target not in flow.steps:
            yield where, f"'{_dotted(where)}': there is no step '{target}'{suggestion(target, flow.steps)}"


# --- values -----------------------------------------------------------------------------------------


def known_values(flow: Flow) -> set[str]:
    known = {*KNOWN_VALUES, *flow.data, *flow.takes}
    for step in flow.steps.values():
        known |= set(reading.assigns(step))
    return known


def _unknown_values(flow: Flow) -> Iterator[tuple[Key, str]]:
    known = known_values(flow)
    for where, names, more in reads(flow):
        for value in sorted(names - known - more):
            yield where, f"'{_dotted(where)}': nothing sets '{value}'{suggestion(value, known)}"


def reads(flow: Flow) -> Iterator[tuple[Key, frozenset[str], set[str]]]:
    """(place, names read there, names that are known there alone)."""
    for name, step in flow.steps.items():
        at: Key = ("steps", name)
        for where, prompts in reading.step_prompt_lists(step):
            for index, prompt in enumerate(prompts):
                yield (*at, *where, index), templates.names_in_text(prompt.text), set()
        for where, source in reading.expressions(step):
            yield (*at, *where), templates.names_in_expression(source), set()
        saved = {CallStep: {"answer"}, FlowStep: {"result"}}.get(type(step), set())
        for key, source in (getattr(step, "save", None) or {}).items():
            yield (*at, "save", key), templates.names_in_expression(source), saved
        for key in ("get", "post", "path", "codes"):
            if text := getattr(step, key, None):
                yield (*at, key), templates.names_in_text(text), set()
    for message, prompts in flow.messages.items():
        more = _OF_MESSAGES.get(message, set())
        for index, prompt in enumerate(prompts):
            names = templates.names_in_text(prompt.text)
            if prompt.when:
                names |= templates.names_in_expression(prompt.when)
            yield ("messages", message, index), names, more


def _arguments(flow: Flow) -> Iterator[tuple[Key, str]]:
    for name, step in flow.steps.items():
        if not isinstance(step, FlowStep):
            continue
        called = flow.flows[step.flow]
        for argument, source in step.give.items():
            where: Key = ("steps", name, "with", argument)
            if argument not in called.takes:
                hint = (
                    suggestion(argument, called.takes)
                    or f"; it takes: {', '.join(called.takes) or 'nothing'}"
                )
                yield where, f"'{_dotted(where)}': flow '{step.flow}' does not take '{argument}'{hint}"
            elif templates.names_in_expression(source) & flow.secrets and argument not in called.secrets:
                message = (
                    f"'{_dotted(where)}': is secret; name '{argument}' under 'secrets' of {called.file.name}"
                )
                yield where, message


def _results(flow: Flow) -> Iterator[tuple[Key, str]]:
    """Secrets that another flow returns are secrets here too."""
    for name, step in flow.steps.items():
        if not isinstance(step, FlowStep):
            continue
        called = flow.flows[step.flow]
        returns = [end.return_ for end in called.steps.values() if isinstance(end, ReturnStep)]
        secret = {
            key
            for values in returns
            for key, source in values.items()
            if templates.names_in_expression(source) & called.secrets
        }
        for kept, source in step.save.items():
            if kept not in flow.secrets and set(_RESULT.findall(source)) & secret:
                where: Key = ("steps", name, "save", kept)
                yield (
                    where,
                    f"'{_dotted(where)}': is secret; name '{kept}' under 'secrets' of {flow.file.name}",
                )


def _secret_values(flow: Flow) -> Iterator[tuple[Key, str]]:
    """What is said in answer to an open question is kept in clear."""
    secrets = {name for part in flow.flows.values() for name in part.secrets}
    for step, intents in flow.listens.items():
        for intent_name, intent in intents.items():
            for index, example in enumerate(intent.examples):
                for name, _ in patterns.values(example):
                    if name in secrets:
                        where: Key = ("steps", step, "listen", intent_name, "examples", index)
                        yield (
                            where,
                            f"step '{step}': '{name}' is secret; ask for it, an open question shows it",
                        )


# --- what callers say and press ---------------------------------------------------------------------


def _clashes(flow: Flow, name: str, step: ListenStep | MenuStep) -> Iterator[tuple[Key, str]]:
    """The same key or example for two intents, or for an intent and a universal command."""
    keys: dict[str, str] = {c.keys: f"universal command '{n}'" for n, c in flow.commands.items() if c.keys}
    said: dict[str, str] = {}
    word = "listen" if isinstance(step, ListenStep) else "menu"
    for intent_name, intent in flow.listens[name].items():
        at: Key = ("steps", name, word, intent_name)
        if intent.keys and intent.keys in keys:
            yield (*at, "keys"), f"step '{name}': key {intent.keys} is taken by {keys[intent.keys]} already"
        if intent.keys:
            keys[intent.keys] = f"intent '{intent_name}'"
        for index, example in enumerate(intent.examples):
            words = " ".join(match.words(patterns.placeheld(example)))
            other = said.setdefault(words, intent_name)
            if other != intent_name:
                message = f"step '{name}': example '{example}' stands under intent '{other}' too"
                yield (*at, "examples", index), message


def _without_examples(flow: Flow) -> Iterator[tuple[Key, str]]:
    needs = "needs 'examples' (sentences that callers say), here or under 'intents', or 'keys'"
    for name, intents in flow.listens.items():
        for intent_name, intent in intents.items():
            if not intent.examples and intent.keys is None:
                yield ("steps", name, "listen", intent_name), f"'steps.{name}.listen.{intent_name}': {needs}"
    for intent_name, intent in flow.anywhere.items():
        if not intent.examples:
            yield (
                ("anywhere", intent_name),
                f"'anywhere.{intent_name}': {needs.removesuffix(', or ' + repr('keys'))}",
            )


# --- the world outside --------------------------------------------------------------------------------


def _unknown_transfer(flow: Flow, name: str, step: TransferStep | QueueStep) -> Iterator[tuple[Key, str]]:
    key, target = ("transfer", step.transfer) if isinstance(step, TransferStep) else ("queue", step.queue)
    if target not in flow.transfers and not target.startswith(("sip:", "sips:")):
        hint = suggestion(target, flow.transfers) or ": name it there or write a sip: address"
        message = f"step '{name}': '{target}' is not among flows.transfers of the settings{hint}"
        yield ("steps", name, key), message


def _unknown_service(name: str, step: CallStep | VerifyStep, links: Links) -> Iterator[tuple[Key, str]]:
    is_function = isinstance(step, CallStep) and not step.get and not step.post
    key, wanted = ("call", step.call) if isinstance(step, CallStep) else ("verify", step.verify)
    section = "functions" if is_function else "services"
    known = links.functions if is_function else links.services
    if known is not None and wanted not in known:
        hint = suggestion(wanted, known) or ": name it there"
        also = " (a 'call' without 'get' or 'post' is a function)" if is_function else ""
        message = f"step '{name}': '{wanted}' is not among flows.{section} of the settings{hint}{also}"
        yield ("steps", name, key), message


def _missing_recordings(flow: Flow) -> Iterator[tuple[Key, str]]:
    places: list[tuple[Key, Prompts]] = [
        (("messages", message), prompts) for message, prompts in flow.messages.items()
    ]
    for name, step in flow.steps.items():
        places += [(("steps", name, *where), prompts) for where, prompts in reading.step_prompt_lists(step)]
    for at, prompts in places:
        for index, prompt in enumerate(prompts):
            if prompt.recording and not (flow.file.parent / prompt.recording).is_file():
                where = (*at, index, "recording")
                yield where, f"'{_dotted(at)}': recording '{prompt.recording}' does not exist"
