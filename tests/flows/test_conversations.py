"""Every conversation that stands beside a flow (NAME.test.yaml), held with the engine; and the checks."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from ivr.flow.check import check
from ivr.flow.engine import Engine
from ivr.flow.flow import Flow
from ivr.flow.loader import load
from ivr.talk.conversations import hold
from ivr.talk.script import Conversation, Script, is_script, read, script_of, unknown_names
from ivr.tts.spoken import say_as

FLOWS = Path(__file__).parents[2] / "flows"
TRANSFERS = {"agents": "sip:agents@127.0.0.1:5070"}
FILES = [path for path in sorted(FLOWS.rglob("*.yaml")) if not is_script(path)]
SCRIPTS = {path: read(script_of(path)) for path in FILES if script_of(path).is_file()}


@cache
def flow_of(path: Path) -> Flow:
    return load(path, say_as, TRANSFERS)


@pytest.mark.parametrize(
    ("path", "script", "conversation"),
    [
        pytest.param(path, script, conversation, id=f"{path.relative_to(FLOWS)}: {conversation.name}")
        for path, script in SCRIPTS.items()
        for conversation in script.conversations
    ],
)
def test_conversation(path: Path, script: Script, conversation: Conversation) -> None:
    held = hold(script, conversation, Engine(flow_of(path), say_as))
    if held.known_failure:
        assert held.problem, "succeeds now: strike it off known_failures"
    else:
        assert held.problem is None, str(held.problem)


@pytest.mark.parametrize("path", [pytest.param(p, id=str(p.relative_to(FLOWS))) for p in FILES])
def test_flow_has_no_problem_and_is_tested(path: Path) -> None:
    """By conversations of its own, or of a flow that calls it."""
    assert [str(problem) for problem in check(path, TRANSFERS)] == []
    assert path in _tested(), f"{script_of(path)} is missing"
    if path in SCRIPTS:
        assert [str(problem) for problem in unknown_names(SCRIPTS[path], flow_of(path))] == []


@cache
def _tested() -> set[Path]:
    return {flow.file for path in SCRIPTS for flow in flow_of(path).flows.values()}


@pytest.mark.parametrize("name", ["hotline_en", "hotline_zh"])
def test_every_intent_has_keys_and_enough_examples(name: str) -> None:
    for intent_name, intent in flow_of(FLOWS / f"{name}.yaml").listens["main"].items():
        assert intent.keys, intent_name
        assert len(intent.examples) >= 3, intent_name
