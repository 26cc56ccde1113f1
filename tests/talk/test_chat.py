"""Talking to a flow by typing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.events import CallFacts
from ivr.flow.engine import Engine
from ivr.talk.backends import in_process
from ivr.talk.chat import Chat
from ivr.talk.standing import shown
from ivr.talk.text_call import TextCall
from ivr.tts.spoken import say_as
from tests.talk import small

TODAY = date(2026, 11, 23)
Type = Callable[..., list[str]]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    flow = small.flow_of(small.write(tmp_path_factory.mktemp("flows")))
    flow.prepare()
    return Engine(flow, say_as)


def new_chat(engine: Engine, **options: bool) -> Chat:
    ask = in_process({"loans": small.Loans(TODAY)})
    call = TextCall(engine, ask, CallFacts("chat", "", "", "", "1001", ""), TODAY)
    return Chat(call.begin(), **options)


def types(chat: Chat, *lines: str) -> list[str]:
    """What the last line is answered with, each with its kind."""
    told = list(chat.greeting())
    for line in lines:
        told = list(chat.typed(line))
    return [f"{one.kind}: {one.text}" for one in told]


def test_the_greeting(engine: Engine) -> None:
    assert types(new_chat(engine)) == ["behind: step main", "bot: How can I help?"]


def test_words_keys_requests_and_masked_secrets(engine: Engine) -> None:
    chat = new_chat(engine)
    assert types(chat, "how much do i owe") == [
        "behind: balance 1.00 by speech",
        "behind: step code",
        "bot: Your code?",
    ]
    assert chat.secret
    assert types(chat, "#4477#") == [
        "behind: an answer for 'code' by keys",
        "behind: code = ****",
        "behind: step look_up",
        "behind: asks loans: GET /loans/****",
        "behind: answer: 200 (0 ms)",
        "behind: step tell",
        "bot: You owe twelve dollars.",
        "behind: step main",
        "bot: What else?",
    ]
    state = types(chat, "/state")
    assert state[:2] == ["behind: step main of main, listening", "behind: values: code = ****; owed = 12.00"]
    assert "4477" not in " ".join(state)
    assert types(chat, "keys 2")[-2:] == ["bot: Goodbye.", "end: contained"]
    assert types(chat, "hello")[0].startswith("wrong: the call has ended")


def test_silence_and_what_is_not_understood(engine: Engine) -> None:
    chat = new_chat(engine, state=True)
    assert "bot: How can I help?" in types(chat, "")
    told = types(chat, "purple monkey dishwasher")
    assert told[0].startswith("behind: not understood (1)")
    assert told[-1] == "behind: in a row: not understood 1, silent 1"


def test_scores_of_the_last_words(engine: Engine) -> None:
    chat = new_chat(engine, scores=True)
    told = types(chat, "tell me how much money i owe")
    at = told.index("behind: 'tell me how much money i owe' may mean:")
    assert told[at + 1].endswith("balance")
    assert any(line.endswith("hours") for line in told[at:])
    assert types(chat, "1234", "/scores")[-1] == "behind: no words that could mean one thing or another"


def test_a_subject_within_a_flow_shows_where_it_stands(engine: Engine) -> None:
    told = types(new_chat(engine), "opening hours")
    assert told[1] == "behind: step hours.tell > hours.opened"
    assert "behind: leaves flow hours: done" in told


def test_back_undoes_a_turn(engine: Engine) -> None:
    chat = new_chat(engine)
    assert types(chat, "/back") == ["wrong: this is the beginning"]
    types(chat, "how much do i owe", "#4477")
    assert types(chat, "/back") == ["bot: Your code?"]
    assert types(chat, "/back") == ["bot: How can I help?"]
    assert types(chat, "#2", "/back") == ["bot: How can I help?"]


def test_a_transfer_ends_as_it_is_told(engine: Engine) -> None:
    chat = new_chat(engine)
    assert types(chat, "/transfer") == ["wrong: the caller is not being passed on"]
    assert types(chat, "#0")[-1].startswith("behind: passes the caller on to sip:agents@")
    assert types(chat, "hello?")[0].startswith("wrong: the caller is being passed on")
    assert types(chat, "/transfer bussy")[0].endswith("did you mean 'busy'?")
    assert types(chat, "/transfer busy")[-1] == "end: no_agent"
    types(chat, "/back")
    assert types(chat, "/transfer")[-1] == "end: transferred"


def test_commands(engine: Engine) -> None:
    chat = new_chat(engine)
    assert types(chat, "/sate") == ["wrong: there is no /sate; did you mean '/state'?"]
    assert types(chat, "/zzz") == ["wrong: there is no /zzz; /help lists the commands"]
    assert any("/back" in line for line in types(chat, "/help"))
    assert types(chat, "#12x") == ["wrong: '12X': keys are 0-9, *, # and A-D"]
    assert types(chat, "/lost")[0].startswith("bot: ")
    assert types(chat, "keys to my flat")[0].startswith("behind: not understood")
    assert types(chat, "/quit") == []
    assert chat.over


@given(st.lists(st.text(max_size=12) | st.sampled_from(["", "#1", "#4477", "/back", "#0", "/transfer busy"])))
def test_whatever_is_typed_a_secret_never_comes_back(engine: Engine, lines: list[str]) -> None:
    chat = new_chat(engine)
    for line in ("#1", *lines, "#4477", "/state", "/scores"):
        told = [one.text for one in chat.typed(line)]
        assert "4477" not in " ".join(told) or "4477" in "".join(lines)


@given(st.recursive(st.none() | st.booleans() | st.decimals() | st.dates() | st.text(), st.lists))
def test_any_value_can_be_shown(value: object) -> None:
    assert len(shown(value)) <= 160
