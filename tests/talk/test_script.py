"""Files of conversations: what is read of them, and what is told of their mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.located import YamlError
from ivr.talk.script import Line, flow_of, is_script, read, script_of, unknown_names
from tests.talk import small


def problems(path: Path) -> list[str]:
    with pytest.raises(YamlError) as told:
        read(path)
    return [f"{problem.line}: {problem.message}" for problem in told.value.problems]


def written(folder: Path, text: str) -> Path:
    path = folder / "a.test.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_what_a_file_holds(tmp_path: Path) -> None:
    talks = "a:\n  - caller: 1002\n  - audio: off\n  - says: 42\n  - silence:\n  - lost\nb:\n  - bot: x\n"
    script = read(script_of(small.write(tmp_path, talks)))
    first, second = script.conversations
    assert (first.name, first.number, first.spoken, second.spoken) == ("a", 4, False, True)
    assert first.first == {"caller": "1002", "audio": False}
    assert first.lines == (Line("says", "42", 7), Line("silence", None, 8), Line("lost", None, 9))
    assert script.services == {"loans": small.Loans}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("sais: hello", "a: unknown line 'sais'; did you mean 'says'?"),
        ("keys: 12x", "a: 'keys: 12x': keys are 0-9, *, # and A-D"),
        ("transfer: bussy", "a: 'transfer: bussy' is no outcome; did you mean 'busy'?"),
        ("transfer: x", "a: 'transfer: x' is no outcome; there are: completed, busy, no_answer, refused,"),
        ("silence: 3", "a: 'silence' stands alone, without '3'"),
        ("slot: amount", "a: 'slot' is a mapping: {name: value}"),
        ("says:", "a: 'says' needs a text"),
        ('bot: ""', "a: 'bot' needs a text"),
        ("audio: loud", "a: 'audio' is on or off, not 'loud'"),
        ("caller: 1001", "a: 'caller' belongs to the first lines"),
        ("answer: {stauts: 404}", "a: unknown key 'answer.stauts'; did you mean 'status'?"),
        ("answer: {status: gone}", "a: 'answer.status' is a number, not 'gone'"),
    ],
)
def test_a_mistake_in_a_line(tmp_path: Path, line: str, told: str) -> None:
    path = small.write(tmp_path, f"a:\n  - bot: How\n  - {line}\n")
    (problem,) = problems(script_of(path))
    assert problem.startswith(f"6: {told}")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", ["1: 'today' is missing, or no date such as 2026-11-23", "1: there are no conversations in it"]),
        ("- a", ["1: needs these keys: today, caller, services, known_failures, conversations"]),
        (
            "tody: 2026-11-23\ntoday: 2026-11-31\nconversations: {a: []}\n",
            [
                "1: unknown key 'tody'; did you mean 'today'?",
                "2: 'today' is missing, or no date such as 2026-11-23",
            ],
        ),
        (
            "today: 2026-11-23\nconversations: {a: [bot: x], b: says}\nknown_failures: [b, c]\n",
            ["2: b: has no lines; each begins with '- '", "3: there is no conversation 'c'"],
        ),
        (
            "today: 2026-11-23\nservices: {x: tests.talk.small:Laons}\nconversations: {a: []}\n",
            ["2: services.x: cannot import 'tests.talk.small:Laons': module 'tests.talk.small' has no"],
        ),
        (
            "today: 2026-11-23\nservices: {x: nowhere}\nconversations: {a: []}\n",
            ["2: services.x: cannot import 'nowhere': "],
        ),
        (
            "today: 2026-11-23\nservices: {x: tests.talk.small:MAIN}\nconversations: {a: []}\n",
            ["2: services.x: 'tests.talk.small:MAIN' makes nothing"],
        ),
    ],
)
def test_a_mistake_in_a_file(tmp_path: Path, text: str, told: list[str]) -> None:
    found = problems(written(tmp_path, text))
    assert len(found) == len(told)
    assert all(problem.startswith(start) for problem, start in zip(found, told, strict=True))


def test_names_that_the_flow_does_not_have(tmp_path: Path) -> None:
    path = small.write(tmp_path, "a:\n  - step: mian\n  - flow: hours\n  - step: closed\n  - flow: main2\n")
    found = [p.message for p in unknown_names(read(script_of(path)), small.flow_of(path))]
    assert found == [
        "a: there is no step 'mian'; did you mean 'main'?",
        "a: there is no flow 'main2'; did you mean 'main'?",
    ]


@given(st.from_regex(r"[a-z_.]{1,20}", fullmatch=True))
def test_a_flow_and_its_script_name_each_other(name: str) -> None:
    flow = Path("flows") / f"{name}.yaml"
    assert is_script(script_of(flow))
    assert flow_of(script_of(flow)) == flow
