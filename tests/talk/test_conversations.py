"""Conversations being held, and what is told of those that go otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.events import RequestEnded
from ivr.flow.actions import Request
from ivr.flow.engine import Engine
from ivr.talk.backends import nobody
from ivr.talk.conversations import Held, hold, read, script_of
from ivr.tts.spoken import say_as
from tests.talk import small


def held(folder: Path, talks: str, top: str = small.TOP, **flows: str) -> list[Held]:
    path = small.write(folder, talks, top, **flows)
    engine, script = Engine(small.flow_of(path), say_as), read(script_of(path))
    return [hold(script, conversation, engine) for conversation in script.conversations]


def told(folder: Path, *lines: str) -> str:
    """Of a conversation that ends with the call at rest; its first line is the fifth of the file."""
    (one,) = held(folder, "a:\n" + "".join(f"  - {line}\n" for line in lines))
    return f"{one.problem.line}: {one.problem.message}" if one.problem else ""


def test_conversations_that_go_as_they_should(tmp_path: Path) -> None:
    closed = small.Loans.closed
    assert [one.problem for one in held(tmp_path, small.TALKS)] == [None, None]
    assert small.Loans.closed == closed + 2


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["bot: What else"], "5: a: wanted bot: What else; came How can I help?"),
        (["not_bot: How"], "5: a: wanted not_bot: How; came How can I help?"),
        (['keys: "1"', "bot: Goodbye"], "6: a: wanted bot: Goodbye; came Your code?"),
        (['keys: "1"', "step: main"], "6: a: wanted step: main; came code"),
        (["flow: hours"], "5: a: wanted flow: hours; came main"),
        (["outcome: x"], "5: a: wanted outcome: x; came the call goes on at step 'main'"),
        (['keys: "2"', "outcome: x"], "6: a: wanted outcome: x; came contained"),
        (['keys: "2"', "says: hello"], "6: a: wanted says: hello; came the end of the call (contained)"),
        (["request: GET"], "5: a: wanted request: GET; came no request"),
        (["slot: {code: 1}"], "5: a: wanted slot: code: 1; came no slots"),
        (
            ['keys: "1"', 'keys: "4477"', "slot: {code: 1}", "request: POST"],
            "7: a: wanted slot: code: 1; came code: ****",
        ),
        (
            ['keys: "1"', 'keys: "4477"', "request: POST"],
            "7: a: wanted request: POST; came GET /loans/****",
        ),
        (["answer: {status: 404}"], "5: a: wanted a request that gets this answer; came none"),
        (["lost:", "bot: thank you"], "6: a: wanted bot: thank you; came "),
        (["bot: How", "bot: How"], ""),
        (['keys: "2"', "bot: Goodbye", "not_bot: How"], ""),
    ],
)
def test_the_first_thing_that_is_otherwise(tmp_path: Path, lines: list[str], message: str) -> None:
    assert told(tmp_path, *lines).startswith(message)
    assert bool(message) == bool(told(tmp_path, *lines))


def test_texts_of_the_bot_are_found_in_order(tmp_path: Path) -> None:
    lines = ["says: opening hours", "bot: back to where", "bot: From eight"]
    assert told(tmp_path, *lines).startswith("7: a: wanted bot: From eight; came ")


@pytest.mark.parametrize(
    "lines",
    [
        ['keys: "1"', 'keys: "4477"', "answer: {status: 404}", "bot: know that code"],
        ['keys: "1"', "answer: {status: 500}", 'keys: "4477"', "bot: know that code"],
        [
            "answer: {status: 500}", 'keys: "1"', 'keys: "4477"', "bot: know that code",
            'keys: "1"', 'keys: "4477"', "bot: twelve dollars",
        ],
        ['keys: "1"', 'keys: "1111"', "answer: {data: {owed: 3.50}}", "bot: fifty cents"],
    ],
)  # fmt: skip
def test_another_system_answers_as_the_script_says(tmp_path: Path, lines: list[str]) -> None:
    assert told(tmp_path, *lines) == ""


def test_an_error_of_the_flow_is_told(tmp_path: Path) -> None:
    broken = small.HOURS.replace("today | weekday == 7", "today > 3")
    (one,) = held(tmp_path, "a:\n  - says: opening hours\n  - bot: eight\n", hours=broken)
    assert one.problem and one.problem.message.startswith("a: error of the flow: step tell: TypeError")


def test_known_failures_go_on_failing(tmp_path: Path) -> None:
    top = f"known_failures: [a, b]\n{small.TOP}"
    fails, succeeds = held(tmp_path, "a:\n  - bot: x\nb:\n  - bot: How\n", top)
    assert (fails.ok, succeeds.ok) == (True, False)


@pytest.mark.parametrize(
    ("first", "name"),
    [
        ("caller: 1001", "Ada"),
        ("caller: 1009", ""),
        ("profile: {name: Eva}", "Eva"),
    ],
)
def test_the_caller_is_known_by_number_or_as_the_script_says(tmp_path: Path, first: str, name: str) -> None:
    greeting = small.MAIN.replace("How can I help?", "Hello <{{ caller.name }}>")
    (one,) = held(tmp_path, f"a:\n  - {first}\n  - bot: Hello <{name}>\n", main=greeting)
    assert one.problem is None


def test_services_that_the_script_does_not_name_are_answered_by_others(tmp_path: Path) -> None:
    asked: list[Request] = []

    def other(request: Request) -> RequestEnded:
        asked.append(request)
        return RequestEnded(request.number, 200, {"owed": 1})

    top = small.TOP.replace(small.SERVICES, "")
    path = small.write(tmp_path, 'a:\n  - keys: "1"\n  - keys: "4477"\n  - bot: one dollar\n', top)
    script = read(script_of(path))
    (conversation,) = script.conversations
    engine = Engine(small.flow_of(path), say_as)
    assert hold(script, conversation, engine, other).problem is None
    assert [request.path for request in asked] == ["/loans/4477"]
    assert hold(script, conversation, engine, nobody).problem
