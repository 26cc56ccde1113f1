"""The JSON Schema for editors agrees with the loader about every flow of the project."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from ivr import located
from ivr.flow.editor import schema

ROOT = Path(__file__).parents[2]
FILES = [path for path in sorted((ROOT / "flows").rglob("*.yaml")) if ".test." not in path.name]
EXAMPLES = re.findall(r"^```yaml\n(flow: .*?)^```", (ROOT / "docs" / "flows.md").read_text(), re.S | re.M)


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    Draft202012Validator.check_schema(schema())
    return Draft202012Validator(schema())


def problems(validator: Draft202012Validator, data: Any) -> list[str]:
    return [f"{list(error.path)}: {error.message}"[:300] for error in validator.iter_errors(data)]


@pytest.mark.parametrize("path", [pytest.param(p, id=str(p.relative_to(ROOT))) for p in FILES])
def test_every_flow_fits(validator: Draft202012Validator, path: Path) -> None:
    assert problems(validator, located.read(path).data) == []


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_every_example_fits(validator: Draft202012Validator, tmp_path: Path, number: int) -> None:
    path = tmp_path / "example.yaml"
    path.write_text(EXAMPLES[number], encoding="utf-8")
    assert problems(validator, located.read(path).data) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("hang_up:", "hang_upp:"),
        ("language: en", "language: fr"),
        ("prompt:", "promt:"),
        ("start:", "begin:"),
    ],
)
def test_a_mistake_is_seen(validator: Draft202012Validator, tmp_path: Path, old: str, new: str) -> None:
    path = tmp_path / "example.yaml"
    path.write_text(EXAMPLES[0].replace(old, new), encoding="utf-8")
    assert problems(validator, located.read(path).data)
