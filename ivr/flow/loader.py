"""A flow file enters; a Flow that can run leaves, with all flows that it calls, or YamlError with every
problem of all these files.

The flows that a flow calls stand beside it, each in NAME.yaml. What they do not say themselves (voice,
currency, messages, universal commands, person) is as in the flow that was loaded first.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ivr import located
from ivr.flow import builtin, parse, patterns, reading, references, templates
from ivr.flow.flow import Flow, Place, ReadyCommand
from ivr.flow.match import Matcher
from ivr.flow.schema import Command, FlowFile, Intent, Messages, Prompt, Universal
from ivr.flow.steps import AskStep, CallStep, ListenStep, MenuStep, SetStep, Step
from ivr.flow.templates import SayAs
from ivr.located import Key, Located, Problem, YamlError


@dataclass(frozen=True, slots=True)
class Links:
    """What the settings offer to flows. None: whatever a flow names is taken to be there."""

    transfers: Mapping[str, str] = field(default_factory=dict)
    """name -> SIP URI"""
    services: Collection[str] | None = None
    functions: Collection[str] | None = None
    classifiers: Path | None = None
    """folder that keeps trained classifiers from one start to the next"""


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    source: Located
    top: FlowFile
    steps: dict[str, Step]


def load(path: Path, say_as: SayAs, transfers: Mapping[str, str] = {}, links: Links | None = None) -> Flow:
    """`transfers` gives the SIP URI of each name a flow may transfer to. Raises YamlError."""
    links = links or Links(transfers)
    files = _read_all(path)
    root = next(iter(files))
    digest = hashlib.sha256(b"".join(file.path.read_bytes() for file in files.values())).hexdigest()[:12]
    made: dict[str, Flow] = {}
    for name, file in files.items():
        made[name] = _build(file, files[root], say_as, links, digest, made)
    problems = [
        p for name, file in files.items() for p in references.problems(made[name], file.source, links)
    ]
    if problems:
        raise YamlError(problems)
    return made[root]


def _read_all(path: Path) -> dict[str, _File]:
    """The flow and those that it calls, by name; raises YamlError with the problems of all of them."""
    files: dict[str, _File] = {}
    problems: list[Problem] = []
    waiting: list[tuple[Path, Problem | None]] = [(path, None)]
    seen: set[Path] = set()
    while waiting:
        at, missing = waiting.pop(0)
        if at in seen:
            continue
        seen.add(at)
        if missing and not at.is_file():
            problems.append(missing)
            continue
        try:
            source = located.read(at)
        except YamlError as error:
            problems += error.problems
            continue
        top, steps = parse.top(source, problems), parse.steps(source, problems)
        if top is None:
            continue
        if missing and top.flow != at.stem:
            problems.append(source.problem(("flow",), f"'flow': is '{top.flow}', but its file is {at.name}"))
        files[top.flow] = _File(at, source, top, steps)
        waiting += _called(at, source, top, steps)
    if problems:
        raise YamlError(problems)
    return files


def _called(
    path: Path, source: Located, top: FlowFile, steps: Mapping[str, Step]
) -> list[tuple[Path, Problem | None]]:
    places: list[tuple[Key, str]] = [
        (("anywhere", name, "flow"), intent.flow) for name, intent in top.anywhere.items() if intent.flow
    ]
    places += [
        (("steps", n, *where), name) for n, step in steps.items() for where, name in reading.calls(step)
    ]
    beside = [other.stem for other in path.parent.glob("*.yaml") if not other.name.endswith(".test.yaml")]
    called: list[tuple[Path, Problem | None]] = []
    for where, name in places:
        hint = located.suggestion(name, beside) or f"; there is no file {path.parent / name}.yaml"
        problem = source.problem(where, f"'{'.'.join(map(str, where))}': there is no flow '{name}'{hint}")
        called.append((path.with_name(f"{name}.yaml"), problem))
    return called


# --- building ---------------------------------------------------------------------------------------


def _build(
    file: _File, root: _File, say_as: SayAs, links: Links, version: str, made: dict[str, Flow]
) -> Flow:
    top, language = file.top, file.top.language
    basic = builtin.MESSAGES[language]
    parents = [t.messages for t in (top, root.top) if t.language == language]
    messages = {
        key: next((given for m in (*parents, basic) if (given := getattr(m, key))), ())
        for key in Messages.model_fields
    }
    named = {**root.top.intents, **top.intents} if root.top.language == language else top.intents
    synonyms = {**root.top.synonyms, **top.synonyms} if root.top.language == language else top.synonyms

    def complete(intent: Intent, name: str) -> Intent:
        meaning = named.get(name)
        examples = intent.examples or (meaning.examples if meaning else ())
        return intent.model_copy(
            update={
                "examples": patterns.with_synonyms(examples, synonyms),
                "not_meant": intent.not_meant or (meaning.not_meant if meaning else ()),
                "means": intent.means or (meaning.means if meaning else ""),
            }
        )

    steps = {name: _with_menu(step, language) for name, step in file.steps.items()}
    listens = {
        name: {key: complete(intent, key) for key, intent in _intents(step).items()}
        for name, step in steps.items()
        if isinstance(step, ListenStep | MenuStep)
    }
    anywhere = {name: complete(intent, name) for name, intent in top.anywhere.items()}
    commands = _commands(top, root.top)
    person = Place(top.flow, top.person) if top.person else None
    if person is None and root.top.person:
        person = Place(root.top.flow, root.top.person)
    flow = Flow(
        name=top.flow,
        language=language,
        file=file.path,
        version=version,
        start=top.start,
        home=top.home,
        person=person,
        voice=top.voice or (root.top.voice if root.top.language == language else ""),
        currency=top.currency if "currency" in top.model_fields_set else root.top.currency,
        takes=templates.exact(top.takes),
        data=templates.exact(top.data),
        bands=top.confidence if "confidence" in top.model_fields_set else root.top.confidence,
        messages=messages,
        commands=commands,
        listens=listens,
        anywhere=anywhere,
        steps=steps,
        transfers=dict(links.transfers),
        say_as=say_as,
        flows=made,
        secrets=_secrets(top, steps),
    )
    return replace(flow, **_matchers(flow, top, root.top, links))


def _matchers(flow: Flow, top: FlowFile, root: FlowFile, links: Links) -> dict[str, Any]:
    commands = {name: command.examples for name, command in flow.commands.items()}
    outside = (*top.out_of_scope, *(root.out_of_scope if root.language == top.language else ()))

    def matcher(intents: Mapping[str, Intent]) -> Matcher:
        return Matcher(
            {name: intent.examples for name, intent in intents.items()} | commands,
            flow.language,
            [*outside, *(text for intent in intents.values() for text in intent.not_meant)],
            links.classifiers,
        )

    def others(intents: Mapping[str, Intent]) -> dict[str, Intent]:
        """What may be meant besides; a sentence that stands under both has the question's own meaning."""
        return {name: intent for name, intent in flow.anywhere.items() if name not in intents}

    return {
        "matchers": {
            name: matcher({**intents, **others(intents)}) for name, intents in flow.listens.items()
        },
        "commands_matcher": matcher(flow.anywhere),
        "subjects_matcher": Matcher(
            {name: intent.examples for name, intent in flow.anywhere.items()}, flow.language, outside,
            links.classifiers,
        ),
    }  # fmt: skip


