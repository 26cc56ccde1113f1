"""Calls whose flow asks another system: a real backend over HTTP, one that fails, and messages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from examples.loan_backend.backend import LoanBackend
from examples.loan_backend.server import serve
from ivr.audio import read_wav
from ivr.events import Kind
from tests.calls.caller import Caller, of
from tests.running_server import RunningServer

FLOW = """
flow: bank
language: en
start: hello
steps:
  hello:
    say: Hello {{ caller.name }}.
    next: main
  main:
    prompt: What now?
    menu:
      1: {say: your next payment, next: look_up}
      2: {say: our slow system, next: slow}
      3: {say: a message, next: message}
  look_up:
    call: loans
    get: /loans/{{ caller.open_loans[0].id }}/next-payment
    save: {amount: answer.amount}
    next: tell
    failed: sorry
  slow:
    call: loans
    get: /trouble/drop/loans/1
    retries: 0
    next: tell
    failed: sorry
  tell: {say: "It is {{ amount | default(0) | money }}.", next: bye}
  sorry: {say: That does not work right now., next: bye}
  message: {voicemail: box, prompt: Speak., next: bye, empty: bye}
  bye: {hang_up: done}
"""


@pytest.fixture(scope="module")
def backend() -> Iterator[str]:
    with serve(LoanBackend(today=date.today()), trouble=True) as serving:
        yield serving.url


@pytest.fixture
def server(start_server: Callable[..., RunningServer], tmp_path: Path, backend: str) -> RunningServer:
    flow = tmp_path / "bank.yaml"
    flow.write_text(FLOW)
    flows: dict[str, Any] = {
        "default": str(flow),
        "services": {"loans": {"url": backend}},
        "profile": {"service": "loans"},
        "messages": str(tmp_path / "messages"),
        "classifiers": str(tmp_path / "classifiers"),
    }
    return start_server({"flows": flows})


def test_a_known_caller_asks_and_another_system_fails(server: RunningServer) -> None:
    with Caller(server, user="1001") as caller:
        caller.dial().wait_quiet()
        caller.phone.send_rfc4733("1")
        caller.phone.wait_request("BYE", 20)
        entries = server.journal(caller.call_id)
    assert of(entries, Kind.PROFILE)[0]["found"]
    said = [data["text"] for data in of(entries, Kind.PROMPT_STARTED)]
    assert said[0] == "Hello Ada Miller."
    assert said[-1].startswith("It is ")
    assert said[-1] != "It is zero dollars."
    with Caller(server, user="1001") as caller:
        caller.dial().wait_quiet()
        caller.phone.send_rfc4733("2")
        caller.phone.wait_request("BYE", 20)
        entries = server.journal(caller.call_id)
    assert of(entries, Kind.REQUEST_ENDED)[0]["status"] == 0
    assert of(entries, Kind.PROMPT_STARTED)[-1]["text"] == "That does not work right now."


def test_a_message_lies_in_its_box(
    server: RunningServer, wav: Callable[[str], bytes], tmp_path: Path
) -> None:
    with Caller(server, user="nobody") as caller:
        caller.dial().wait_quiet()
        caller.phone.send_rfc4733("3")
        caller.wait(Kind.PROMPT_STARTED, text="(tone)")
        caller.wait(Kind.PROMPT_ENDED)
        caller.phone.say(wav("goodbye-all"))
        caller.phone.wait_request("BYE", 30)
        entries = server.journal(caller.call_id)
    assert not of(entries, Kind.PROFILE)[0]["found"]
    (message,) = of(entries, Kind.MESSAGE)
    (file,) = (tmp_path / "messages" / "box").iterdir()
    assert message["file"] == str(file)
    assert file.stat().st_mode & 0o077 == 0
    assert len(read_wav(file)) >= 0.7 * len(wav("goodbye-all"))  # without the silence at its end
