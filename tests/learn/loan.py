"""A small flow in both languages, with examples in every place where they may stand."""

from __future__ import annotations

import re
from pathlib import Path

from ivr.flow.flow import Flow
from ivr.flow.loader import load
from ivr.tts.spoken import say_as

EN = """\
# A flow for tests.
flow: loan
language: en
start: main
person: agent
out_of_scope: [do you sell cars]
intents:
  repay:  # with values
    examples:
      - i want to repay my loan
      - repay [amount:money] of my loan
      - pay back [amount:money] on [day:date]
      - i would like to pay back a part
    not: [repay my friend]
    means: repay your loan
anywhere:
  hours:
    examples: [when are you open, what are your opening hours, are you open on [day:date]]
    flow: hours
universal:
  agent:
    examples: [agent, "a person, please"]
steps:
  main:
    prompt: How can I help?
    listen:
      repay: {next: sure}
      card:
        examples:
          - "change my card"
          - "i have a new card"
        next: bye
      single: {examples: a single one, next: bye}
      keyed: {keys: 3, next: bye}
  sure:
    prompt: Shall I go on?
    listen:
      go_on: {examples: [go on, go ahead, do it], next: bye}
      leave_it: {examples: [leave it, forget it], next: main}
  agent: {transfer: agents}
  bye: {prompt: Goodbye., hang_up: done}
""".replace("are you open on [day:date]]", '"are you open on [day:date]"]')
ZH = """\
flow: loan
language: zh
start: main
person: agent
intents:
  repay:
    examples:
      - 我要还贷款
      - 先还[amount:money]
      - "[day:date]还[amount:money]"
      - 我想还一部分
    means: 还款
anywhere:
  hours:
    examples: [你们几点上班, 营业时间是几点, "[day:date]上班吗"]
    flow: hours
steps:
  main:
    prompt: 请问办理什么业务？
    listen:
      repay: {next: sure}
      card:
        examples:
          - 我要换卡
          - 换一张银行卡
        next: bye
  sure:
    prompt: 要继续吗？
    listen:
      go_on: {examples: [继续, 接着办, 往下走], next: bye}
      leave_it: {examples: [算了, 先不办], next: main}
  agent: {transfer: agents}
  bye: {prompt: 再见。, hang_up: done}
"""
HOURS = """\
flow: hours
language: {language}
start: tell
steps:
  tell: {{say: {text}, next: back}}
  back: {{return: {{}}}}
"""
TEXTS = {"en": "From eight to eight.", "zh": "八点到八点。"}
TEST = """\
today: 2026-11-23
known_failures: [not yet]
conversations:
  a card:
    - says: change my card
    - outcome: done
  not yet:
    - says: swap the plastic
    - outcome: done
"""

NEW = {
    "en": ["freeze my account please", "can you freeze my account", "i need you to freeze the account now"],
    "zh": ["我想冻结账户", "帮我冻结一下账户", "能不能冻结我的账户"],
}
NAME = {"en": "freeze_account", "zh": "new_1"}
ABOUT = {"en": "freeze account", "zh": "冻结"}
KNOWN = {
    "en": ["i wanna pay back some of my loan", "let me pay back a bit of my loan"],
    "zh": ["我想先还一部分贷款", "可以先还贷款的一部分吗"],
}
ALONE = {"en": "sing me a song", "zh": "唱首歌"}
HERE = {"en": "okay do go on then", "zh": "那就继续往下"}
MANY = [
    "freeze it",
    "freeze my account",
    "repay it all",
    "repay my loan",
    "sing",
    "sing a song",
    "a",
    "hello there",
]


def write(folder: Path, language: str = "en") -> Path:
    (folder / "loan.yaml").write_text(EN if language == "en" else ZH, encoding="utf-8")
    (folder / "hours.yaml").write_text(
        HOURS.format(language=language, text=TEXTS[language]), encoding="utf-8"
    )
    if language == "en":
        (folder / "loan.test.yaml").write_text(TEST, encoding="utf-8")
    return folder / "loan.yaml"


def flow_of(path: Path) -> Flow:
    return load(path, say_as, {"agents": "sip:agents@127.0.0.1"})


def spoken(example: str) -> str:
    """With words for its values."""
    values = (
        {"money": "五千块", "date": "星期五"}
        if not example.isascii()
        else {"money": "five dollars", "date": "friday"}
    )
    return re.sub(r"\[\w+:(\w+)\]", lambda found: values[found[1]], example)
