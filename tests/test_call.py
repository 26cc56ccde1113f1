"""The loop of a call on a line without a network: real flow, real listener, scripted speech."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ivr import config
from ivr.call import Call
from ivr.events import CallFacts, Grammar, Kind, Partial, RecogniserEvent, RecogniserLost, Transcript
from ivr.flow import loader
from ivr.flow.engine import Engine
from ivr.listen.listener import Listener
from ivr.listen.onset import Onset
from ivr.listen.senses import Senses
from ivr.replay.player import MemoryJournal
from ivr.replay.script import CallerTurn, ScriptedCaller
from ivr.replay.wav_line import WavLine
from ivr.rooms import Rooms
from ivr.tts.spoken import say_as
from tests.listen.scripted import ScriptedProfile

FLOW = """
flow: small
language: en
start: hello
person: to_person
steps:
  hello: {say: [{text: Welcome, barge_in: speech}], next: legal}
  legal: {say: [{text: This call is recorded, barge_in: off}], next: ask}
  ask:
    prompt: What can I do?
    listen:
      bye: {examples: [good bye now], keys: "9", next: bye}
  bye: {prompt: Bye, hang_up: contained}
  to_person: {transfer: "sip:person@127.0.0.1"}
"""
SECRET_FLOW = """
flow: small
language: en
start: ask
steps:
  ask:
    ask: card
    type: digits
    length: 4
    secret: true
    prompt: Card
    confirm: "{{ card | digits }}?"
    next: bye
  bye: {prompt: Bye, hang_up: contained}
"""
LOUD = (6000 * np.sin(2 * np.pi * 300 * np.arange(8000) / 8000)).astype("<i2").tobytes()
"""one second that the test's classifier takes for speech"""
PROMPT = bytes(320 * 50)


class Script:
    """What the recogniser returns, utterance by utterance; None: it is lost at once."""

    name = "script"
    languages = frozenset({"en"})

    def __init__(self, *texts: str | None) -> None:
        self._texts = list(texts)

    def open(self, utterance: int, grammar: Grammar, post: Callable[[RecogniserEvent], None]) -> Script:
        self._text = self._texts.pop(0)
        self._post, self._utterance = post, utterance
        if self._text is None:
            post(RecogniserLost(utterance, "killed"))
        return self

    def feed(self, pcm16: bytes) -> None: ...

    def finish(self) -> None:
        self._post(Transcript(self._utterance, self._text or "", 1.0))

    def cancel(self) -> None: ...


class Believes(Script):
    """At first that the caller says "good bye now", and at the end what it is given."""

    def feed(self, pcm16: bytes) -> None:
        self._post(Partial(self._utterance, "good bye now", "complete", 0.9))


class Floor:
    """Whatever is heard over a prompt wants the floor."""

    def begin(self) -> None: ...

    def hear(self, pcm16: bytes) -> Onset:
        return Onset(0.98, 0.01, 0.01)


class OneSecond:
    """Prompts of one second each; `broken` ones cannot be made."""

    def __init__(self, broken: str = "") -> None:
        self._broken = broken

    def ready(self, text: str, language: str, voice: str, recording: Path | None) -> bytes | None:
        return None if text == self._broken else PROMPT

    def stream(self, text: str, language: str, voice: str, keep: bool) -> Iterator[bytes]:
        raise OSError("no voice")
        yield PROMPT


class MadeOnDemand(OneSecond):
    """As `OneSecond`, but the answer "Bye" has to be made."""

    def __init__(self) -> None:
        super().__init__("Bye")
        self.made: list[str] = []

    def stream(self, text: str, language: str, voice: str, keep: bool) -> Iterator[bytes]:
        self.made.append(text)
        yield PROMPT


