"""A file of conversations that stands beside a flow (NAME.test.yaml) enters; the conversations leave, or
every mistake of the file with its line.

    today, caller          the day on which they are held, and the number that calls
    services               name -> package.module:factory of a service that runs in the process
    known_failures         names of conversations that fail and must go on failing until they are struck off
    conversations          name -> lines

First lines of a conversation (caller, profile, audio) say how it begins. Then each line is what the caller
or the network does (says, keys, silence, lost, transfer), what must have come of it since (bot, not_bot,
slot, step, flow, outcome, request), or how another system answers the next request (answer).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from ivr import located
from ivr.events import TransferOutcome
from ivr.flow.flow import Flow
from ivr.located import Key, Located, Problem, YamlError, suggestion
from ivr.talk.backends import BackendError, Factory, factory

FIRST = ("caller", "profile", "audio")
ACTS = ("says", "keys", "silence", "lost", "transfer")
CHECKS = ("bot", "not_bot", "slot", "step", "flow", "outcome", "request")
ANSWER = "answer"
_LINES = (*FIRST, *ACTS, *CHECKS, ANSWER)
_TOP = ("today", "caller", "services", "known_failures", "conversations")
_SUFFIX = ".test.yaml"


@dataclass(frozen=True, slots=True)
class Line:
    what: str
    value: Any
    number: int
    """in the file, counted from 1"""


@dataclass(frozen=True, slots=True)
class Conversation:
    name: str
    number: int
    """of the line on which it begins"""
    first: Mapping[str, Any]
    lines: tuple[Line, ...]

    @property
    def spoken(self) -> bool:
        """Whether it may be held by voice."""
        return self.first.get("audio") is not False


@dataclass(frozen=True, slots=True)
class Script:
    """All conversations of one file."""

    file: Path
    today: date
    caller: str
    services: Mapping[str, Factory]
    known_failures: frozenset[str]
    conversations: tuple[Conversation, ...]

    def problem(self, line: int, message: str) -> Problem:
        return Problem(str(self.file), line, message)


def script_of(flow_file: Path) -> Path:
    return flow_file.with_name(f"{flow_file.stem}{_SUFFIX}")


def flow_of(script_file: Path) -> Path:
    return script_file.with_name(f"{script_file.name.removesuffix(_SUFFIX)}.yaml")


def is_script(file: Path) -> bool:
    return file.name.endswith(_SUFFIX)


def read(path: Path) -> Script:
    """Raises YamlError."""
    source = located.read(path)
    problems: list[Problem] = []
    if not isinstance(source.data, dict):
        raise YamlError([source.problem((), f"needs these keys: {', '.join(_TOP)}")])
    data = source.data
    for key in data:
        if key not in _TOP:
            problems.append(source.problem((key,), f"unknown key '{key}'{suggestion(key, _TOP)}"))
    today = _day(source, problems)
    conversations = [
        _conversation(source, name, problems) for name in _mapping(source, ("conversations",), problems)
    ]
    if not conversations:
        problems.append(source.problem(("conversations",), "there are no conversations in it"))
    names = [conversation.name for conversation in conversations]
    known = data.get("known_failures") or []
    known = [str(name) for name in (known if isinstance(known, list) else [known])]
    for index, name in enumerate(known):
        if name not in names:
            hint = suggestion(name, names)
            where = ("known_failures", index)
            problems.append(source.problem(where, f"there is no conversation '{name}'{hint}"))
    services = _services(source, problems)
    if problems:
        raise YamlError(problems)
    caller = str(data.get("caller") or "")
    return Script(path, today, caller, services, frozenset(known), tuple(conversations))


def unknown_names(script: Script, flow: Flow) -> list[Problem]:
    """Steps and flows that the script waits for and the flow does not have."""
    flows = flow.flows.values()
    known = {"step": {name for part in flows for name in part.steps}, "flow": set(flow.flows)}
    problems = []
    for conversation in script.conversations:
        for line in conversation.lines:
            if line.what in known and line.value not in known[line.what]:
                hint = suggestion(line.value, known[line.what])
                message = f"{conversation.name}: there is no {line.what} '{line.value}'{hint}"
                problems.append(script.problem(line.number, message))
    return problems


# --- parts of a file -----------------------------------------------------------------------------


def _day(source: Located, problems: list[Problem]) -> date:
    try:
        return date.fromisoformat(str(source.data.get("today", "")))
    except ValueError:
        problems.append(source.problem(("today",), "'today' is missing, or no date such as 2026-11-23"))
        return date.min


def _mapping(source: Located, where: Key, problems: list[Problem]) -> dict[str, Any]:
    value = source.data.get(where[0]) or {}
    if isinstance(value, dict):
        return value
    problems.append(source.problem(where, f"'{where[0]}' is a mapping: name, colon, and what belongs to it"))
    return {}


def _services(source: Located, problems: list[Problem]) -> dict[str, Factory]:
    services = {}
    for name, place in _mapping(source, ("services",), problems).items():
        try:
            services[name] = factory(str(place))
        except BackendError as error:
            problems.append(source.problem(("services", name), f"services.{name}: {error}"))
    return services


def _conversation(source: Located, name: str, problems: list[Problem]) -> Conversation:
    where: Key = ("conversations", name)
    given = source.data["conversations"][name]
    first: dict[str, Any] = {}
    lines: list[Line] = []
    for index, entry in enumerate(given if isinstance(given, list) else ()):
        for what, value in (entry if isinstance(entry, dict) else {str(entry): None}).items():
            place = (*where, index, what)
            told = _value(what, value)
            if isinstance(told, _Wrong):
                problems.append(source.problem(place, f"{name}: {told.reason}"))
            elif what not in FIRST:
                lines.append(Line(what, told, source.line(place)))
            elif lines:
                problems.append(source.problem(place, f"{name}: '{what}' belongs to the first lines"))
            else:
                first[what] = told
    if not lines and not isinstance(given, list):
        problems.append(source.problem(where, f"{name}: has no lines; each begins with '- '"))
    return Conversation(name, source.line(where), first, tuple(lines))


@dataclass(frozen=True, slots=True)
class _Wrong:
    reason: str


def _value(what: str, value: Any) -> Any:
    """What the line says, in its type, or _Wrong."""
    match what:
        case "silence" | "lost":
            return None if value is None else _Wrong(f"'{what}' stands alone, without '{value}'")
        case "slot" | "profile":
            return value if isinstance(value, dict) else _Wrong(f"'{what}' is a mapping: {{name: value}}")
        case "answer":
            return _answer(value)
        case "audio":
            if value in ("off", "on", True, False):
                return value in ("on", True)
            return _Wrong(f"'audio' is on or off, not '{value}'")
    if what not in _LINES:
        return _Wrong(f"unknown line '{what}'{suggestion(what, _LINES)}")
    if value is None or isinstance(value, dict | list):
        return _Wrong(f"'{what}' needs a text")
    text = str(value)
    if what == "keys" and not re.fullmatch(r"[0-9*#A-D]+", text):
        return _Wrong(f"'keys: {text}': keys are 0-9, *, # and A-D")
    outcomes = [outcome.value for outcome in TransferOutcome]
    if what == "transfer" and text not in outcomes:
        hint = suggestion(text, outcomes) or f"; there are: {', '.join(outcomes)}"
        return _Wrong(f"'transfer: {text}' is no outcome{hint}")
    if what in CHECKS and not text:
        return _Wrong(f"'{what}' needs a text")
    return text


def _answer(value: Any) -> Any:
    known = ("status", "data")
    if not isinstance(value, dict):
        return _Wrong("'answer' is a mapping: {status: 200, data: {...}}")
    if unknown := next((key for key in value if key not in known), None):
        return _Wrong(f"unknown key 'answer.{unknown}'{suggestion(unknown, known)}")
    status = value.get("status", 200)
    return value if isinstance(status, int) else _Wrong(f"'answer.status' is a number, not '{status}'")
