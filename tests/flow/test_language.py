"""The flow language beyond questions and answers: flows within flows, other systems, identity, menus,
several values in one sentence, corrections, asking back, subjects raised anywhere."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from ivr.events import Kind, MessageRecorded, RequestEnded, Transcript, TransferEnded, TransferOutcome
from ivr.flow.actions import HangUp, Listen, RecordMessage, Request, Transfer
from ivr.flow.check import check
from ivr.flow.engine import Engine
from ivr.flow.flow import Flow
from ivr.flow.loader import load
from ivr.tts.spoken import say_as
from tests.flow.flows import FACTS, TODAY, TRANSFERS, Chat


def flows(folder: Path, **texts: str) -> Flow:
    """Files by name; the first one is loaded."""
    for name, text in texts.items():
        body = dedent(text)
        (folder / f"{name}.yaml").write_text(f"flow: {name}\nlanguage: en\n{body}", encoding="utf-8")
    return load(folder / f"{next(iter(texts))}.yaml", say_as, TRANSFERS)


def chat(folder: Path, **texts: str) -> Chat:
    return Chat(flows(folder, **texts))


def notes(chat: Chat, kind: Kind) -> list[dict[str, Any]]:
    return [note.data for note in chat.notes if note.kind is kind]


PAY = """
    start: amount
    takes: {least: 10}
    steps:
      amount:
        ask: amount
        type: money
        prompt: How much?
        refuse:
          - when: amount < least
            say: "{{ amount | money }} is too little."
        next: day
      day:
        ask: day
        type: date
        prompt: When?
        next: done
      done:
        return: {paid: amount, on: day}
    """
MAIN = """
    start: main
    home: main
    person: agent
    anywhere:
      hours:
        examples: [when are you open, opening hours, what time do you close]
        means: know our opening hours
        flow: hours
    steps:
      main:
        prompt: ["How can I help?", "What else?"]
        listen:
          pay:
            examples: ["pay back [amount:money]", i want to pay back, "pay [amount:money] on [day:date]"]
            means: pay back a part of your loan
            keys: 1
            next: pay
      pay:
        flow: pay
        with: {least: 100}
        save: {paid: result.paid, day: result.on}
        next: tell
        cancelled: main
      tell:
        say: You pay {{ paid | money }} on {{ day | date }}.
        next: main
      agent:
        transfer: agents
    """
HOURS = """
    start: tell
    steps:
      tell:
        say: From eight to eight.
        next: back
      back:
        return: {}
    """


@pytest.fixture
def hotline(tmp_path: Path) -> Chat:
    return chat(tmp_path, main=MAIN, pay=PAY, hours=HOURS)


def test_a_flow_within_a_flow_gives_its_result_back(hotline: Chat) -> None:
    assert hotline.bot == ["How can I help?"]
    assert hotline.says("i want to pay back").bot == ["How much?"]
    assert hotline.says("five hundred dollars").bot == ["When?"]
    said = hotline.says("tomorrow").bot
    assert said[0].startswith("You pay five hundred dollars on Tuesday, the twenty-fourth of November")
    assert said[1:] == ["What else?"]
    assert hotline.state.flow == "main"
    assert [data["outcome"] for data in notes(hotline, Kind.FLOW_LEFT)] == ["done"]


def test_values_in_the_first_sentence_answer_later_questions(hotline: Chat) -> None:
    assert hotline.says("pay two hundred dollars on friday").bot[-1] == "What else?"
    assert "two hundred dollars" in hotline.bot[0]


def test_two_answers_at_once(hotline: Chat) -> None:
    hotline.says("i want to pay back")
    assert "three hundred" in hotline.says("three hundred dollars on friday").bot[0]


def test_an_answer_that_does_not_do_is_refused_with_its_reason(hotline: Chat) -> None:
    hotline.says("i want to pay back")
    assert hotline.says("fifty dollars").bot == ["fifty dollars is too little.", "How much?"]
    assert hotline.says("five hundred dollars").bot == ["When?"]


def test_a_correction_of_the_last_answer(hotline: Chat) -> None:
    hotline.says("i want to pay back")
    hotline.says("five hundred dollars")
    assert hotline.says("no, i said six hundred dollars").bot == ["All right, I'll change that.", "When?"]
    assert "six hundred" in hotline.says("tomorrow").bot[0]


def test_a_correction_of_an_answer_before_the_last(tmp_path: Path) -> None:
    asked = PAY.replace("next: done", "next: sure").replace(
        "      done:",
        "      sure: {ask: s, type: yes_no, prompt: '{{ amount | money }}, {{ day | date }}?', next: done}\n"
        "      done:",
    )
    call = chat(tmp_path, pay=asked).says("five hundred dollars").says("on friday")
    assert call.bot[0].startswith("five hundred dollars, Friday")
    said = call.says("no, three hundred dollars").bot
    assert said[0] == "All right, I'll change that."
    assert said[1].startswith("three hundred dollars, Friday")
    assert call.says("no, tomorrow").bot[1].startswith("three hundred dollars, Tuesday")
    assert call.says("yes").last == HangUp("contained")


def test_another_subject_in_the_middle_and_back(hotline: Chat) -> None:
    hotline.says("i want to pay back")
    hotline.says("five hundred dollars")
    said = hotline.says("when are you open").bot
    assert said == ["From eight to eight.", "Now back to where we were.", "When?"]
    assert "five hundred" in hotline.says("tomorrow").bot[0]


def test_another_subject_while_an_answer_is_confirmed(tmp_path: Path) -> None:
    confirmed = PAY.replace("prompt: When?", "prompt: When?\n        confirm: Really {{ day | date }}?")
    hotline = chat(tmp_path, main=MAIN, pay=confirmed, hours=HOURS)
    hotline.says("i want to pay back")
    hotline.says("five hundred dollars on friday")
    assert hotline.says("opening hours").bot[-1].startswith("Really Friday")
    assert hotline.says("yes").bot[-1] == "What else?"


def test_going_back_and_cancelling(hotline: Chat) -> None:
    hotline.says("i want to pay back")
    hotline.says("five hundred dollars")
    assert hotline.says("go back").bot == ["How much?"]
    assert hotline.says("cancel").bot == ["All right, I've stopped that.", "What else?"]
    assert hotline.state.stack == ()


def test_a_person_out_of_a_flow_within_a_flow(hotline: Chat) -> None:
    hotline.says("i want to pay back")
    hotline.says("agent")
    assert hotline.last == Transfer(TRANSFERS["agents"])
    assert hotline.state.flow == "main"


def test_a_day_near_today_is_said_without_its_year(tmp_path: Path) -> None:
    text = """
    start: tell
    data: {near: 2026-12-01, far: 2028-12-01}
    steps:
      tell: {say: "{{ near | date }}; {{ far | date }}", next: bye}
      bye: {hang_up: done}
    """
    near, far = chat(tmp_path, main=text).bot[0].split("; ")
    assert near.endswith("December")
    assert far.endswith("twenty twenty-eight")


def test_slower_is_slower_from_then_on(hotline: Chat) -> None:
    hotline.says("slower please")
    assert [action.slow for action in hotline.actions if hasattr(action, "slow")] == [True]
    hotline.says("i want to pay back")
    assert hotline.state.slow


def test_a_no_with_another_value_replaces_the_one_read_back(tmp_path: Path) -> None:
    confirmed = PAY.replace("type: money", "type: money\n        confirm: '{{ amount | money }}, right?'")
    hotline = chat(tmp_path, pay=confirmed)
    hotline.says("two hundred dollars")
    assert hotline.says("no, three hundred dollars").bot == ["three hundred dollars, right?"]
    assert hotline.says("yes").bot == ["When?"]


def test_the_question_back_when_the_bot_is_not_sure(tmp_path: Path) -> None:
    bands = MAIN.replace("home: main", "home: main\n    confidence: {accept: 0.97, confirm: 0.5}")
    hotline = chat(tmp_path, main=bands, pay=PAY, hours=HOURS)
    assert hotline.says("i want to pay it all back").bot == [
        "You want to pay back a part of your loan, right?"
    ]
    assert hotline.says("yes").bot == ["How much?"]
    hotline.says("cancel")
    hotline.says("i want to pay it all back")
    assert hotline.says("no").bot == ["All right.", "What else?"]


def test_a_value_in_a_sentence_is_an_argument_of_the_flow_that_it_leads_to(tmp_path: Path) -> None:
    about_a_day = MAIN.replace("what time do you close]", "'are you open on [day:date]']")
    hours = """
    start: tell
    takes: {day: null}
    steps:
      tell:
        say:
          - {text: "{{ day | date }}, from nine to six.", when: day}
          - {text: From eight to eight., when: not day}
        next: back
      back: {return: {}}
    """
    hotline = chat(tmp_path, main=about_a_day, pay=PAY, hours=hours)
    assert hotline.says("are you open on saturday").bot[0].startswith("Saturday, the twenty-eighth")
    assert hotline.says("opening hours").bot[0] == "From eight to eight."


def test_a_flow_knows_the_name_of_its_call(tmp_path: Path) -> None:
    text = """
    start: score
    steps:
      score: {call: loans, post: /surveys, body: {call: call_id}, next: bye, failed: bye}
      bye: {hang_up: done}
    """
    asked = chat(tmp_path, main=text).actions[-1]
    assert isinstance(asked, Request)
    assert asked.body == {"call": FACTS.call}


def test_the_question_back_when_the_words_were_heard_badly(hotline: Chat) -> None:
    hotline.send(Transcript(0, "i want to pay back", 0.5))
    assert hotline.bot == ["You want to pay back a part of your loan, right?"]
    assert hotline.says("yes").bot == ["How much?"]


MENU = """
    start: main
    steps:
      main:
        prompt: Welcome.
        menu:
          1: {say: your balance, next: balance}
          2: {say: opening hours, examples: [when are you open], next: balance}
      balance:
        hang_up: done
    """


def test_a_menu_says_its_keys(tmp_path: Path) -> None:
    hotline = chat(tmp_path, main=MENU)
    assert hotline.bot == ["Welcome. For your balance, press 1. For opening hours, press 2."]
    assert hotline.keys("2").last == HangUp("done")
    assert chat(tmp_path, main=MENU).says("your balance").last == HangUp("done")


LOOKUP = """
    start: look_up
    steps:
      look_up:
        call: loans
        get: /loans/{{ caller_number }}/x?day={{ today }}
        save: {balance: answer.balance}
        status: {404: unknown}
        next: tell
        failed: sorry
      order:
        call: loans
        post: /orders
        body: {amount: balance, day: today}
        next: bye
        failed: sorry
      tell: {say: "{{ balance | money }}", next: order}
      unknown: {say: Unknown., next: bye}
      sorry: {say: Sorry., next: bye}
      bye: {hang_up: done}
    """


def test_another_system_is_asked_and_its_answer_kept(tmp_path: Path) -> None:
    call = chat(tmp_path, main=LOOKUP)
    asked = call.actions[-1]
    assert isinstance(asked, Request)
    assert (asked.method, asked.path) == ("GET", "/loans/1001/x?day=2026-11-23")
    call.send(RequestEnded(asked.number, 200, {"balance": 12.5}))
    order = call.actions[-1]
    assert isinstance(order, Request)
    assert order.body == {"amount": "12.5", "day": "2026-11-23"}
    assert call.send(RequestEnded(asked.number, 200, {})).actions == ()  # not this request's answer
    assert call.send(RequestEnded(order.number, 201, None)).last == HangUp("done")


def test_what_is_saved_is_there_after_a_status_of_success(tmp_path: Path) -> None:
    def found(status: int) -> list[str]:
        text = f"""
    start: order
    steps:
      order:
        call: loans
        post: /orders
        save: {{number: answer.id}}
        status: {{{status}: later}}
        next: bye
        failed: bye
      later: {{say: "{{{{ number }}}}", next: bye}}
      bye: {{hang_up: done}}
    """
        flows(tmp_path, main=text)
        return [problem.message for problem in check(tmp_path / "main.yaml", TRANSFERS)]

    assert found(202) == []
    assert len(found(409)) == 1


@pytest.mark.parametrize(
    ("status", "said"), [(404, "Unknown."), (500, "Sorry."), (0, "Sorry."), (422, "Sorry.")]
)
def test_every_way_in_which_a_system_fails(tmp_path: Path, status: int, said: str) -> None:
    call = chat(tmp_path, main=LOOKUP)
    assert call.send(RequestEnded(1, status, None)).bot == [said]


def test_a_value_cannot_leave_its_part_of_the_path(tmp_path: Path) -> None:
    flow = flows(tmp_path, main=LOOKUP)
    engine = Engine(flow, say_as)
    facts = type(FACTS)(**{**{f: getattr(FACTS, f) for f in FACTS.__slots__}, "caller": "../admin?x=1"})
    _, actions = engine.start(facts, TODAY)
    assert isinstance(actions[-1], Request)
    assert actions[-1].path.startswith("/loans/..%2Fadmin%3Fx%3D1/x")


def test_a_loop_of_requests_is_stopped(tmp_path: Path) -> None:
    text = "start: a\nsteps:\n  a: {call: s, get: /x, next: a, failed: a}\n  b: {hang_up: x}\n"
    call = chat(tmp_path, main=text)
    for number in range(1, 200):
        if isinstance(call.actions[-1], HangUp):
            break
        call.send(RequestEnded(number, 200, {}))
    assert call.last == HangUp("error")


VERIFY = """
    start: who
    data: {id: c1}
    steps:
      who:
        verify: loans
        path: /customers/{{ id }}/identity
        codes: /customers/{{ id }}/codes
        factors: [number, card_tail, code]
        level: 2
        tries: 2
        next: ok
        failed: bad
        locked: locked
      ok: {say: "Level {{ verified }}.", next: bye}
      bad: {say: Not you., next: bye}
      locked: {say: Locked., next: bye}
      bye: {hang_up: done}
    """


def answered(call: Chat, status: int, **data: Any) -> Chat:
    return call.send(RequestEnded(call.state.request, status, data))


def test_identity_by_number_and_card(tmp_path: Path) -> None:
    call = chat(tmp_path, main=VERIFY)
    asked = call.actions[-1]
    assert isinstance(asked, Request)
    assert asked.body == {"factor": "number", "value": "1001"}
    answered(call, 200, passed=True)
    assert call.bot == ["Please tell me the last four digits of your bank card."]
    call.says("four four double seven")
    request = call.actions[-1]
    assert isinstance(request, Request)
    assert request.body == {"factor": "card_tail", "value": "4477"}
    assert "4477" not in str(call.notes)
    assert answered(call, 200, passed=True).bot == ["Level 2."]
    assert [data["outcome"] for data in notes(call, Kind.IDENTITY)] == ["passed", "verified"]


def test_identity_from_another_telephone_takes_the_code_too(tmp_path: Path) -> None:
    call = answered(chat(tmp_path, main=VERIFY), 200, passed=False)
    call.keys("4477")
    answered(call, 200, passed=True)
    assert isinstance(call.actions[-1], Request)
    assert call.actions[-1].path == "/customers/c1/codes"
    answered(call, 202, sent=True, to="*** 1001")
    assert call.bot == ["I've sent a code to your phone, *** 1001.", "Please key in the six digits."]
    call.keys("123456")
    assert answered(call, 200, passed=True).bot == ["Level 3."]


def test_identity_fails_after_its_tries_and_when_locked(tmp_path: Path) -> None:
    call = answered(chat(tmp_path, main=VERIFY), 200, passed=True)
    call.keys("1111")
    assert answered(call, 200, passed=False).bot[0] == "That didn't match."
    call.keys("2222")
    assert answered(call, 200, passed=False).bot == ["Not you."]
    again = answered(chat(tmp_path, main=VERIFY), 200, passed=True)
    again.keys("1111")
    assert answered(again, 423, locked=True).bot == ["Locked."]
    gone = chat(tmp_path, main=VERIFY)
    assert answered(gone, 0).bot == ["Not you."]


def test_what_was_said_early_waits_while_another_flow_is_gone_through(tmp_path: Path) -> None:
    main = """
    start: main
    steps:
      main:
        prompt: How can I help?
        listen:
          pay: {examples: ["pay [amount:money]"], next: check}
      check: {flow: check, save: {ok: result.ok}, next: amount}
      amount: {ask: amount, type: money, prompt: "How much?", next: tell}
      tell: {say: "{{ amount | money }}, {{ ok }}.", next: bye}
      bye: {hang_up: done}
    """
    check = """
    start: sure
    steps:
      sure: {ask: sure, type: yes_no, prompt: "Is it you?", next: back}
      back: {return: {ok: true}}
    """
    call = chat(tmp_path, main=main, check=check).says("pay two hundred dollars")
    assert call.bot == ["Is it you?"]
    assert call.says("yes").bot == ["two hundred dollars, True."]


def test_a_caller_found_later_is_known_to_all_flows_and_not_verified(tmp_path: Path) -> None:
    main = """
    start: one
    steps:
      one: {flow: find, with: {id: "'c1'"}, next: check}
      check:
        verify: loans
        path: /customers/{{ caller.id }}/identity
        factors: [number, card_tail]
        next: again
        failed: tell
      again: {flow: find, with: {id: "'c1'"}, next: same}
      same: {say: "{{ verified }}", next: two}
      two: {flow: find, with: {id: "'c2'"}, next: tell}
      tell: {say: "{{ caller.id }} {{ verified }}", next: bye}
      bye: {hang_up: done}
    """
    find = """
    start: ask
    takes: {id: x}
    steps:
      ask: {call: loans, get: "/customers/{{ id }}", save: {caller: answer}, next: back, failed: back}
      back: {return: {}}
    """
    call = chat(tmp_path, main=main, find=find)
    answered(call, 200, id="c1", known=True)
    assert call.actions[-1].path == "/customers/c1/identity"  # type: ignore[union-attr]
    answered(call, 200, passed=True).keys("4477")
    answered(call, 200, passed=True)
    assert answered(call, 200, id="c1", known=True).bot == ["2"]
    assert answered(call, 200, id="c2", known=True).bot == ["c2 0"]


def test_a_message_is_recorded(tmp_path: Path) -> None:
    text = """
    start: leave
    steps:
      leave: {voicemail: box, prompt: Speak now., max_s: 30, next: thanks, empty: nothing}
      thanks: {say: Thanks., next: bye}
      nothing: {say: Nothing., next: bye}
      bye: {hang_up: done}
    """
    call = chat(tmp_path, main=text)
    assert call.actions[-1] == RecordMessage("box", 30_000)
    assert call.send(MessageRecorded(100, "x.wav")).bot == ["Thanks."]
    assert chat(tmp_path, main=text).send(MessageRecorded(0)).bot == ["Nothing."]


def test_a_queue_passes_on_with_its_class(tmp_path: Path) -> None:
    text = """
    start: wait
    steps:
      wait: {queue: agents, class: "'hardship' if 'hardship' in caller.tags else 'standard'", otherwise: busy}
      busy: {say: Nobody., next: bye}
      bye: {hang_up: done}
    """
    engine = Engine(flows(tmp_path, main=text), say_as)
    state, actions = engine.start(FACTS, TODAY, {"known": True, "tags": ["hardship"]})
    assert actions[-1] == Transfer(TRANSFERS["agents"])
    assert any(getattr(a, "data", {}).get("class") == "hardship" for a in actions)
    _, actions = engine.step(state, TransferEnded(0, TransferOutcome.BUSY, 486))
    assert actions[-1] == HangUp("done")


def test_the_caller_is_known_or_not(tmp_path: Path) -> None:
    text = """
    start: hello
    steps:
      hello:
        say:
          - text: Hello {{ caller.name }}, you owe {{ caller.open_loans[0].balance | money }}.
            when: caller.known
          - {text: Hello., when: not caller.known}
        next: bye
      bye: {hang_up: done}
    """
    engine = Engine(flows(tmp_path, main=text), say_as)
    profile = {"known": True, "name": "Ada", "open_loans": [{"balance": "12.50"}]}
    assert engine.start(FACTS, TODAY, profile)[1][1].text.startswith("Hello Ada, you owe twelve dollars")  # type: ignore[union-attr]
    assert engine.start(FACTS, TODAY)[1][1].text == "Hello."  # type: ignore[union-attr]


def test_a_return_ends_a_call_of_its_own(tmp_path: Path) -> None:
    assert chat(tmp_path, hours=HOURS).last == HangUp("contained")


def test_a_command_is_no_answer_in_free_text(tmp_path: Path) -> None:
    text = """
    start: address
    steps:
      address: {ask: address, type: text, prompt: "Where?", next: bye}
      bye: {hang_up: "done"}
    """
    assert chat(tmp_path, main=text).says("please cancel that").bot[0] == "All right, I've stopped that."
    assert chat(tmp_path, main=text).says("one harbour street").last == HangUp("done")


def test_one_of_a_list(tmp_path: Path) -> None:
    text = """
    start: how
    steps:
      how:
        ask: channel
        type: one_of
        choices: {sms: {said: [text message], keys: 1}, post: {said: [by letter], keys: 2}}
        prompt: How?
        next: bye
      bye: {hang_up: "done"}
    """
    call = chat(tmp_path, main=text).says("a text message please")
    assert dict(call.state.values)["channel"] == "sms"
    assert dict(chat(tmp_path, main=text).keys("2").state.values)["channel"] == "post"


def test_money_keeps_its_cents(hotline: Chat) -> None:
    hotline.says("i want to pay back")
    hotline.keys("500*50")
    assert dict(hotline.state.values)["amount"] == Decimal("500.50")
    assert isinstance(hotline.last, Listen)
