"""Small flows for tests, written to a temporary folder and loaded."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from textwrap import dedent

from ivr.events import CallFacts, KeysEntered, Transcript
from ivr.flow.actions import Action, HangUp, Listen, Note, Say, Transfer
from ivr.flow.engine import Engine
from ivr.flow.flow import Flow
from ivr.flow.loader import load
from ivr.flow.state import FlowEvent, State
from ivr.tts.spoken import say_as

TODAY = date(2026, 11, 23)
FACTS = CallFacts("c1", "sip-1", "node-1", "local", "1001", "4000")
TRANSFERS = {"agents": "sip:agents@127.0.0.1:5070"}


def write(folder: Path, text: str) -> Path:
    path = folder / "flow.yaml"
    path.write_text(dedent(text), encoding="utf-8")
    return path


def flow_of(folder: Path, steps: str, top: str = "") -> Flow:
    """A flow in English whose first step is `a`."""
    head = "flow: test\nlanguage: en\nstart: a\n" + dedent(top) + "steps:\n"
    body = "".join(f"  {line}" if line.strip() else line for line in dedent(steps).splitlines(True))
    return load(write(folder, head + body), say_as, TRANSFERS)


class Chat:
    """A call of one flow, event by event."""

    def __init__(self, flow: Flow) -> None:
        self.engine = Engine(flow, say_as)
        self.state: State
        self.actions: tuple[Action, ...]
        self.state, self.actions = self.engine.start(FACTS, TODAY)

    def send(self, event: FlowEvent) -> Chat:
        self.state, self.actions = self.engine.step(self.state, event)
        return self

    def says(self, text: str) -> Chat:
        return self.send(Transcript(0, text, 0.9))

    def keys(self, keys: str) -> Chat:
        return self.send(KeysEntered(0, keys, "full"))

    @property
    def bot(self) -> list[str]:
        return [action.text for action in self.actions if isinstance(action, Say)]

    @property
    def notes(self) -> list[Note]:
        return [action for action in self.actions if isinstance(action, Note)]

    @property
    def last(self) -> Listen | Transfer | HangUp:
        last = self.actions[-1]
        assert isinstance(last, Listen | Transfer | HangUp)
        return last
