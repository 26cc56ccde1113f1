from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ivr import located
from ivr.learn.insert import LONGEST_LINE, InsertError, with_examples
from ivr.learn.scalars import written
from ivr.located import Key

FLOWS = Path(__file__).parents[2] / "flows"
FILES = [path for path in sorted(FLOWS.rglob("*.yaml")) if not path.name.endswith(".test.yaml")]
NEW = ["one more please", "那么, [day:date]还 [amount:money]", 'what\'s left: "all"?']


def places(data: Any, at: Key = ()) -> list[Key]:
    """Of all lists of examples."""
    found = []
    for key, value in data.items() if isinstance(data, dict) else ():
        if key == "examples" and isinstance(value, list):
            found.append((*at, key))
        found += places(value, (*at, key))
    return found


def removed(before: str, after: str) -> list[str]:
    """Lines that are no longer there as they were."""
    lines = difflib.ndiff(before.splitlines(), after.splitlines())
    return [line[2:] for line in lines if line.startswith("- ")]


def only_inserted(before: str, after: str) -> bool:
    rest = iter(after)
    return all(character in rest for character in before)


@pytest.mark.parametrize("path", [pytest.param(p, id=str(p.relative_to(FLOWS))) for p in FILES])
def test_every_list_of_every_flow_grows_and_nothing_else_changes(path: Path, tmp_path: Path) -> None:
    before = path.read_text(encoding="utf-8")
    data = located.read(path).data
    wanted = dict.fromkeys(places(data), NEW)
    after = with_examples(before, wanted)
    assert all("[" in line for line in removed(before, after))  # lists with dashes have new lines alone
    assert only_inserted(before, after)
    grown = tmp_path / path.name
    grown.write_text(after, encoding="utf-8")
    got = located.read(grown).data
    for where in wanted:
        assert at(got, where) == at(data, where) + NEW


def at(data: Any, where: Key) -> Any:
    for part in where:
        data = data[part]
    return data


def grow(text: str, *new: str) -> str:
    return with_examples(text, {("a", "examples"): new})


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a:\n  examples:\n    - x  # why\n\nb: 1\n", "a:\n  examples:\n    - x  # why\n    - y z\n\nb: 1\n"),
        ("a:\n  examples:\n  - x", "a:\n  examples:\n  - x\n  - y z"),
        ("a:\r\n  examples:\r\n    -  x\r\n", "a:\r\n  examples:\r\n    -  x\r\n    -  y z\r\n"),
        ("a:\n  examples:\n  - 'x'\n  - 'it''s'\n", "a:\n  examples:\n  - 'x'\n  - 'it''s'\n  - 'y z'\n"),
        ("a:\n  examples:\n  - >-\n    x\nb: 1\n", "a:\n  examples:\n  - >-\n    x\n  - y z\nb: 1\n"),
        ("a: {examples: [x], next: b}\n", "a: {examples: [x, y z], next: b}\n"),
        ('a: {examples: ["x", "w"]}\n', 'a: {examples: ["x", "w", "y z"]}\n'),
        ("a: {examples: [x,\n  w,\n  ]}\n", "a: {examples: [x,\n  w, y z,\n  ]}\n"),
        ("a: {examples: x}\n", "a: {examples: [x, y z]}\n"),
        ("a:\n  examples: 'x, w' # c\n", "a:\n  examples: ['x, w', y z] # c\n"),
    ],
)  # fmt: skip
def test_as_the_list_is_written(before: str, after: str) -> None:
    assert grow(before, "y z") == after


def test_a_long_list_in_brackets_goes_on_in_the_next_line() -> None:
    before = f"a:\n  examples: [{'x' * 90}]\n"
    after = grow(before, "one more sentence", "and another", "and a third, with a comma")
    first, second = after.splitlines()[1:]
    assert first.endswith("x,")
    assert second == '             one more sentence, and another, "and a third, with a comma"]'
    assert all(len(line) <= LONGEST_LINE for line in after.splitlines())


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: {b: 1}\n", "there is no 'examples'"),
        ("a: {examples: []}\n", "is no list of sentences"),
        ("x: &x [u]\na: {examples: *x}\n", "stands elsewhere"),
        ("a:\n  examples: is it, or not\n", "stands alone"),
    ],
)
def test_what_cannot_grow_is_told(text: str, told: str) -> None:
    with pytest.raises(InsertError, match=told):
        grow(text, "y")


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30))
def test_what_is_written_is_read_again(text: str) -> None:
    assert yaml.safe_load(f"- {written(text)}") == [text]
    assert yaml.safe_load(f"[{written(text, in_brackets=True)}]") == [text]
    assert yaml.safe_load(f"- {written(text, quote=chr(39))}") == [text]


@pytest.mark.parametrize("word", ["yes", "No", "null", "off", "12", "1e3", "~", "2026-11-23"])
def test_what_is_no_text_elsewhere_is_quoted(word: str) -> None:
    assert written(word) == f'"{word}"'


def test_sentences_stay_plain_where_they_can() -> None:
    assert written("repay [amount:money] of my loan") == "repay [amount:money] of my loan"
    assert written("我要还[amount:money]") == "我要还[amount:money]"
    assert written("[day:date]上班吗") == '"[day:date]上班吗"'
