"""Conversations of a flow being held: a script and a flow enter; how each conversation went leaves.

acts   --Line--> whoever carries it out: a call in text (here), or one by voice (commands/flow_test_audio.py)
  ^                                                     |
  +------------------------- Seen ----------------------+
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any

from ivr.events import CallFacts, Kind, RequestEnded, TransferOutcome
from ivr.flow.actions import Note, Request
from ivr.flow.engine import Engine
from ivr.located import Problem
from ivr.talk.backends import Ask, nobody, opened, profile
from ivr.talk.script import ACTS, ANSWER, Conversation, Line, Script, read, script_of
from ivr.talk.text_call import TextCall

__all__ = [
    "Answers", "Conversation", "Held", "Script", "Seen", "Unlike", "acts", "error_of", "facts_of",
    "hold", "profile_of", "read", "script_of",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Held:
    """How one conversation went."""

    conversation: Conversation
    problem: Problem | None
    """the first thing that was not as the script says"""
    known_failure: bool
    notes: tuple[tuple[Note, ...], ...] = ()
    """of each act, the beginning first"""

    @property
    def name(self) -> str:
        return self.conversation.name

    @property
    def ok(self) -> bool:
        return (self.problem is None) != self.known_failure


@dataclass(frozen=True, slots=True)
class Seen:
    """What a script can look at after each act."""

    flow: str
    step: str
    said: tuple[str, ...] = ()
    """since the last act; secrets are masked"""
    requests: tuple[str, ...] = ()
    """likewise: "GET /loans/101" """
    slots: Mapping[str, Any] = field(default_factory=dict)
    outcome: str | None = None
    error: str = ""
    """of the flow, since the last act"""


class Unlike(Exception):  # noqa: N818  (it is a finding, not an error of ours)
    """Something was not as the script says."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


class Answers:
    """Other systems as a script has them: its `answer` lines in their order, else what really answers."""

    def __init__(self, ask: Ask, conversation: Conversation) -> None:
        self._ask = ask
        self.waiting = deque(answers_before(conversation.lines))
        """for the next requests"""

    def __call__(self, request: Request) -> RequestEnded:
        if not self.waiting:
            return self._ask(request)
        answer = self.waiting.popleft().value
        return RequestEnded(request.number, answer.get("status", 200), answer.get("data"))


def acts(conversation: Conversation, look: Callable[[], Seen], answers: Answers) -> Iterator[Line]:
    """Each act, to be carried out before the next one is asked for. The call begins when the first one is
    asked for: `look` is not called before. Raises Unlike."""
    lines = conversation.lines
    unread: list[str] | None = None
    for index, line in enumerate(lines):
        if line.what == ANSWER:
            continue
        if unread is None:
            unread = _heard(look(), line)
        if line.what not in ACTS:
            _check(line, look(), unread)
            continue
        if ended := look().outcome:
            raise Unlike(line.number, f"wanted {_shown(line)}; came the end of the call ({ended})")
        answers.waiting += answers_before(lines[index + 1 :])
        yield line
        unread = _heard(look(), line)
    if answers.waiting:
        raise Unlike(answers.waiting[0].number, "wanted a request that gets this answer; came none")


def answers_before(lines: tuple[Line, ...]) -> Iterator[Line]:
    """The answers that stand before the next act."""
    return (line for line in takewhile(lambda line: line.what not in ACTS, lines) if line.what == ANSWER)


def _heard(seen: Seen, line: Line) -> list[str]:
    if seen.error:
        raise Unlike(line.number, f"error of the flow: {seen.error}")
    return list(seen.said)


def _check(line: Line, seen: Seen, unread: list[str]) -> None:
    """`unread`: what the bot said and no line has named yet; what is named is taken out."""
    wanted = line.value
    match line.what:
        case "bot":
            place = next((i for i, text in enumerate(unread) if wanted in text), None)
            if place is None:
                _fail(line, _quoted(unread))
            else:
                del unread[:place]
        case "not_bot":
            if any(wanted in text for text in unread):
                _fail(line, _quoted(unread))
        case "slot":
            got = {name: str(seen.slots[name]) for name in wanted if name in seen.slots}
            if got != {name: str(value) for name, value in wanted.items()}:
                _fail(line, ", ".join(f"{name}: {value}" for name, value in seen.slots.items()) or "no slots")
        case "request":
            if not any(wanted in made for made in seen.requests):
                _fail(line, ", ".join(seen.requests) or "no request")
        case "outcome":
            if seen.outcome != wanted:
                _fail(line, seen.outcome or f"the call goes on at step '{seen.step}'")
        case "step" | "flow":
            got_name = getattr(seen, line.what)
            if got_name != wanted:
                _fail(line, got_name)


def _fail(line: Line, came: str) -> None:
    raise Unlike(line.number, f"wanted {_shown(line)}; came {came}")


def _quoted(texts: list[str]) -> str:
    return " | ".join(texts) or "nothing"


def _shown(line: Line) -> str:
    if isinstance(line.value, dict):
        return f"{line.what}: " + ", ".join(f"{name}: {value}" for name, value in line.value.items())
    return line.what if line.value is None else f"{line.what}: {line.value}"


# --- in text ---------------------------------------------------------------------------------------


def facts_of(script: Script, conversation: Conversation) -> CallFacts:
    return CallFacts("test", "", "", "", str(conversation.first.get("caller", script.caller)), "")


def profile_of(script: Script, conversation: Conversation, ask: Ask) -> Mapping[str, Any] | None:
    """As its first lines say; else from the first service, by number."""
    if "profile" in conversation.first:
        return dict(conversation.first["profile"])
    caller = facts_of(script, conversation).caller
    if not caller or not script.services:
        return None
    return profile(ask, next(iter(script.services)), caller)


def hold(script: Script, conversation: Conversation, engine: Engine, otherwise: Ask = nobody) -> Held:
    """In text. `otherwise` answers for services that the script does not name."""
    problem: Problem | None = None
    with opened(script.services, script.today, otherwise) as ask:
        answers = Answers(ask, conversation)
        facts, known = facts_of(script, conversation), profile_of(script, conversation, ask)
        call = TextCall(engine, answers, facts, script.today, known)
        call.begin()
        try:
            for line in acts(conversation, lambda: seen_of(call), answers):
                _do(call, line)
        except Unlike as unlike:
            problem = script.problem(unlike.line, f"{conversation.name}: {unlike}")
    known_failure = conversation.name in script.known_failures
    return Held(conversation, problem, known_failure, tuple(came.notes for came in call.came))


def _do(call: TextCall, line: Line) -> None:
    match line.what:
        case "says":
            call.says(line.value)
        case "keys":
            call.keys(line.value)
        case "silence":
            call.silence()
        case "lost":
            call.recogniser_lost()
        case "transfer":
            call.transfer_ended(TransferOutcome(line.value))


def seen_of(call: TextCall) -> Seen:
    last = call.last
    return Seen(
        flow=call.state.flow,
        step=call.state.step,
        said=tuple(say.shown for say in last.said),
        requests=tuple(f"{request.method} {request.shown}".strip() for request in last.requests),
        slots=call.slots,
        outcome=last.outcome,
        error=error_of(last.notes),
    )


def error_of(notes: tuple[Note, ...]) -> str:
    errors = (note.data for note in notes if note.kind is Kind.ERROR)
    return next((f"{data['where']}: {data['reason']}" for data in errors), "")
