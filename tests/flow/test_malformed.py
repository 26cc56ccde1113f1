"""A hundred generated mistakes in real flow files: each is told with its line, and never a traceback."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from ivr.flow.check import check

FLOWS = Path(__file__).parents[2] / "flows" / "finance"
TRANSFERS = {"agents": "sip:agents@127.0.0.1"}
FILES = sorted(path for path in FLOWS.rglob("*.yaml") if not path.name.endswith(".test.yaml"))
SAFE = "abcdefghijklmnopqrstuvwxyz"


def misspelt_key(line: str, chance: random.Random) -> str | None:
    key, colon, rest = line.partition(":")
    word = key.strip(" -")
    if not colon or not word.isidentifier():
        return None
    at = key.rindex(word) + chance.randrange(len(word))
    return f"{key[:at]}{chance.choice(SAFE.replace(key[at], ''))}{key[at + 1 :]}{colon}{rest}"


def wrong_target(line: str, chance: random.Random) -> str | None:
    key, colon, _ = line.partition(":")
    wanted = ("next", "failed", "otherwise", "give_up", "start", "home", "cancelled")
    return f"{key}: nowhere_{chance.choice(SAFE)}" if colon and key.strip() in wanted else None


def list_in_place_of_text(line: str, chance: random.Random) -> str | None:
    key, colon, rest = line.partition(":")
    wanted = ("next", "type", "ask", "flow", "language", "start")
    return f"{key}: [{{a: b}}]" if colon and rest.strip() and key.strip() in wanted else None


def unclosed(line: str, chance: random.Random) -> str | None:
    key, colon, rest = line.partition(":")
    return (
        f'{key}: "{rest.strip()}' if colon and rest.strip() and '"' not in rest and "'" not in rest else None
    )


def broken_template(line: str, chance: random.Random) -> str | None:
    return line.replace("}}", chance.choice(["}", "| nofilter }}", "..x }}"]), 1) if "}}" in line else None


def unknown_value(line: str, chance: random.Random) -> str | None:
    return line.replace("{{ ", "{{ zz_unknown ~ ", 1) if "{{ " in line else None


def wrong_indent(line: str, chance: random.Random) -> str | None:
    return f"\t{line}" if line.startswith("  ") and ":" in line else None


MISTAKES = (
    misspelt_key, wrong_target, list_in_place_of_text, unclosed, broken_template, unknown_value, wrong_indent,
)  # fmt: skip


def spoilt(text: str, number: int) -> str:
    chance = random.Random(number)
    mistake = MISTAKES[number % len(MISTAKES)]
    lines = text.split("\n")
    steps = lines.index("steps:")  # what stands above may be data, which has no rules
    written = [at for at, line in enumerate(lines) if at > steps and not line.lstrip().startswith("#")]
    places = [index for index in written if mistake(lines[index], random.Random(0))]
    if not places:
        return text + "\nnonsense"
    index = chance.choice(places)
    lines[index] = mistake(lines[index], chance) or ""
    return "\n".join(lines)


@pytest.mark.parametrize("number", range(100))
def test_a_mistake_is_told_with_its_line(tmp_path: Path, number: int) -> None:
    file = FILES[number * 7 % len(FILES)]
    folder = tmp_path / file.parent.name
    shutil.copytree(file.parent, folder)
    path = folder / file.name
    path.write_text(spoilt(file.read_text(encoding="utf-8"), number), encoding="utf-8")
    problems = check(path, TRANSFERS)
    assert problems
    assert all(problem.line > 0 for problem in problems), problems
    assert any(problem.file == str(path) for problem in problems), problems
