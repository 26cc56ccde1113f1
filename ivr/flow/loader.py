"""A flow file enters; a Flow that can run leaves, or YamlError with every problem of the file."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from ivr import located
from ivr.flow import builtin, references, schema, templates
from ivr.flow.flow import Flow
from ivr.flow.match import Matcher
from ivr.flow.schema import AskStep, Command, FlowFile, ListenStep, Messages, SetStep, Step, Universal
from ivr.flow.templates import SayAs
from ivr.located import Key, Located, Problem, YamlError


def load(path: Path, say_as: SayAs, transfers: Mapping[str, str] = {}) -> Flow:
    """`transfers` gives the SIP URI of each name a flow may transfer to. Raises YamlError."""
    source = located.read(path)
    problems: list[Problem] = []
    top = _top(source, problems)
    steps = _steps(source, problems)
    if top is None or problems:
        raise YamlError(problems)
    flow = _build(path, top, steps, say_as, transfers)
    problems = references.problems(flow, source)
    if problems:
        raise YamlError(problems)
    return flow


def _top(source: Located, problems: list[Problem]) -> FlowFile | None:
    if not isinstance(source.data, dict):
        problems.append(source.problem((), "a flow file is a mapping: flow, language, start, steps"))
        return None
    try:
        return FlowFile.model_validate(source.data)
    except ValidationError as error:
        known: dict[Key, Sequence[str]] = {
            (): list(FlowFile.model_fields),
            ("messages",): list(Messages.model_fields),
            ("universal",): list(Universal.model_fields),
        }
        known |= {("universal", name): list(Command.model_fields) for name in Universal.model_fields}
        problems += located.schema_problems(source, error, known)
        return None


def _steps(source: Located, problems: list[Problem]) -> dict[str, Step]:
    steps: dict[str, Step] = {}
    data = source.data.get("steps") if isinstance(source.data, dict) else None
    for name, body in (data if isinstance(data, dict) else {}).items():
        at: Key = ("steps", name)
        kinds = [kind for kind in schema.STEPS if isinstance(body, dict) and kind in body]
        if len(kinds) != 1:
            problems.append(source.problem(at, _kind_message(name, body, kinds)))
            continue
        model = schema.STEPS[kinds[0]]
        try:
            steps[name] = model.model_validate(body)
        except ValidationError as error:
            problems += located.schema_problems(source, error, _known(model, at), at)
    return steps


def _kind_message(name: str, body: Any, kinds: list[str]) -> str:
    if not isinstance(body, dict):
        return f"step '{name}': a step is a mapping that begins with one of {', '.join(schema.STEPS)}"
    if kinds:
        return f"step '{name}': is {' and '.join(kinds)} at once; make it {len(kinds)} steps"
    hints = [located.suggestion(word, schema.STEPS) for word in body]
    hint = next((hint for hint in hints if hint), "")
    words = f"'{', '.join(map(str, body))}' holds" if body else "holds"
    return f"step '{name}': {words} none of {', '.join(schema.STEPS)}{hint}"


def _known(model: type[BaseModel], at: Key) -> dict[Key, Sequence[str]]:
    known: dict[Key, Sequence[str]] = {at: list(model.model_fields)}
    for key in model.model_fields:
        known[(*at, key)] = known[(*at, key, -1)] = list(schema.Prompt.model_fields)
    known[(*at, "choose", -1)] = list(schema.Branch.model_fields)
    return _AnyIntent(known, at)


class _AnyIntent(dict[Key, Sequence[str]]):
    """The keys of an intent, whatever the intent is called."""

    def __init__(self, known: dict[Key, Sequence[str]], at: Key) -> None:
        super().__init__(known)
        self._at = (*at, "listen")

    def get(self, key: Key, default: Any = None) -> Any:
        if key[:-1] == self._at:
            return list(schema.Intent.model_fields)
        return super().get(key, default)


def _build(
    path: Path, top: FlowFile, steps: dict[str, Step], say_as: SayAs, transfers: Mapping[str, str]
) -> Flow:
    given, basic = top.messages, builtin.MESSAGES[top.language]
    messages = {key: getattr(given, key) or getattr(basic, key) for key in Messages.model_fields}
    commands = _commands(top)
    examples = {name: command.examples or () for name, command in commands.items()}
    matchers = {
        name: Matcher({key: intent.examples for key, intent in step.listen.items()} | examples, top.language)
        for name, step in steps.items()
        if isinstance(step, ListenStep)
    }
    return Flow(
        top.flow,
        top.language,
        path,
        hashlib.sha256(path.read_bytes()).hexdigest()[:12],
        top.start,
        top.person,
        top.voice,
        top.currency,
        templates.exact(top.data),
        messages,
        commands,
        steps,
        dict(transfers),
        say_as,
        _secrets(steps),
        matchers,
        Matcher(examples, top.language),
    )


def _commands(top: FlowFile) -> dict[str, Command]:
    commands = {}
    for name in Universal.model_fields:
        own: Command = getattr(top.universal, name)
        basic: Command = getattr(builtin.COMMANDS[top.language], name)
        target = own.next or (top.person if name == "agent" else None)
        if own.off or (name == "agent" and target is None):
            continue
        keys = basic.keys if own.keys is None else own.keys
        commands[name] = Command(
            examples=basic.examples if own.examples is None else own.examples,
            keys=None if keys == "off" else keys,
            next=target,
        )
    return commands


def _secrets(steps: Mapping[str, Step]) -> frozenset[str]:
    """Secret answers, and whatever is computed from them."""
    secrets = {step.ask for step in steps.values() if isinstance(step, AskStep) and step.secret}
    sets = [item for step in steps.values() if isinstance(step, SetStep) for item in step.set.items()]
    for _ in sets:  # each round finds at least one more name, or none is left
        secrets |= {name for name, source in sets if templates.names_in_expression(source) & secrets}
    return frozenset(secrets)
