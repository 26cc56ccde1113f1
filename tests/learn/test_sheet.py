from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.learn import sheet
from ivr.learn.propose import Proposal
from ivr.learn.sheet import Decision, Sheet
from ivr.located import YamlError

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1).filter(
    str.strip
)
SENTENCES = st.lists(TEXT, min_size=1, max_size=3).map(tuple)
DECISIONS = st.builds(Decision, st.integers(0, 99), st.booleans(), TEXT, SENTENCES, st.just("") | TEXT, TEXT)


@given(st.lists(DECISIONS, max_size=3).map(tuple))
def test_what_is_written_is_read(decisions: tuple[Decision, ...]) -> None:
    made = Sheet("loan", decisions)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "p.yaml"
        path.write_text(sheet.text(made, Path("loan.yaml"), path), encoding="utf-8")
        assert sheet.read(path) == made


def test_a_proposal_for_people() -> None:
    known = Proposal(1, "repay", False, "", 0.62, "card", 3, 4, 1, ("pay it off", "off: with it"), 5)
    new = Proposal(2, "freeze", True, "freeze account", 0.2, "card", 2, 2, 0, ("freeze it",), 1)
    text = sheet.text(sheet.sheet("loan", [known, new]), Path("loan.yaml"), Path("p.yaml"))
    assert text.startswith("# What callers of 'loan' said")
    assert "ivr flow learn loan.yaml --apply p.yaml" in text
    assert (
        text.split("groups:\n")[1]
        == """\
  - group: 1
    about: said by 3 callers in 4 calls, 5 wordings, repay 62 %, else card, confirmed in 1 calls
    accept: no
    intent: repay
    sentences:
      - pay it off
      - "off: with it"

  - group: 2
    about: said by 2 callers in 2 calls, 1 wordings, a new intent; nearest card 20 %
    accept: no
    intent: freeze
    means: freeze account
    sentences:
      - freeze it
"""
    )


def test_accepting_groups() -> None:
    made = Sheet("loan", (Decision(1, False, "a", ("x",)), Decision(2, False, "b", ("y",))))
    assert made.accepting({2: "c"}).decisions == (made.decisions[0], Decision(2, True, "c", ("y",)))
    with pytest.raises(KeyError):
        made.accepting({3: "c"})


@pytest.mark.parametrize(
    ("groups", "told"),
    [
        ("x: 1", "p.yaml:1: is no file of 'ivr flow learn'"),
        ("groups: [1]", "p.yaml:1: a group is a mapping"),
        ("groups:\n - {group: 1, intent: a, acept: yes}", "p.yaml:2: unknown key 'acept'; did you mean"),
        ("groups:\n - {group: 1, intent: a, accept: maybe}", "p.yaml:2: 'accept' is yes or no, not 'maybe'"),
        ("groups:\n - {group: one, intent: a}", "'group' is its number"),
        ("groups:\n - {group: 1}", "'intent' is missing"),
        ("groups:\n - {group: 1, intent: a, sentences: {a: b}}", "'sentences' is a list"),
    ],
)  # fmt: skip
def test_mistakes_are_told_with_their_line(tmp_path: Path, groups: str, told: str) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(groups, encoding="utf-8")
    with pytest.raises(YamlError) as caught:
        sheet.read(path)
    assert told in str(caught.value)


def test_struck_off_sentences_and_one_alone(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    groups = "{group: 1, intent: a, accept: Yes, sentences: }, {group: 2, intent: a, sentences: x}"
    path.write_text(f"groups: [{groups}]\n")
    one, two = sheet.read(path).decisions
    assert (one.accept, one.sentences, two.accept, two.sentences) == (True, (), False, ("x",))
