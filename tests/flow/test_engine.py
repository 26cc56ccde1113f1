"""The engine as a caller meets it: steps, commands, escalation, secrets, errors of the flow."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from ivr.events import (
    Alternative,
    BargeIn,
    Hotwords,
    Kind,
    NoInput,
    RecogniserLost,
    Slot,
    Transcript,
    TransferEnded,
    TransferOutcome,
    Words,
)
from ivr.flow.actions import HangUp, Listen, Note, Say, Transfer
from ivr.flow.state import Phase
from tests.flow.flows import Chat, flow_of

MENU = """
a:
  prompt: ["What can I do?", "Anything else?"]
  listen:
    pay:
      examples: [i want to pay my bill, pay the bill]
      keys: 1
      next: b
    card:
      examples: [my card is lost]
      keys: 12
      next: b
b:
  say: [One., Two., Three.]
  next: a
"""
PERSON = """
person:
  prompt: One moment.
  transfer: agents
"""


def test_intent_by_example_by_nearness_and_by_key(tmp_path: Path) -> None:
    flow = flow_of(tmp_path, MENU)
    for chat in (
        Chat(flow).says("Pay the bill!"),
        Chat(flow).says("um i want to pay a bill"),
        Chat(flow).keys("1"),
    ):
        assert chat.bot == ["One.", "Anything else?"]
    note = chat.notes[0]
    assert note == Note(
        Kind.UNDERSTOOD, {"step": "a", "intent": "pay", "text": "1", "score": 1.0, "by": "keys"}
    )


def test_the_nth_visit_takes_the_nth_text_and_the_last_one_stays(tmp_path: Path) -> None:
    chat = Chat(flow_of(tmp_path, MENU))
    assert [chat.keys("1").bot for _ in range(4)] == [
        ["One.", "Anything else?"], ["Two.", "Anything else?"], ["Three.", "Anything else?"],
        ["Three.", "Anything else?"],
    ]  # fmt: skip


def test_expectation_of_a_listening_step(tmp_path: Path) -> None:
    listen = Chat(flow_of(tmp_path, MENU)).last
    assert isinstance(listen, Listen)
    sentences = listen.expectation.grammar.sentences
    assert {"i want to pay my bill", "my card is lost", "goodbye", "repeat"} <= set(sentences)
    assert "agent" not in sentences  # this flow names no person
    assert listen.expectation.keys is not None
    assert listen.expectation.keys.max_keys == 2


def test_a_rejected_transcript_is_no_match_and_its_alternatives_do_not_count(tmp_path: Path) -> None:
    chat = Chat(flow_of(tmp_path, MENU))
    chat.send(Transcript(0, "", 0.0, (Alternative("pay the bill", 0.4),)))
    assert chat.bot == ["Sorry, I didn't get that.", "What can I do?"]
    assert chat.notes == [Note(Kind.NO_MATCH, {"step": "a", "count": 1, "text": ""})]


def test_a_second_reading_is_taken_when_the_first_means_nothing(tmp_path: Path) -> None:
    chat = Chat(flow_of(tmp_path, MENU))
    chat.send(Transcript(0, "hay the hill", 0.6, (Alternative("pay the bill", 0.5),)))
    assert chat.bot == ["One.", "Anything else?"]


def test_escalation_ends_with_a_person(tmp_path: Path) -> None:
    steps = MENU.replace(
        "  listen:", "  no_match: Pardon?\n  no_input: ['Hello?', 'Still there?']\n  listen:"
    )
    chat = Chat(flow_of(tmp_path, steps + PERSON, "person: person\n"))
    assert chat.says("xyzzy").bot == ["Pardon?"]
    assert chat.send(NoInput(0)).bot == ["Hello?"]
    assert chat.send(NoInput(0)).bot == ["Still there?"]
    assert chat.says("xyzzy").bot == ["One moment."]
    assert chat.last == Transfer("sip:agents@127.0.0.1:5070")


def test_escalation_ends_the_call_where_there_is_no_person(tmp_path: Path) -> None:
    chat = Chat(flow_of(tmp_path, MENU))
    for _ in range(3):
        chat.send(NoInput(0))
    assert chat.last == HangUp("no_input")
    assert chat.send(NoInput(0)).actions == ()


def test_giving_up_in_a_circle_ends_the_call(tmp_path: Path) -> None:
    chat = Chat(flow_of(tmp_path, MENU.replace("  listen:", "  no_input: Hello?\n  give_up: b\n  listen:")))
    for turn in range(20):
        if chat.state.phase is Phase.ENDED:
            break
        chat.send(NoInput(turn))
    assert chat.last == HangUp("no_input")


def test_universal_commands(tmp_path: Path) -> None:
    chat = Chat(flow_of(tmp_path, MENU + PERSON, "person: person\n"))
    assert chat.says("say that again please").bot == ["What can I do?"]
    assert chat.keys("*").bot == ["What can I do?"]
    assert chat.says("help").bot[-1] == "What can I do?"
    assert len(chat.bot) == 2
    assert chat.keys("0").last == Transfer("sip:agents@127.0.0.1:5070")
    assert Chat(chat.engine.flow).says("goodbye").last == HangUp("goodbye")


def test_universal_commands_overridden_and_switched_off(tmp_path: Path) -> None:
    top = "universal:\n  help: off\n  repeat: {keys: off}\n  goodbye: {examples: [ta ta], next: end}\n"
    flow = flow_of(tmp_path, MENU + "end:\n  hang_up: done\n", top)
    assert Chat(flow).says("help").notes[0].kind is Kind.NO_MATCH
    assert Chat(flow).keys("*").notes[0].kind is Kind.NO_MATCH
    assert Chat(flow).says("i'm done").notes[0].kind is Kind.NO_MATCH
    assert Chat(flow).says("ta ta").last == HangUp("done")


def test_the_recogniser_is_lost(tmp_path: Path) -> None:
    chat = Chat(flow_of(tmp_path, MENU))
    listen = chat.last
    for _ in range(10):
        assert chat.send(RecogniserLost(0, "died")).bot == ["Sorry, could you say that again?"]
        assert chat.last == listen
    assert chat.state.no_match == 0


ASK = """
a:
  ask: amount
  type: money
  prompt: ["How much?", "How much then?"]
  confirm: "{{ amount | money }}, right?"
  retries: 1
  next: b
