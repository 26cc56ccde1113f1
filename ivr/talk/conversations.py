"""Conversations that stand beside a flow (NAME.test.yaml): the file enters; how each of them went leaves.

    today, caller          the day on which they are held, and the number that calls
    services               name -> package.module:factory of a service that runs in the process
    known_failures         names of conversations that fail and must go on failing until they are struck off
    conversations          name -> lines

A line is what the caller or the network does (says, keys, silence, lost, transfer, answer), or what must have
come of it since, in this order (bot, not_bot, slot, step, flow, outcome, request). `caller`, `profile` may
stand in a first line.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from ivr import located
from ivr.events import CallFacts, Kind, RequestEnded, TransferOutcome
from ivr.flow.actions import Request
from ivr.flow.engine import Engine
from ivr.flow.flow import Flow
from ivr.flow.templates import SayAs
from ivr.located import Located, Problem, YamlError, suggestion
from ivr.talk.text_call import Ask, TextCall, in_process

ACTS = ("says", "keys", "silence", "lost", "transfer")
CHECKS = ("bot", "not_bot", "slot", "step", "flow", "outcome", "request")
FIRST = ("caller", "profile", "answer")
_TOP = ("today", "caller", "services", "known_failures", "conversations")


@dataclass(frozen=True, slots=True)
class Conversation:
    name: str
    lines: tuple[tuple[str, Any], ...]
    line_numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Script:
    """All conversations of one file."""

    file: Path
    today: date
    caller: str
    services: Mapping[str, str]
    known_failures: frozenset[str]
    conversations: tuple[Conversation, ...]


@dataclass(slots=True)
class Held:
    """How one conversation went."""

    name: str
    problem: Problem | None = None
    """the first thing that was not as the script says"""
    steps: list[tuple[str, str]] = field(default_factory=list)
    known_failure: bool = False

    @property
    def ok(self) -> bool:
        return (self.problem is None) != self.known_failure


def script_of(flow_file: Path) -> Path:
    return flow_file.with_name(f"{flow_file.stem}.test.yaml")


def read(path: Path) -> Script:
    """Raises YamlError."""
    source = located.read(path)
    data = source.data if isinstance(source.data, dict) else {}
    problems = [
        source.problem((key,), f"unknown key '{key}'{suggestion(key, _TOP)}")
        for key in data
        if key not in _TOP
    ]
    try:
        today = date.fromisoformat(str(data.get("today", "")))
    except ValueError:
        today = date.min
        problems.append(source.problem(("today",), "'today' is missing, or no date such as 2026-11-23"))
    conversations = [
        _conversation(source, str(name), lines, problems)
        for name, lines in (data.get("conversations") or {}).items()
    ]
    known = frozenset(map(str, data.get("known_failures") or ()))
    for name in sorted(known - {conversation.name for conversation in conversations}):
        problems.append(source.problem(("known_failures",), f"there is no conversation '{name}'"))
    if problems:
        raise YamlError(problems)
    services = {str(name): str(place) for name, place in (data.get("services") or {}).items()}
    return Script(path, today, str(data.get("caller", "")), services, known, tuple(conversations))


def _conversation(source: Located, name: str, lines: Any, problems: list[Problem]) -> Conversation:
    read: list[tuple[str, Any]] = []
    numbers: list[int] = []
    known = (*ACTS, *CHECKS, *FIRST)
    for index, line in enumerate(lines if isinstance(lines, list) else ()):
        for what, value in (line if isinstance(line, dict) else {str(line): None}).items():
            where = ("conversations", name, index)
            if what not in known:
                problems.append(source.problem(where, f"unknown line '{what}'{suggestion(what, known)}"))
            read.append((what, value))
            numbers.append(source.line((*where, what)))
    return Conversation(name, tuple(read), tuple(numbers))


def hold_all(script: Script, flow: Flow, say_as: SayAs) -> Iterable[Held]:
    engine = Engine(flow, say_as)
    for conversation in script.conversations:
        yield hold(script, conversation, engine)


def hold(script: Script, conversation: Conversation, engine: Engine) -> Held:
    applications = {name: _made(place, script.today) for name, place in script.services.items()}
    talk = _Talk(script, conversation, engine, in_process(applications))
    held = Held(conversation.name, known_failure=conversation.name in script.known_failures)
    try:
        talk.run()
    except _UnlikeError as unlike:
        held.problem = Problem(str(script.file), unlike.line, f"{conversation.name}: {unlike}")
    finally:
        for application in applications.values():
            close = getattr(application, "close", None)
            if close:
                close()
    held.steps = talk.call.steps
    return held


def _made(place: str, today: date) -> Any:
    module, _, factory = place.partition(":")
    return getattr(importlib.import_module(module), factory)(today=today)


class _UnlikeError(Exception):
    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


class _Talk:
    """One conversation on the way."""

    def __init__(self, script: Script, conversation: Conversation, engine: Engine, ask: Ask) -> None:
        self._conversation, self._ask = conversation, ask
        first = dict(conversation.lines)
        caller = str(first.get("caller", script.caller))
        self._answers = [value for what, value in conversation.lines if what == "answer"]
        facts = CallFacts("test", "", "", "", caller, "")
        self._requests: list[str] = []
        self.call = TextCall(
            engine, self._answered, facts, script.today, self._profile(first, caller, script)
        )
        self._unread: list[str] = []
        self._line = 0

    def _profile(self, first: Mapping[str, Any], caller: str, script: Script) -> Mapping[str, Any] | None:
        """As the line says; else from the first service, by number."""
        if "profile" in first:
            return dict(first["profile"])
        if not caller or not script.services:
            return None
        service = next(iter(script.services))
        path = f"/customers/by-number/{caller}"
        answer = self._ask(Request(0, service, "GET", path, path, None, 1000, 0))
        return answer.data if answer.status == 200 else None

    def _answered(self, request: Request) -> RequestEnded:
        self._requests.append(f"{request.method} {request.path}")
        if self._answers:
            answer = self._answers.pop(0)
            return RequestEnded(request.number, int(answer.get("status", 200)), answer.get("data"))
        return self._ask(request)

    def run(self) -> None:
        self.call.begin()
        self._hear()
        pairs = zip(self._conversation.lines, self._conversation.line_numbers, strict=True)
        for (what, value), line in pairs:
            self._line = line
            if what in ACTS:
                self._act(what, value)
            elif what in CHECKS:
                self._check(what, value)

    def _act(self, what: str, value: Any) -> None:
        call = self.call
        if call.outcome is not None:
            raise _UnlikeError(self._line, f"the call has ended already ({call.outcome})")
        self._requests.clear()
        match what:
            case "says":
                call.says(str(value))
            case "keys":
                call.keys(str(value))
            case "silence":
                call.silence()
            case "lost":
                call.recogniser_lost()
            case "transfer":
                call.transfer_ended(TransferOutcome(value))
        self._unread.clear()
        self._hear()

    def _hear(self) -> None:
        self._unread += [say.shown for say in self.call.said]
        for note in self.call.notes:
            if note.kind is Kind.ERROR:
                raise _UnlikeError(
                    self._line, f"error of the flow: {note.data['where']}: {note.data['reason']}"
                )

    def _check(self, what: str, value: Any) -> None:
        call, state = self.call, self.call.state
        match what:
            case "bot":
                place = next((i for i, text in enumerate(self._unread) if str(value) in text), None)
                if place is None:
                    raise _UnlikeError(self._line, f"the bot did not say '{value}' but {self._unread}")
                del self._unread[:place]
            case "not_bot":
                self._same(not any(str(value) in text for text in self._unread), "bot", self._unread)
            case "slot":
                wanted = {name: str(item) for name, item in value.items()}
                got = {name: str(item) for name, item in call.slots.items()}
                self._same(wanted.items() <= got.items(), "slots", got)
            case "step":
                self._same(state.step == value, "step", state.step)
            case "flow":
                self._same(state.flow == value, "flow", state.flow)
            case "outcome":
                self._same(call.outcome == value, "outcome", call.outcome)
            case "request":
                self._same(any(str(value) in made for made in self._requests), "requests", self._requests)

    def _same(self, ok: bool, what: str, got: Any) -> None:
        if not ok:
            raise _UnlikeError(self._line, f"{what}: {got}")
