"""The JSON Schema for editors agrees with the loader about every flow of the project, and tells what each
word is for."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from ivr import located
from ivr.flow.editor import schema
from ivr.flow.steps import STEPS

ROOT = Path(__file__).parents[2]
FILES = [path for path in sorted((ROOT / "flows").rglob("*.yaml")) if ".test." not in path.name]
DOCUMENT = (ROOT / "docs" / "flows.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```yaml\n(flow: .*?)^```", DOCUMENT, re.S | re.M)
SMALL = """
flow: small
language: zh
start: a
steps:
  a:
    prompt: 您好
    listen:
      pay: {examples: [还款, 12], keys: 1, next: b}
  b: {say: [第一, {text: 第二, when: true, barge_in: {words: 2}}], next: c}
  c:
    verify: loans
    path: /identity
    factors: [id_tail, {factor: number}]
    level: 2
    next: d
    failed: d
  d: {hang_up: done}
universal:
  help: off
"""


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    Draft202012Validator.check_schema(schema())
    return Draft202012Validator(schema())


def problems(validator: Draft202012Validator, tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "example.yaml"
    path.write_text(text, encoding="utf-8")
    return told(validator, located.read(path).data)


def told(validator: Draft202012Validator, data: Any) -> list[str]:
    return [
        f"{'.'.join(map(str, error.path))}: {error.message}"[:300] for error in validator.iter_errors(data)
    ]


@pytest.mark.parametrize("path", [pytest.param(p, id=str(p.relative_to(ROOT))) for p in FILES])
def test_every_flow_fits(validator: Draft202012Validator, path: Path) -> None:
    assert told(validator, located.read(path).data) == []


@pytest.mark.parametrize("text", [SMALL, *EXAMPLES], ids=["small", *map(str, range(len(EXAMPLES)))])
def test_every_example_fits(validator: Draft202012Validator, tmp_path: Path, text: str) -> None:
    assert problems(validator, tmp_path, text) == []


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("hang_up: done", "hang_upp: done", "steps.d: "),
        ("hang_up: done", "hang_up: done, say: Bye, next: a", "steps.d: "),
        ("language: zh", "language: fr", "language: 'fr' is not one of"),
        ("prompt:", "promt:", "steps.a: Additional properties are not allowed ('promt' was unexpected)"),
        ("start: a", "begin: a", "'begin' was unexpected"),
        ("start: a", "", "'start' is a required property"),
        ("pay: {", "pay now: {", "steps.a.listen: 'pay now' does not match"),
        ("examples: [还款", "exampels: [还款", "steps.a.listen.pay: "),
        ("keys: 1", "keys: one", "steps.a.listen.pay.keys: 'one' does not match"),
        ("words: 2", "word: 2", "steps.b.say: "),
        ("id_tail", "id_tale", "steps.c.factors"),
        ("level: 2", "level: 9", "steps.c.level: 9 is greater"),
        ("help: off", "help: never", "universal.help: "),
        ("[第一", "[], more: [第一", "steps.b: "),
    ],
)
def test_a_mistake_is_told_at_its_place(
    validator: Draft202012Validator, tmp_path: Path, old: str, new: str, where: str
) -> None:
    assert old in SMALL
    found = problems(validator, tmp_path, SMALL.replace(old, new))
    assert any(where in problem for problem in found), found


def test_words_are_described() -> None:
    made = schema()
    assert set(made["$defs"]["step"]["properties"]) == set(STEPS)
    for word, model in STEPS.items():
        assert made["$defs"][model.__name__]["properties"][word]["description"]
    assert made["properties"]["home"]["description"].startswith("where a caller who cancels goes on")
    assert "read-back" in made["$defs"]["AskStep"]["properties"]["confirm"]["description"]
    assert made["$defs"]["QueueStep"]["properties"]["class"]["description"]
    assert "null" not in str(made)