def _intents(step: ListenStep | MenuStep) -> dict[str, Intent]:
    if isinstance(step, ListenStep):
        return step.listen
    return {
        keys: Intent(
            examples=(option.say, *option.examples), keys=keys, next=option.next, flow=option.flow,
            means=option.say,
        )
        for keys, option in step.menu.items()
    }  # fmt: skip


def _with_menu(step: Step, language: str) -> Step:
    """A menu with its keys in its prompt."""
    if not isinstance(step, MenuStep):
        return step
    one, between = builtin.MENU[language]
    told = between.join(one.format(say=option.say, keys=keys) for keys, option in step.menu.items())
    told += "" if language == "en" else "。"
    given = step.prompt or ()
    prompts = [prompt.model_copy(update={"text": f"{prompt.text} {told}"}) for prompt in given]
    return step.model_copy(update={"prompt": tuple(prompts) or (Prompt(text=told),)})


def _commands(top: FlowFile, root: FlowFile) -> dict[str, ReadyCommand]:
    commands = {}
    for name in Universal.model_fields:
        own: Command = getattr(top.universal, name)
        above: Command = getattr(root.universal, name)
        basic: Command = getattr(builtin.COMMANDS[top.language], name)
        place = Place(top.flow, own.next) if own.next else None
        if place is None and above.next:
            place = Place(root.flow, above.next)
        if place is None and name == "agent":
            step, flow = (top.person, top) if top.person else (root.person, root)
            place = Place(flow.flow, step) if step else None
        if own.off or (above.off and not own.model_fields_set) or (name == "agent" and place is None):
            continue
        inherited = [own, above, basic] if root.language == top.language else [own, basic]
        keys = next((c.keys for c in inherited if c.keys is not None), None)
        examples = next((c.examples for c in inherited if c.examples is not None), ())
        commands[name] = ReadyCommand(examples, None if keys == "off" else keys, place)
    return commands


def _secrets(top: FlowFile, steps: Mapping[str, Step]) -> frozenset[str]:
    """Secret answers, and whatever is computed from them."""
    secrets = set(top.secrets)
    secrets |= {step.ask for step in steps.values() if isinstance(step, AskStep) and step.secret}
    secrets |= {name for s in steps.values() if isinstance(s, CallStep) and s.secret for name in s.save}
    sets = [item for step in steps.values() if isinstance(step, SetStep) for item in step.set.items()]
    for _ in sets:  # each round finds at least one more name, or none is left
        secrets |= {name for name, source in sets if templates.names_in_expression(source) & secrets}
    return frozenset(secrets)
