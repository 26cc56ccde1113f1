"""One call of a flow in text: what the caller does enters; what the bot says and what came of it leaves.

The engine is the one of a telephone call; other systems are asked at once and waited for.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from ivr.events import (
    CallFacts,
    KeysEntered,
    Kind,
    MessageRecorded,
    NoInput,
    RecogniserLost,
    RequestEnded,
    Transcript,
    TransferEnded,
    TransferOutcome,
)
from ivr.flow.actions import Action, HangUp, Note, RecordMessage, Request, Say, Transfer
from ivr.flow.engine import Engine
from ivr.flow.state import FlowEvent, Phase, State

Ask = Callable[[Request], RequestEnded]
"""answers a request of the flow"""


@dataclass
class TextCall:
    """`said`, `notes` and `requests` hold what has come since the caller's last turn."""

    engine: Engine
    ask: Ask
    facts: CallFacts
    today: date
    profile: Mapping[str, Any] | None = None
    said: list[Say] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    steps: list[tuple[str, str]] = field(default_factory=list)
    """(flow, step) of every step of the call, in order"""
    slots: dict[str, Any] = field(default_factory=dict)
    """what was answered, masked where it is secret"""
    waits_for_transfer: bool = False
    records: bool = False
    """the caller's message is being recorded"""
    outcome: str | None = None
    state: State = field(init=False)

    def begin(self) -> TextCall:
        self.state, actions = self.engine.start(self.facts, self.today, self.profile)
        self._take(actions)
        return self

    def says(self, text: str, confidence: float = 1.0) -> None:
        if self.records:
            self.send(MessageRecorded(len(text) * 4, "message"))
        else:
            self.send(Transcript(0, text, confidence))

    def keys(self, keys: str) -> None:
        self.send(MessageRecorded(1, "message") if self.records else KeysEntered(0, keys, "terminator"))

    def silence(self) -> None:
        self.send(MessageRecorded(0) if self.records else NoInput(0))

    def recogniser_lost(self) -> None:
        self.send(RecogniserLost(0, "gone"))

    def transfer_ended(self, outcome: TransferOutcome) -> None:
        self.send(TransferEnded(0, outcome, 0))

    def send(self, event: FlowEvent) -> None:
        self.said.clear()
        self.notes.clear()
        self.requests.clear()
        self.waits_for_transfer = self.records = False
        self._step(event)

    def _step(self, event: FlowEvent) -> None:
        self.state, actions = self.engine.step(self.state, event)
        self._take(actions)

    def _take(self, actions: tuple[Action, ...]) -> None:
        waiting: Request | None = None
        for action in actions:
            match action:
                case Say():
                    self.said.append(action)
                case Note():
                    self.notes.append(action)
                    self._note(action)
                case Request():
                    waiting = action
                case Transfer():
                    self.waits_for_transfer = True
                case RecordMessage():
                    self.records = True
                case HangUp():
                    self.outcome = action.outcome
        if waiting and self.state.phase is Phase.CALLING:
            self.requests.append(waiting)
            self._step(self.ask(waiting))

    def _note(self, note: Note) -> None:
        if note.kind is Kind.STEP:
            self.steps.append((note.data.get("flow", self.engine.flow.name), note.data["step"]))
        elif note.kind is Kind.SLOT:
            self.slots[note.data["slot"]] = note.data["value"]


def nobody(request: Request) -> RequestEnded:
    """Where there is no other system."""
    return RequestEnded(request.number, 0, reason="no service here")


def in_process(applications: Mapping[str, Any]) -> Ask:
    """Services by name that run in this process: handle(method, path, query, body) -> an answer with
    `status` and `json`. They get JSON, as over HTTP."""

    def ask(request: Request) -> RequestEnded:
        application = applications.get(request.service)
        if application is None:
            return nobody(request)
        url = urlsplit(request.path)
        body = json.loads(json.dumps(request.body)) if request.body is not None else None
        answer = application.handle(request.method, url.path, dict(parse_qsl(url.query)), body)
        return RequestEnded(request.number, answer.status, answer.json)

    return ask
