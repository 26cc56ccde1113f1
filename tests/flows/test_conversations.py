"""Every conversation that stands beside a flow (flows/NAME.test.yaml), held with the engine.

says, keys, silence, lost, transfer    what the caller or the network does
bot, slot, outcome, step               what must have come of it since, in this order
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ivr import located
from ivr.events import (
    CallFacts,
    KeysEntered,
    Kind,
    NoInput,
    RecogniserLost,
    Transcript,
    TransferEnded,
    TransferOutcome,
)
from ivr.flow.actions import Action, HangUp, Note, Say
from ivr.flow.check import check
from ivr.flow.engine import Engine
from ivr.flow.loader import load
from ivr.flow.state import FlowEvent, State
from ivr.tts.spoken import say_as

FLOWS = Path(__file__).parents[2] / "flows"
TRANSFERS = {"agents": "sip:agents@127.0.0.1:5070"}
FACTS = CallFacts("c1", "sip-1", "node-1", "local", "1001", "4000")


def _conversations() -> list[Any]:
    found = []
    for path in sorted(FLOWS.glob("*.test.yaml")):
        script = located.read(path).data
        flow = path.with_name(path.name.replace(".test.yaml", ".yaml"))
        today = date.fromisoformat(script["today"])
        for name, lines in script["conversations"].items():
            found.append(pytest.param(flow, today, lines, id=f"{flow.stem}: {name}"))
    return found


def _event(what: str, value: Any) -> FlowEvent | None:
    match what:
        case "says":
            return Transcript(0, value, 0.9)
        case "keys":
            return KeysEntered(0, value, "terminator")
        case "silence":
            return NoInput(0)
        case "lost":
            return RecogniserLost(0, "gone")
        case "transfer":
            return TransferEnded(0, TransferOutcome(value), 0)
    return None


@dataclass
class Talk:
    """One conversation on the way."""

    engine: Engine
    state: State
    said: list[str] = field(default_factory=list)
    slots: dict[str, Any] = field(default_factory=dict)
    outcome: str | None = None

    def take(self, actions: tuple[Action, ...]) -> None:
        for action in actions:
            match action:
                case Say(shown=shown):
                    self.said.append(shown)
                case Note(kind=Kind.SLOT, data=data):
                    self.slots[data["slot"]] = data["value"]
                case Note(kind=Kind.ERROR, data=data):
                    pytest.fail(f"error of the flow: {data}")
                case HangUp(outcome=outcome):
                    self.outcome = outcome

    def line(self, what: str, value: Any) -> None:
        event = _event(what, value)
        if event is not None:
            self.said.clear()
            self.state, actions = self.engine.step(self.state, event)
            self.take(actions)
        elif what == "bot":
            places = [index for index, text in enumerate(self.said) if value in text]
            assert places, f"the bot did not say {value!r} but {self.said}"
            del self.said[: places[0]]
        elif what == "slot":
            assert value.items() <= self.slots.items(), self.slots
        elif what == "outcome":
            assert self.outcome == value
        elif what == "step":
            assert self.state.step == value
        else:
            pytest.fail(f"unknown line '{what}'")


@pytest.mark.parametrize(("path", "today", "lines"), _conversations())
def test_conversation(path: Path, today: date, lines: list[dict[str, Any]]) -> None:
    engine = Engine(load(path, say_as, TRANSFERS), say_as)
    state, actions = engine.start(FACTS, today)
    talk = Talk(engine, state)
    talk.take(actions)
    for line in lines:
        for what, value in line.items():
            talk.line(what, value)


@pytest.mark.parametrize("path", [p for p in sorted(FLOWS.glob("*.yaml")) if ".test." not in p.name])
def test_flow_has_no_problem(path: Path) -> None:
    assert check(path, TRANSFERS) == []


@pytest.mark.parametrize("name", ["hotline_en", "hotline_zh"])
def test_every_intent_has_keys_and_enough_examples(name: str) -> None:
    flow = load(FLOWS / f"{name}.yaml", say_as, TRANSFERS)
    for intent_name, intent in flow.steps["main"].listen.items():  # type: ignore[union-attr]
        assert intent.keys, intent_name
        assert len(intent.examples) >= 3, intent_name
