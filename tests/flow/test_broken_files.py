"""Every kind of broken flow file is told with its file, its line and the name of the step."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.flow.check import check
from ivr.flow.loader import load
from ivr.located import YamlError
from ivr.tts.spoken import say_as
from tests.flow.flows import TRANSFERS, write

GOOD = """\
flow: good
language: en
start: hello
person: agent
data:
  limit: 100
steps:
  hello:
    say: Hello.
    next: main
  main:
    prompt: How can I help?
    no_match: [Sorry.]
    listen:
      pay:
        examples: [i want to pay, pay]
        keys: 1
        next: amount
      done:
        examples: [i am done here]
        keys: 2
        next: bye
  amount:
    ask: amount
    type: money
    prompt: How much?
    confirm: "{{ amount | money }}, right?"
    next: check
  check:
    choose:
      - when: amount > limit
        next: agent
    otherwise: add
  add:
    set:
      total: amount + 1
    next: bye
  agent:
    transfer: agents
    failed: bye
  bye:
    prompt: Bye.
    hang_up: contained
"""

# (what is replaced, by what, the line, what the message must hold)
LOADING = [
    ("next: main", "nxt: main", 10, ["steps.hello.nxt", "did you mean 'next'"]),
    ("    next: main\n", "", 8, ["steps.hello.next", "missing"]),
    ("next: main", "next: mian", 10, ["steps.hello", "'mian'", "did you mean 'main'"]),
    ("next: amount", "next: amuont", 18, ["steps.main", "'amuont'", "did you mean 'amount'"]),
    ("otherwise: add", "otherwise: ad", 33, ["steps.check", "'ad'", "did you mean 'add'"]),
    ("failed: bye", "failed: by", 40, ["steps.agent", "'by'", "did you mean 'bye'"]),
    ("start: hello", "start: helo", 3, ["'helo'", "did you mean 'hello'"]),
    ("person: agent", "person: agnet", 4, ["'agnet'", "did you mean 'agent'"]),
    ("say: Hello.", "sya: Hello.", 8, ["step 'hello'", "did you mean 'say'"]),
    ("say: Hello.", "say: Hello.\n    set: {a: 1}", 8, ["step 'hello'", "say and set at once"]),
    ("say: Hello.", "say:", 9, ["steps.hello.say"]),
    ("say: Hello.", "say: []", 9, ["steps.hello.say"]),
    ("say: Hello.", "say: {txt: Hello.}", 9, ["steps.hello.say.txt", "did you mean 'text'"]),
    ("say: Hello.", "say: {text: Hi, barge_in: spech}", 9, ["steps.hello", "spech", "did you mean 'speech'"]),
    ("say: Hello.", "say: {text: Hi, barge_in: {word: 2}}", 9, ["steps.hello", "{words: N}"]),
    ("say: Hello.", "say: {text: Hi, recording: hi.wav}", 9, ["steps.hello", "hi.wav", "does not exist"]),
    ("say: Hello.", "say: Hello {{ limit", 9, ["steps.hello.say", "template syntax"]),
    ("say: Hello.", "say: Hello {{ limt }}", 9, ["steps.hello.say", "'limt'", "did you mean 'limit'"]),
    ("say: Hello.", "say: Hello {{ limit | mony }}", 9, ["steps.hello", "'mony'", "did you mean 'money'"]),
    ("say: Hello.", "say: '{% for x in y %}{% endfor %}'", 9, ["steps.hello", "'for' is not allowed"]),
    ("say: Hello.", "say: '{{ limit.as_integer_ratio() }}'", 9, ["steps.hello", "'call' is not allowed"]),
    ("prompt: How can I help?\n    ", "", 11, ["steps.main.prompt", "missing"]),
    ("keys: 2", "keys: 1", 21, ["step 'main'", "key 1", "'pay'"]),
    ("keys: 2", "keys: 0", 21, ["step 'main'", "key 0", "universal command 'agent'"]),
    ("keys: 2", "keys: x", 21, ["steps.main.listen.done.keys"]),
    ("[i am done here]", "[Pay!]", 20, ["step 'main'", "'Pay!'", "'pay'"]),
    ("[i am done here]", "['']", 20, ["steps.main.listen.done.examples"]),
    ("examples: [i am done here]\n        keys: 2", "examples: []", 19, ["steps.main.listen.done", "needs"]),
    ("examples: [i am done", "exmples: [i am done", 20, ["exmples", "did you mean 'examples'"]),
    ("no_match:", "nomatch:", 13, ["steps.main.nomatch", "did you mean 'no_match'"]),
    ("type: money", "type: mony", 25, ["steps.amount.type", "'mony'", "did you mean 'money'"]),
    ("type: money", "type: money\n    length: 4", 23, ["steps.amount", "'length'", "digits"]),
    ("ask: amount", "ask: my amount", 24, ["steps.amount.ask"]),
    ("when: amount > limit", "when: amount >", 31, ["steps.check", "template syntax"]),
    ("when: amount > limit", "when: amount > limt", 31, ["steps.check", "'limt'", "did you mean 'limit'"]),
    ("when: amount > limit", "when: a }}{{ b", 31, ["steps.check", "one expression"]),
    ("total: amount + 1", "total: amount +", 36, ["steps.add", "template syntax"]),
    ("total: amount + 1", "total: 9 ** 9", 36, ["steps.add", "'pow' is not allowed"]),
    ("transfer: agents", "transfer: agent", 39, ["step 'agent'", "did you mean 'agents'"]),
    ("language: en", "language: eng", 2, ["language", "'eng'", "did you mean 'en'"]),
    ("data:", "date:", 5, ["'date'", "did you mean 'data'"]),
    ("flow: good\n", "", 1, ["'flow' is missing"]),
    ("  bye:\n", "  add:\n", 41, ["'add' stands here a second time"]),
    ("  bye:", "\tbye:", 41, ["not valid YAML", "not with tabs"]),
    ("How can I help?", "[Hello?, Help?]", 12, ["not valid YAML", "quotes"]),
    ("say: Hello.", "say: Hello: you.", 9, ["not valid YAML", "quotes"]),
    ("steps:", "universal: {agnet: off}\nsteps:", 7, ["agnet", "did you mean 'agent'"]),
    ("steps:", "messages: {godbye: Bye}\nsteps:", 7, ["godbye", "did you mean 'goodbye'"]),
    ("steps:", "universal: {help: {next: nowhere}}\nsteps:", 7, ["universal.help.next", "'nowhere'"]),
    ("hang_up: contained", "hang_up: contained\n    next: hello", 44, ["steps.bye.next", "unknown key"]),
    ("  check:\n", "  check: 5\n  chek:\n", 29, ["step 'check'", "is a mapping"]),
]  # fmt: skip


def test_the_good_file_is_good(tmp_path: Path) -> None:
    assert check(write(tmp_path, GOOD), TRANSFERS) == []


@pytest.mark.parametrize(("old", "new", "line", "told"), LOADING)
def test_broken_file(tmp_path: Path, old: str, new: str, line: int, told: list[str]) -> None:
    assert old in GOOD
    path = write(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(YamlError) as caught:
        load(path, say_as, TRANSFERS)
    messages = [str(problem) for problem in caught.value.problems]
    wanted = [m for m in messages if m.startswith(f"{path}:{line}:") and all(part in m for part in told)]
    assert wanted, messages
    assert check(path, TRANSFERS) == list(caught.value.problems)


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    text = GOOD.replace("type: money", "type: mony").replace("next: main", "nxt: main")
    with pytest.raises(YamlError) as caught:
        load(write(tmp_path, text), say_as, TRANSFERS)
    assert len(caught.value.problems) == 3  # the next of hello is missing, too


@pytest.mark.parametrize(
    "text", ["", "- a\n- b\n", "hello", "flow: [", "steps: {a: {say: hi}}", "\x00", "steps: 5"]
)
def test_no_flow_at_all(tmp_path: Path, text: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(YamlError, match=r"flow\.yaml"):
        load(path, say_as)


@pytest.mark.parametrize("text", ["[" * 5000, "say: " + "{a: " * 5000])
def test_nested_too_deeply(tmp_path: Path, text: str) -> None:
    with pytest.raises(YamlError, match="nested too deeply"):
        load(write(tmp_path, text), say_as)


def test_deep_expression(tmp_path: Path) -> None:
    text = GOOD.replace("amount > limit", "(" * 3000 + "1" + ")" * 3000)
    with pytest.raises(YamlError, match="nested too deeply"):
        load(write(tmp_path, text), say_as, TRANSFERS)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(YamlError, match="cannot read: No such file"):
        load(tmp_path / "none.yaml", say_as)


def test_a_step_that_nobody_reaches(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD + "  lonely:\n    say: Anyone?\n    next: bye\n")
    assert [str(problem) for problem in check(path, TRANSFERS)] == [
        f"{path}:44: step 'lonely': no other step leads here"
    ]


def test_a_dead_end(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        GOOD.replace("    next: bye\n  agent:", "    next: round\n  agent:")
        + "  round:\n    say: Round.\n    next: add\n",
    )
    told = [str(problem) for problem in check(path, TRANSFERS)]
    assert told == [
        f"{path}:{line}: step '{name}': a dead end, from here it never listens, transfers or ends"
        for line, name in ((34, "add"), (44, "round"))
    ]


def test_a_word_that_the_recogniser_does_not_know(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD.replace("i want to pay, pay", "i want to pay, zahlen bitte"))
    told = check(
        path, TRANSFERS, lambda grammar: {"bitte", "zahlen"} & set(" ".join(grammar.sentences).split())
    )
    assert [str(problem) for problem in told] == [
        f"{path}:16: the recogniser does not know the word '{word}' of 'zahlen bitte'"
        for word in ("bitte", "zahlen")
    ]
