"""What conversations reached of flows, and what they did not."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.flow.engine import Engine
from ivr.talk.conversations import hold, read, script_of
from ivr.talk.coverage import Coverage, Share
from ivr.tts.spoken import say_as
from tests.talk import small


def reached(folder: Path, talks: str, top: str = small.TOP, **flows: str) -> Coverage:
    path = small.write(folder, talks, top, **flows)
    flow, script, coverage = small.flow_of(path), read(script_of(path)), Coverage()
    coverage.add(flow)
    for conversation in script.conversations:
        held = hold(script, conversation, Engine(flow, say_as))
        assert held.problem is None, str(held.problem)
        coverage.held(flow, held.notes)
    return coverage


def missing(coverage: Coverage, file: Path) -> list[str]:
    return [f"{problem.line}: {problem.message}" for problem in coverage.unreached(file)]


def test_steps_and_branches_of_all_files(tmp_path: Path) -> None:
    coverage = reached(tmp_path, small.TALKS)
    assert missing(coverage, tmp_path / "main.yaml") == [
        "6: anywhere: nobody means 'hours'",
        "21: step 'main' never leads to 'agent'",
        "35: step 'look_up' never leads to 'unknown'",
        "39: step 'unknown' is never reached",
    ]
    assert missing(coverage, tmp_path / "hours.yaml") == [
        f"{line}: step '{name}' is never reached"
        for line, name in [(5, "tell"), (12, "opened"), (15, "closed"), (18, "back")]
    ]
    assert coverage.share(tmp_path / "main.yaml") == Share(7, 8, 6, 10)
    assert coverage.share(tmp_path / "hours.yaml") == Share(0, 4, 0, 4)
    assert Share(1, 2, 3, 4) + Share(1, 1, 1, 1) == Share(2, 3, 4, 5)


def test_everything(tmp_path: Path) -> None:
    talks = """
    a bad code, and nothing said:
      - says: what is my balance
      - keys: "1111"
      - bot: know that code
      - silence:
      - silence:
      - silence:
      - bot: One moment
    open:
      - says: opening hours
      - bot: From eight
    """
    weekend = "closed:\n  - says: opening hours\n  - bot: closed\n"
    coverage = reached(tmp_path, small.TALKS + small.indented(talks))
    assert missing(coverage, tmp_path / "main.yaml") == []
    assert missing(coverage, tmp_path / "hours.yaml") == [
        "8: step 'tell' never leads to 'closed'",
        "15: step 'closed' is never reached",
    ]
    sunday = small.TOP.replace("2026-11-23", "2026-11-22")
    assert missing(reached(tmp_path, weekend, sunday), tmp_path / "hours.yaml") == [
        "11: step 'tell' never leads to 'opened'",
        "12: step 'opened' is never reached",
    ]


@pytest.mark.parametrize(
    ("talk", "way"),
    [
        ("- keys: '0'", "step 'main' never leads to 'agent'"),  # a command, not the step's own word
        ("- says: goodbye", "step 'main': nobody means 'nothing'"),
        ("- keys: '1'\n  - keys: '*'", "step 'code' never leads to 'look_up'"),
    ],
)
def test_commands_are_no_branch_of_a_step(tmp_path: Path, talk: str, way: str) -> None:
    coverage = reached(tmp_path, f"a:\n  {talk}\n")
    assert any(told.endswith(way) for told in missing(coverage, tmp_path / "main.yaml"))


CALLS = """\
flow: main
language: en
start: pay
steps:
  pay:
    flow: amount
    next: done
    cancelled: undone
  done: {hang_up: done}
  undone: {hang_up: undone}
"""
AMOUNT = """\
flow: amount
language: en
start: how_much
steps:
  how_much:
    ask: amount
    type: money
    prompt: How much?
    next: when
  when:
    ask: day
    type: date
    prompt: When?
    next: back
  back: {return: {}}
"""


@pytest.mark.parametrize(
    ("lines", "main", "amount"),
    [
        ("- says: ten dollars\n  - says: tomorrow", {"undone"}, set()),
        ("- says: cancel", {"done"}, {"when", "back"}),
        ("- says: ten dollars\n  - says: no, i said twenty dollars", {"done", "undone"}, {"back"}),
        ("- says: ten dollars\n  - says: go back", {"done", "undone"}, {"back"}),
    ],
)
def test_out_of_a_flow_within_a_flow(tmp_path: Path, lines: str, main: set[str], amount: set[str]) -> None:
    coverage = reached(tmp_path, f"a:\n  {lines}\n", main=CALLS, amount=AMOUNT)
    never = [coverage.unreached(tmp_path / f"{name}.yaml") for name in ("main", "amount")]
    steps = [{p.message.split("'")[1] for p in told if "is never" in p.message} for told in never]
    assert steps == [main, amount]