@pytest.fixture
def hold(tmp_path: Path) -> Callable[..., MemoryJournal]:
    path = tmp_path / "small.yaml"

    def hold_call(
        recogniser: Script,
        *turns: CallerTurn,
        prompts: OneSecond | None = None,
        engine: Any = None,
        flow: str = FLOW,
    ) -> MemoryJournal:
        path.write_text(flow)
        line, journal = WavLine(ScriptedCaller(turns), 60_000), MemoryJournal()
        rooms = Rooms(recogniser, prompts or OneSecond(), lambda work: work())
        senses = Senses(
            lambda heard, played: heard, lambda frame: any(frame), Floor(), ScriptedProfile(), bool
        )
        listener = Listener(config.Listen(), senses)
        facts = CallFacts("1", "", "node", "local", "", "")
        Call(
            line, facts, engine or Engine(loader.load(path, say_as), say_as), listener, rooms, journal,
            date(2026, 3, 16),
        ).run()  # fmt: skip
        return journal

    return hold_call


def says(at: str = "after_prompt", wait_frames: int = 5) -> CallerTurn:
    return CallerTurn("speaks", at, wait_frames, LOUD)  # type: ignore[arg-type]


def heard(journal: MemoryJournal) -> list[str]:
    return [data["text"] for data in journal.of(Kind.PROMPT_STARTED)]


def outcome(journal: MemoryJournal) -> str:
    return str(journal.of(Kind.CALL_ENDED)[0]["outcome"])


def test_a_call_from_hello_to_bye(hold: Callable[..., MemoryJournal]) -> None:
    journal = hold(Script("good bye now"), says())
    assert heard(journal) == ["Welcome", "This call is recorded", "What can I do?", "Bye"]
    assert outcome(journal) == "contained"
    (gap,) = [data["reply_gap_ms"] for data in journal.of(Kind.PROMPT_STARTED) if data["reply_gap_ms"]]
    assert gap == 800  # the silence that ends a turn, and nothing more


def test_what_must_be_heard_is_said_after_an_interruption(hold: Callable[..., MemoryJournal]) -> None:
    journal = hold(Script("good bye now"), CallerTurn("key", "during_prompt", 10, keys="9"))
    assert heard(journal)[:2] == ["Welcome", "This call is recorded"]
    ends = journal.of(Kind.PROMPT_ENDED)
    assert [end["complete"] for end in ends if end["frames"]] == [False, True, True]
    assert outcome(journal) == "contained"


def test_a_caller_whose_words_were_lost_is_not_talked_over(hold: Callable[..., MemoryJournal]) -> None:
    journal = hold(Script(None, "good bye now"), says(), says())
    kinds = [kind for _, kind, _ in journal.entries]
    lost, ended = kinds.index(Kind.RECOGNISER_LOST), kinds.index(Kind.SPEECH_ENDED)
    assert lost < ended
    assert Kind.PROMPT_STARTED not in kinds[lost:ended]
    assert "Sorry, could you say that again?" in heard(journal)
    assert outcome(journal) == "contained"


def test_a_prompt_that_cannot_be_made_is_passed_over(hold: Callable[..., MemoryJournal]) -> None:
    journal = hold(Script("good bye now"), says(), prompts=OneSecond(broken="This call is recorded"))
    assert [data["reason"] for data in journal.of(Kind.PROMPT_FAILED)] == ["no voice"]
    assert heard(journal) == ["Welcome", "What can I do?", "Bye"]
    assert outcome(journal) == "contained"


def test_an_error_apologises_and_passes_the_caller_on(
    hold: Callable[..., MemoryJournal], tmp_path: Path
) -> None:
    class Breaks(Engine):
        def step(self, state: Any, event: Any) -> Any:
            if isinstance(event, Transcript):
                raise KeyError("broken")
            return super().step(state, event)

    (tmp_path / "small.yaml").write_text(FLOW)
    engine = Breaks(loader.load(tmp_path / "small.yaml", say_as), say_as)
    journal = hold(Script("good bye now"), says(), engine=engine)
    assert journal.of(Kind.ERROR)[0] == {"where": "Transcript", "reason": "KeyError"}
    assert heard(journal)[-1] == "I'm sorry, something went wrong on our side."
    assert outcome(journal) == "transferred"