b:
  set:
    double: amount * 2
    far: today
  next: c
c:
  choose:
    - when: double > 1000
      next: d
  otherwise: a
d:
  prompt: That makes {{ double | money }}.
  hang_up: done
"""


def test_ask_confirm_set_choose(tmp_path: Path) -> None:
    chat = Chat(flow_of(tmp_path, ASK))
    assert chat.says("six hundred").bot == ["six hundred dollars, right?"]
    assert isinstance(chat.last, Listen)
    assert chat.last.expectation.grammar.slots == (Slot("yes_no"),)
    assert chat.says("no").bot == ["How much then?"]
    assert chat.keys("700*50").bot == ["seven hundred dollars and fifty cents, right?"]
    assert chat.keys("1").bot == ["That makes one thousand, four hundred and one dollars."]
    assert Note(Kind.SLOT, {"slot": "amount", "value": "700.50"}) in chat.notes
    assert dict(chat.state.values)["double"] == Decimal("1401.00")
    assert dict(chat.state.values)["far"] == date(2026, 11, 23)


def test_refusing_the_read_back_too_often_gives_up(tmp_path: Path) -> None:
    chat = Chat(flow_of(tmp_path, ASK))
    for _ in range(2):
        chat.says("five").says("no")
    assert chat.last == HangUp("no_match")


def test_a_failed_read_back_is_asked_again(tmp_path: Path) -> None:
    chat = Chat(flow_of(tmp_path, ASK)).says("six hundred").says("purple")
    assert chat.bot == ["Sorry, I didn't get that.", "six hundred dollars, right?"]
    assert chat.says("yes").last == HangUp("done")


SECRET = """
a:
  ask: pin
  type: digits
  length: 4
  secret: true
  prompt: Your code?
  confirm: "{{ pin | digits }}, right?"
  next: b
b:
  set:
    copy: pin
  next: c
c:
  say: I heard {{ copy | digits }}.
  next: a
