"""What a call does besides talking: other systems, the caller's profile, messages; over scripted lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ivr import config
from ivr.audio import FRAME_BYTES
from ivr.call import Call
from ivr.errands import FILLER_FRAMES
from ivr.events import BackendEvent, CallFacts, Kind, ProfileFound, RequestEnded
from ivr.flow import loader
from ivr.flow.engine import Engine
from ivr.listen.listener import Listener
from ivr.listen.senses import Senses
from ivr.replay.player import MemoryJournal
from ivr.replay.script import CallerTurn, ScriptedCaller
from ivr.replay.wav_line import WavLine
from ivr.rooms import Rooms
from ivr.tts.spoken import say_as
from tests.test_call import Floor, OneSecond, Script, ScriptedProfile, says

FLOW = """
flow: small
language: en
start: look_up
steps:
  look_up:
    call: bank
    get: /balance
    filler: Let me look.
    save: {balance: answer.balance}
    retries: 0
    timeout_ms: 2000
    next: tell
    failed: sorry
  tell: {say: "Hello {{ caller.name }}, {{ balance | money }}.", next: bye}
  sorry: {say: Sorry., next: bye}
  bye: {hang_up: done}
"""
MESSAGE = """
flow: small
language: en
start: leave
steps:
  leave: {voicemail: box, prompt: Speak., max_s: 10, next: thanks, empty: nothing}
  thanks: {say: Thanks., next: bye}
  nothing: {say: Nothing., next: bye}
  bye: {hang_up: done}
"""


class Bank:
    """Answers after so many frames of the call; never, where it is None."""

    def __init__(self, answer: RequestEnded | None, after: int | None = 0, profile_ms: int = 0) -> None:
        self.profile_ms = profile_ms
        self.profiles: list[ProfileFound] = []
        self._answer, self.after = answer, after
        self.waiting: list[tuple[int, Callable[[BackendEvent], None], BackendEvent]] = []

    def request(
        self, number: int, service: str, method: str, path: str, body: Mapping[str, Any] | None,
        timeout_ms: int, retries: int, post: Callable[[BackendEvent], None],
    ) -> None:  # fmt: skip
        assert (service, method, path) == ("bank", "GET", "/balance")
        if self._answer and self.after is not None:
            self.waiting.append((self.after, post, self._answer))

    def profile(self, facts: CallFacts, post: Callable[[BackendEvent], None]) -> None:
        for found in self.profiles:
            post(found)


class TickingLine(WavLine):
    """Tells the bank each frame, so that its answers come when they are due."""

    def __init__(self, caller: ScriptedCaller, bank: Bank) -> None:
        super().__init__(caller, 60_000)
        self._bank = bank

    def _tick(self) -> Any:
        still = []
        for left, post, answer in self._bank.waiting:
            if left <= 0:
                post(answer)
            else:
                still.append((left - 1, post, answer))
        self._bank.waiting = still
        return super()._tick()


Hold = Callable[..., MemoryJournal]


@pytest.fixture
def kept() -> list[tuple[str, str, int]]:
    return []


@pytest.fixture
def hold(tmp_path: Path, kept: list[tuple[str, str, int]]) -> Hold:
    def keep(box: str, call: str, pcm16: bytes) -> str:
        kept.append((box, call, len(pcm16) // FRAME_BYTES))
        return f"{box}/{call}.wav"

    def hold_call(bank: Bank, *turns: CallerTurn, flow: str = FLOW) -> MemoryJournal:
        path = tmp_path / "small.yaml"
        path.write_text(flow)
        line, journal = TickingLine(ScriptedCaller(turns), bank), MemoryJournal()
        rooms = Rooms(Script(""), OneSecond(), lambda work: work(), bank, keep)
        senses = Senses(
            lambda heard, played: heard, lambda frame: any(frame), Floor(), ScriptedProfile(), bool
        )
        engine = Engine(loader.load(path, say_as), say_as)
        facts = CallFacts("1", "", "node", "local", "1001", "")
        Call(line, facts, engine, Listener(config.Listen(), senses), rooms, journal, date(2026, 3, 16)).run()
        return journal

    return hold_call


def heard(journal: MemoryJournal) -> list[str]:
    return [data["text"] for data in journal.of(Kind.PROMPT_STARTED)]


ANSWER = RequestEnded(1, 200, {"balance": 12.5})


def test_an_answer_at_once_needs_no_filler(hold: Hold) -> None:
    assert heard(hold(Bank(ANSWER))) == ["Hello , twelve dollars and fifty cents."]


def test_an_answer_that_takes_its_time_is_bridged(hold: Hold) -> None:
    journal = hold(Bank(ANSWER, FILLER_FRAMES + 20))
    assert heard(journal) == ["Let me look.", "Hello , twelve dollars and fifty cents."]


def test_no_answer_at_all_does_not_hold_the_call(hold: Hold) -> None:
    journal = hold(Bank(None, None))
    assert heard(journal) == ["Let me look.", "Sorry."]
    assert journal.of(Kind.REQUEST_ENDED)[0]["status"] == 0
    assert journal.of(Kind.CALL_ENDED)[0]["outcome"] == "done"


def test_the_profile_is_there_before_the_first_word(hold: Hold) -> None:
    bank = Bank(ANSWER, profile_ms=700)
    bank.profiles = [ProfileFound({"name": "Ada", "known": True}, took_ms=5)]
    journal = hold(bank)
    assert heard(journal)[0].startswith("Hello Ada")
    assert journal.of(Kind.PROFILE) == [{"found": True, "reason": "", "took_ms": 5}]


def test_a_profile_that_does_not_come_delays_by_its_time_alone(hold: Hold) -> None:
    journal = hold(Bank(ANSWER, profile_ms=700))
    assert journal.of(Kind.PROFILE) == [{"found": False, "reason": "no answer in time", "took_ms": 700}]
    assert heard(journal)[0].startswith("Hello ,")
    started = next(at for at, kind, _ in journal.entries if kind is Kind.PROMPT_STARTED)
    assert started <= 700 // 20 + 3


def test_a_profile_that_comes_too_late_changes_nothing(hold: Hold) -> None:
    bank = Bank(ANSWER, profile_ms=100)
    bank.waiting.append((30, lambda event: None, ANSWER))
    assert heard(hold(bank))[0].startswith("Hello ,")


def test_a_message_is_kept_from_the_tone_to_the_silence(hold: Hold, kept: list[tuple[str, str, int]]) -> None:
    journal = hold(Bank(None), says(), flow=MESSAGE)
    assert heard(journal)[-1] == "Thanks."
    ((box, call, frames),) = kept
    assert (box, call) == ("box", "1")
    assert 45 <= frames <= 120
    assert journal.of(Kind.MESSAGE)[0]["file"] == "box/1.wav"


def test_no_message(hold: Hold, kept: list[tuple[str, str, int]]) -> None:
    assert heard(hold(Bank(None), flow=MESSAGE))[-1] == "Nothing."
    assert kept == []