def test_an_engine_that_fails_altogether_costs_one_call_only(hold: Callable[..., MemoryJournal]) -> None:
    class Broken:
        def start(self, facts: CallFacts, today: date) -> Any:
            raise ValueError("no flow")

    journal = hold(Script(), engine=Broken())
    assert outcome(journal) == "error"


def test_a_spoken_secret_is_not_in_the_journal(hold: Callable[..., MemoryJournal]) -> None:
    recogniser = Script("four four seven seven", "yes")
    journal = hold(recogniser, says(), says(), flow=SECRET_FLOW)
    assert outcome(journal) == "contained"
    assert [data["text"] for data in journal.of(Kind.TRANSCRIPT)] == ["***", "***"]
    written = " ".join(str(data) for _, _, data in journal.entries)
    assert not any(told in written for told in ("four", "seven", "4477"))


def texts(journal: MemoryJournal, *kinds: Kind) -> list[str]:
    return [
        f"{kind.value} {data.get('reason', '')}".strip() for _, kind, data in journal.entries if kind in kinds
    ]


SHORT = LOUD[: 320 * 20]
STOPPED_AND_RESUMED = (Kind.BARGE_IN, Kind.PROMPT_RESUMED)


@pytest.mark.parametrize(("said", "reason"), [("uh huh", "backchannel"), ("", "not_understood")])
def test_a_prompt_stopped_for_nothing_goes_on(
    hold: Callable[..., MemoryJournal], said: str, reason: str
) -> None:
    journal = hold(Script(said, "good bye now"), CallerTurn("hm", "during_prompt", 130, SHORT), says())
    assert texts(journal, *STOPPED_AND_RESUMED) == ["barge_in", f"prompt.resumed {reason}"]
    assert heard(journal) == [
        "Welcome", "This call is recorded", "What can I do?", "What can I do?", "Bye"
    ]  # fmt: skip
    assert not journal.of(Kind.NO_MATCH)
    assert outcome(journal) == "contained"


def test_who_only_says_stop_is_listened_to(hold: Callable[..., MemoryJournal]) -> None:
    turns = CallerTurn("stop", "during_prompt", 130, SHORT), CallerTurn("bye", "at_once", 100, LOUD)
    journal = hold(Script("stop", "good bye now"), *turns)
    assert texts(journal, *STOPPED_AND_RESUMED) == ["barge_in"]
    assert heard(journal) == ["Welcome", "This call is recorded", "What can I do?", "Bye"]
    assert outcome(journal) == "contained"


def test_a_long_interruption_that_is_not_understood_is_asked_about(
    hold: Callable[..., MemoryJournal],
) -> None:
    journal = hold(Script("", "good bye now"), CallerTurn("talks", "during_prompt", 130, LOUD), says())
    assert texts(journal, *STOPPED_AND_RESUMED) == ["barge_in"]
    assert len(journal.of(Kind.NO_MATCH)) == 1


def test_an_answer_is_made_while_the_end_of_the_turn_is_confirmed(hold: Callable[..., MemoryJournal]) -> None:
    prompts = MadeOnDemand()
    journal = hold(Believes("good bye now"), says(), prompts=prompts)
    assert heard(journal)[-1] == "Bye"
    assert prompts.made == ["Bye"]  # once: it is not made again when the turn has ended


def test_an_answer_made_too_early_leaves_no_trace(hold: Callable[..., MemoryJournal]) -> None:
    prompts = MadeOnDemand()
    journal = hold(Believes(""), says(), prompts=prompts)
    assert prompts.made == ["Bye"]
    assert "Bye" not in heard(journal)
    assert not journal.of(Kind.UNDERSTOOD)
