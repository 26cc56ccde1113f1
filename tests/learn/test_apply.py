from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from ivr.flow.loader import Links
from ivr.learn import apply as applying
from ivr.learn.accept import Example, accepted
from ivr.learn.accuracy import Accuracy, accuracy
from ivr.learn.apply import Means, NotAppliedError, Tried, apply
from ivr.learn.sheet import Decision
from ivr.learn.targets import targets
from ivr.talk.backends import nobody
from ivr.tts.spoken import say_as
from tests.learn import loan

MEANS = Means(say_as, Links({"agents": "sip:agents@127.0.0.1"}), lambda grammar: (), nobody)


def examples(path: Path, *wanted: tuple[str, str]) -> tuple[Example, ...]:
    decisions = [Decision(1, True, intent, (text,)) for intent, text in wanted]
    found = accepted(decisions, targets(loan.flow_of(path)), date(2026, 11, 23))
    assert not found.refused
    return found.examples


def contents(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in folder.rglob("*.yaml")
    }


@pytest.fixture
def path(tmp_path: Path) -> Path:
    folder = tmp_path / "flows"
    folder.mkdir()
    return loan.write(folder)


def test_examples_are_added_where_they_stand(path: Path) -> None:
    wanted = [
        ("repay", "repay six dollars next monday"), ("hours", "until when"), ("card", "exchange my card"),
        ("single", "just one"), ("sure.go_on", "carry on"), ("agent", "your boss"),
    ]  # fmt: skip
    before = contents(path.parent)
    assert apply(loan.flow_of(path), examples(path, *wanted), MEANS) == Tried(2)
    grown = before["loan.yaml"]
    for old, new in [
        ("      - i would like to pay back a part\n", "      - repay [amount:money] [day:date]\n"),
        ('          - "i have a new card"\n', '          - "exchange my card"\n'),
    ]:
        grown = grown.replace(old, old + new)
    grown = grown.replace('are you open on [day:date]"', 'are you open on [day:date]", until when')
    grown = grown.replace("examples: a single one", "examples: [a single one, just one]")
    grown = grown.replace("go ahead, do it", "go ahead, do it, carry on")
    grown = grown.replace('"a person, please"', '"a person, please", your boss')
    assert contents(path.parent) == before | {"loan.yaml": grown}
    assert list(path.parent.parent.iterdir()) == [path.parent]


def test_a_known_failure_that_succeeds_now_is_told(path: Path) -> None:
    assert apply(loan.flow_of(path), examples(path, ("card", "swap the plastic")), MEANS).mended == (
        "not yet",
    )


def refused(path: Path, added: tuple[Example, ...], means: Means = MEANS) -> str:
    before = contents(path.parent.parent)
    with pytest.raises(NotAppliedError) as caught:
        apply(loan.flow_of(path), added, means)
    assert contents(path.parent.parent) == before
    assert list(path.parent.parent.iterdir()) == [path.parent]
    return str(caught.value)


def test_a_conversation_that_goes_otherwise_changes_nothing(path: Path) -> None:
    talk = "  new:\n    - says: swap the plastic\n    - bot: I didn't\n"
    script = path.with_name("loan.test.yaml")
    script.write_text(loan.TEST.replace("known_failures: [not yet]\n", "") + talk, encoding="utf-8")
    told = refused(path, examples(path, ("card", "swap the plastic")))
    assert told.startswith(f"{script}:11: new: wanted bot: I didn't; came Goodbye.")


def test_a_problem_of_the_flow_changes_nothing(path: Path) -> None:
    card = targets(loan.flow_of(path)).everywhere["card"]
    told = refused(path, (Example(card, "i want to repay my loans"),))
    assert told.startswith(f"{path}:")
    assert "sounds like" in told


def test_what_was_wrong_before_is_no_reason(path: Path) -> None:
    path.write_text(loan.EN + "  never: {hang_up: done}\n", encoding="utf-8")
    script = path.with_name("loan.test.yaml")
    script.write_text(loan.TEST + "  wrong:\n    - outcome: none\n", encoding="utf-8")
    assert apply(loan.flow_of(path), examples(path, ("card", "exchange my card")), MEANS).held == 3


def test_what_cannot_be_added_by_itself_is_told(path: Path) -> None:
    alone = "\n        examples: is it, or not\n        next: bye"
    path.write_text(loan.EN.replace("{examples: a single one, next: bye}", alone), encoding="utf-8")
    assert "stands alone" in refused(path, examples(path, ("single", "just one")))


def test_files_are_replaced_all_or_none(tmp_path: Path) -> None:
    beside = tmp_path / "beside"
    beside.mkdir()
    files = [tmp_path / "a", tmp_path / "b"]
    for one in files:
        one.write_text("good")
    (beside / "a").write_text("new")  # and no b
    with pytest.raises(OSError, match="b"):
        applying._replace(beside, files)
    assert [one.read_text() for one in files] == ["good", "good"]


def test_accuracy_before_and_after() -> None:
    examples = {
        "card": ["change my card", "a new card", "my card is gone"],
        "loan": ["repay my loan", "pay back my loan", "the loan please"],
    }
    added = {"card": ["swap plastic", "swap the plastic", "plastic"], "loan": []}
    old, new_before, old_after, new_after = accuracy(examples, added, "en")
    assert (old.of, new_before.of, old_after.of, new_after.of) == (6, 3, 6, 3)
    assert (old.right, new_after.right) == (6, 3)
    assert str(old) == "100.0 % of 6"
    assert str(Accuracy(0, 0)) == "-"
