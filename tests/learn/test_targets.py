from __future__ import annotations

from pathlib import Path

import pytest

from ivr.flow.loader import load
from ivr.learn.targets import Target, Targets, targets
from ivr.located import read
from ivr.tts.spoken import say_as
from tests.learn import loan

FINANCE = Path(__file__).parents[2] / "flows" / "finance"


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Targets:
    return targets(loan.flow_of(loan.write(tmp_path_factory.mktemp("loan"))))


def test_where_examples_stand(found: Targets) -> None:
    assert {one.name: one.where for one in found} | dict.fromkeys(["help", "repeat", "slower", "back"]) == {
        "repay": ("intents", "repay", "examples"),
        "hours": ("anywhere", "hours", "examples"),
        "card": ("steps", "main", "listen", "card", "examples"),
        "single": ("steps", "main", "listen", "single", "examples"),
        "keyed": None,
        "sure.go_on": ("steps", "sure", "listen", "go_on", "examples"),
        "sure.leave_it": ("steps", "sure", "listen", "leave_it", "examples"),
        "agent": ("universal", "agent", "examples"),
        **dict.fromkeys(["repeat", "slower", "help", "back", "cancel", "goodbye"]),
    }


def test_what_may_be_meant_beside(found: Targets) -> None:
    go_on, repay = found.named("sure.go_on"), found.named("repay")
    assert go_on and repay
    assert {"sure.leave_it", "hours", "agent"} <= {one.name for one in found.beside(go_on)}
    assert "card" not in {one.name for one in found.beside(go_on)}
    assert {"card", "hours", "agent"} <= {one.name for one in found.beside(repay)}
    assert "sure.go_on" not in {one.name for one in found.beside(repay)}
    assert found.named("nobody") is None


@pytest.mark.parametrize("name", ["en/to_person", "zh/to_person", "zh/payment_methods"])
def test_every_example_is_where_it_is_said_to_be(name: str) -> None:
    found = targets(load(FINANCE / f"{name}.yaml", say_as, {"agents": "sip:agents@127.0.0.1"}))
    assert len({one.name for one in found}) == len(list(found))
    placed = [one for one in found if one.where]
    assert placed
    for one in placed:
        assert set(examples(one)) <= set(one.examples)


def examples(target: Target) -> list[str]:
    data = read(target.file).data
    for part in target.where or ():
        data = data[part]
    return data if isinstance(data, list) else [data]
