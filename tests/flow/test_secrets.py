"""What is secret stays so: across flows, in requests, in what is kept and shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.events import RequestEnded
from ivr.flow.actions import Note, Request, Say
from ivr.located import YamlError
from tests.flow.flows import Chat
from tests.flow.test_language import flows

CHILD = """
    start: card
    steps:
      card: {ask: card, type: digits, length: 4, secret: true, prompt: Card., next: send}
      send:
        call: bank
        get: /cards/{{ card }}
        secret: true
        save: {limit: answer.limit}
        next: tell
        failed: tell
      tell: {say: "{{ limit | default(0) | money }} on {{ card | digits }}.", next: back}
      back: {return: {card: card, limit: limit, plain: today}}
    """
MAIN = """
    start: go
    secrets: [card, limit]
    steps:
      go: {flow: child, save: {card: result.card, limit: result.limit}, next: tell}
      tell: {say: "{{ card }} {{ limit }}", next: bye}
      bye: {hang_up: done}
    """


def test_nothing_of_it_is_shown_on_its_way_through_two_flows(tmp_path: Path) -> None:
    call = Chat(flows(tmp_path, main=MAIN, child=CHILD))
    call.says("4 4 7 7")
    actions = list(call.actions)
    request = call.actions[-1]
    assert isinstance(request, Request)
    assert request.path == "/cards/4477"
    assert "4477" not in repr(request)
    call.send(RequestEnded(request.number, 200, {"limit": "911.00"}))
    actions += call.actions
    shown = [a.shown for a in actions if isinstance(a, Say)] + [
        repr(a) for a in actions if isinstance(a, Note)
    ]
    assert not [text for text in shown if "4477" in text or "911" in text]
    assert "911" in call.bot[-1]
    assert "4477" not in repr(call.state)


def test_a_secret_result_must_be_kept_as_one(tmp_path: Path) -> None:
    main = MAIN.replace("secrets: [card, limit]", "secrets: [limit]")
    with pytest.raises(YamlError, match="name 'card' under 'secrets'"):
        flows(tmp_path, main=main, child=CHILD)


def test_an_argument_that_is_secret_must_be_named_so(tmp_path: Path) -> None:
    main = """
    start: card
    steps:
      card: {ask: card, type: digits, secret: true, prompt: Card., next: go}
      go: {flow: child, with: {given: card}, next: bye}
      bye: {hang_up: done}
    """
    child = "start: a\ntakes: {given: ''}\nsteps:\n  a: {return: {}}\n"
    with pytest.raises(YamlError, match="name 'given' under 'secrets'"):
        flows(tmp_path, main=main, child=child)
    flows(tmp_path, main=main, child=child.replace("start: a", "start: a\nsecrets: [given]"))


def test_an_open_question_carries_no_secret(tmp_path: Path) -> None:
    main = """
    start: main
    steps:
      main:
        prompt: What?
        listen: {pay: {examples: ["pay with card [card:digits]"], next: card}}
      card: {ask: card, type: digits, secret: true, prompt: Card., next: bye}
      bye: {hang_up: done}
    """
    with pytest.raises(YamlError, match="an open question shows it"):
        flows(tmp_path, main=main)