"""


def test_a_secret_is_masked_everywhere(tmp_path: Path) -> None:
    chat = Chat(flow_of(tmp_path, SECRET))
    assert isinstance(chat.last, Listen)
    assert chat.last.expectation.secret
    seen = list(chat.says("7 3 9 2").actions)
    assert chat.bot == ["seven three nine two, right?"]
    assert "7392" not in repr(chat.state)
    assert "seven" not in repr(chat.state)
    seen += chat.says("yes").actions
    assert chat.bot == ["I heard seven three nine two.", "Your code?"]
    shown = [a.shown for a in seen if isinstance(a, Say)]
    assert shown == ["****, right?", "I heard ****.", "Your code?"]
    notes = repr([a for a in seen if isinstance(a, Note)])
    assert "7392" not in notes
    assert "7 3 9 2" not in notes
    assert "7392" not in repr(chat.state)


def test_transfer(tmp_path: Path) -> None:
    steps = "a:\n  transfer: sip:desk@pbx.example.com\n  failed: b\nb:\n  hang_up: nobody\n"
    flow = flow_of(tmp_path, steps)
    chat = Chat(flow)
    assert chat.last == Transfer("sip:desk@pbx.example.com")
    assert chat.says("hello").actions == ()
    chat.send(TransferEnded(0, TransferOutcome.COMPLETED, 200))
    assert chat.last == HangUp("transferred")
    assert Chat(flow).send(TransferEnded(0, TransferOutcome.BUSY, 486)).last == HangUp("nobody")


@pytest.mark.parametrize(
    "steps",
    [
        "a:\n  say: Round.\n  next: a\n",
        "a:\n  set: {x: 1}\n  next: b\nb:\n  choose: [{when: x > 1, next: c}]\n  otherwise: a\n"
        "c:\n  hang_up: x\n",
    ],
)
def test_a_loop_without_listening_is_stopped_and_told(tmp_path: Path, steps: str) -> None:
    chat = Chat(flow_of(tmp_path, steps))
    assert chat.last == HangUp("error")
    assert [n.data["reason"] for n in chat.notes if n.kind is Kind.ERROR] == [
        "ran 100 steps without listening to the caller"
    ]
    person = Chat(flow_of(tmp_path, steps + PERSON, "person: person\n"))
    assert isinstance(person.last, Transfer)


@pytest.mark.parametrize(
    "expression",
    ["1 / 0", "'a' + 1", "data.missing", "big * big * big * big", "'a' * 1000000", "unset", "today | money"],
)
def test_an_error_of_the_flow_leads_to_a_person_or_the_end(tmp_path: Path, expression: str) -> None:
    steps = f"""
    a:
      prompt: Go?
      listen:
        go: {{examples: [go on then], next: b}}
        set: {{examples: [never said], next: c}}
    b:
      set: {{x: "{expression}"}}
      next: a
    c:
      set: {{unset: 1}}
      next: a
    """
    top = "data: {big: 1000000000, data: {some: 1}}\n"
    chat = Chat(flow_of(tmp_path, steps, top)).says("go on then")
    assert chat.last == HangUp("error")
    assert [n.data["where"] for n in chat.notes if n.kind is Kind.ERROR] == ["step b"]
    chat = Chat(flow_of(tmp_path, steps + PERSON.replace("\n", "\n    "), top + "person: person\n"))
    assert isinstance(chat.says("go on then").last, Transfer)


def test_floats_are_exact(tmp_path: Path) -> None:
    steps = (
        "a:\n  set: {sum: p + 0.2}\n  next: b\nb:\n  prompt: '{{ sum }} {{ sum | money }}'\n  hang_up: x\n"
    )
    assert Chat(flow_of(tmp_path, steps, "data: {p: 0.1}\n")).bot == ["0.3 thirty cents"]


def test_prompts_name_recording_voice_and_barge_in(tmp_path: Path) -> None:
    (tmp_path / "hello.wav").write_bytes(b"")
    steps = "a:\n  prompt: {text: Hi., recording: hello.wav, barge_in: off, voice: bob}\n  hang_up: x\n"
    chat = Chat(flow_of(tmp_path, steps, "voice: eve\n"))
    said = chat.actions[1]
    assert said == Say("Hi.", "Hi.", "en", "bob", tmp_path / "hello.wav", "off", fixed=True)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("keys", "keys"),
        ("{words: 2}", Words(2)),
        ("{hotword: [Agent, stop it]}", Hotwords(("agent", "stop it"))),
        ("{hotword: 人工}", Hotwords(("人工",))),
    ],
)
def test_what_may_interrupt_a_prompt(tmp_path: Path, written: str, meant: BargeIn) -> None:
    steps = f"a:\n  prompt: {{text: Hi., barge_in: {written}}}\n  hang_up: x\n"
    said = Chat(flow_of(tmp_path, steps)).actions[1]
    assert isinstance(said, Say) and said.barge_in == meant


def test_fixed_prompts_are_those_said_later(tmp_path: Path) -> None:
    flow = flow_of(tmp_path, MENU)
    fixed = set(flow.fixed_prompts())
    chat = Chat(flow)
    assert chat.actions[1] in fixed
    assert {said for said in chat.keys("1").actions if isinstance(said, Say)} <= fixed
    assert not any("{{" in said.text for said in flow_of(tmp_path, ASK).fixed_prompts())


def test_grammars_of_every_question(tmp_path: Path) -> None:
    assert [step for step, _ in flow_of(tmp_path, MENU).grammars()] == ["a"]
    slots = [grammar.slots for _, grammar in flow_of(tmp_path, ASK).grammars()]
    assert slots == [(Slot("money"),), (Slot("yes_no"),)]


def test_the_version_follows_the_file(tmp_path: Path) -> None:
    one, two = flow_of(tmp_path, MENU), flow_of(tmp_path, MENU + PERSON)
    assert one.version != two.version
    assert (one.name, one.language) == ("test", "en")


def test_the_engine_holds_nothing_of_a_call(tmp_path: Path) -> None:
    chat = Chat(flow_of(tmp_path, ASK))
    before = replace(chat.state)
    chat.says("six hundred")
    assert chat.engine.step(before, Transcript(0, "six hundred", 0.9)) == (chat.state, chat.actions)


def test_something_outside_the_flow_broke(tmp_path: Path) -> None:
    chat = Chat(flow_of(tmp_path, MENU + PERSON, "person: person\n"))
    state, actions = chat.engine.give_up(chat.state)
    assert actions[-1] == Transfer("sip:agents@127.0.0.1:5070")
    assert chat.engine.give_up(state)[1][-1] == HangUp("error")
    alone = Chat(flow_of(tmp_path, MENU))
    assert alone.engine.give_up(alone.state)[1][-1] == HangUp("error")
