"""A small hotline with a flow within it, written to a folder with its conversations; and its service."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from textwrap import dedent
from typing import Any

from ivr.flow.flow import Flow
from ivr.flow.loader import load
from ivr.tts.spoken import say_as

TRANSFERS = {"agents": "sip:agents@127.0.0.1:5070"}

MAIN = """\
flow: main
language: en
start: main
person: agent
anywhere:
  hours:
    examples: [when are you open, opening hours]
    flow: hours
steps:
  main:
    prompt: ["How can I help?", "What else?"]
    listen:
      balance:
        examples: [what is my balance, how much do i owe]
        keys: 1
        next: code
      nothing:
        examples: [nothing, nothing else]
        keys: 2
        next: bye
    give_up: agent
  code:
    ask: code
    type: digits
    length: 4
    secret: true
    prompt: Your code?
    next: look_up
  look_up:
    call: loans
    get: /loans/{{ code }}
    save: {owed: answer.owed}
    status: {404: unknown}
    next: tell
    failed: unknown
  tell:
    say: You owe {{ owed | money }}.
    next: main
  unknown:
    say: I don't know that code.
    next: main
  agent:
    prompt: One moment.
    transfer: agents
    failed: nobody
  nobody:
    prompt: Nobody is free.
    hang_up: no_agent
  bye:
    prompt: Goodbye.
    hang_up: contained
"""
HOURS = """\
flow: hours
language: en
start: tell
steps:
  tell:
    choose:
      - when: today | weekday == 7
        next: closed
      - when: today | weekday == 6
        next: closed
    otherwise: opened
  opened:
    say: From eight to eight.
    next: back
  closed:
    say: We are closed.
    next: back
  back:
    return: {}
"""
SERVICES = 'services: {loans: "tests.talk.small:Loans"}\n'
TOP = f"today: 2026-11-23\n{SERVICES}conversations:\n"
TALKS = """\
  the balance:
    - bot: How can I help
    - says: how much do i owe
    - keys: "4477"
    - request: GET /loans/****
    - bot: twelve dollars
    - step: main
    - slot: {code: "****"}
    - says: nothing else
    - outcome: contained
  nobody is free:
    - keys: "0"
    - transfer: busy
    - bot: Nobody is free
    - outcome: no_agent
"""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    json: Any


class Loans:
    """A service in the process; it knows one code and one caller."""

    closed = 0

    def __init__(self, today: date) -> None:
        self.today = today

    def handle(self, method: str, path: str, query: dict[str, str], body: Any) -> Answer:
        if path == "/loans/4477":
            return Answer(200, {"owed": "12.00"})
        if path == "/customers/by-number/1001":
            return Answer(200, {"known": True, "name": "Ada"})
        return Answer(404, None)

    def close(self) -> None:
        Loans.closed += 1


def write(folder: Path, talks: str = TALKS, top: str = TOP, **flows: str) -> Path:
    """The flow's file; its conversations stand beside it."""
    for name, text in ({"main": MAIN, "hours": HOURS} | flows).items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    (folder / "main.test.yaml").write_text(top + indented(talks), encoding="utf-8")
    return folder / "main.yaml"


def indented(talks: str) -> str:
    """Conversations may stand at any depth."""
    text = dedent(talks).strip("\n")
    return "".join(f"  {line}\n" for line in text.splitlines())


def flow_of(path: Path) -> Flow:
    return load(path, say_as, TRANSFERS)
