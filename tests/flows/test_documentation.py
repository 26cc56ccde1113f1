"""Every flow in docs/flows.md loads without a problem and greets the caller."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
import yaml

from ivr.events import CallFacts
from ivr.flow.actions import HangUp, Listen, RecordMessage, Request, Say, Transfer
from ivr.flow.check import check
from ivr.flow.engine import Engine
from ivr.flow.loader import load
from ivr.flow.steps import STEPS
from ivr.tts.spoken import say_as

DOCUMENT = Path(__file__).parents[2] / "docs" / "flows.md"
BLOCKS = re.findall(r"^```yaml\n(flow: (\w+)\n.*?)^```", DOCUMENT.read_text(encoding="utf-8"), re.S | re.M)
TRANSFERS = {"agents": "sip:agents@127.0.0.1:5070"}


def test_there_are_examples() -> None:
    assert len(BLOCKS) >= 8


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """All examples as files, since some go through others."""
    for text, name in BLOCKS:
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("name", [name for _, name in BLOCKS])
def test_example(folder: Path, name: str) -> None:
    path = folder / f"{name}.yaml"
    assert [str(problem) for problem in check(path, TRANSFERS)] == []
    engine = Engine(load(path, say_as, TRANSFERS), say_as)
    _, actions = engine.start(CallFacts("c", "s", "n", "a", "1001", "4000"), date(2026, 11, 27))
    assert any(isinstance(action, Say | Request) for action in actions)
    assert isinstance(actions[-1], Listen | HangUp | Transfer | Request | RecordMessage)


def test_every_step_word_is_shown() -> None:
    shown = {word for text, _ in BLOCKS for step in yaml.safe_load(text)["steps"].values() for word in step}
    assert set(STEPS) <= shown
