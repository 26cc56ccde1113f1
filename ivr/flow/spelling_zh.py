"""A name described by its characters enters ("弓长张", "伟大的伟", "三点水的江"); the characters leave.
Also Latin letters, and a name that is said as it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from ivr.flow.slots_spans import Span

_DESCRIBED = (
    "弓长张 木子李 十八子李 言午许 立早章 耳东陈 口天吴 草头黄 草字头黄 双木林 三横王 三横一竖王 "
    "古月胡 走肖赵 双人徐 双口吕 人可何 单人何 文刀刘 卯金刀刘 木易杨 言身寸谢 两点冯 二马冯 "
    "关耳郑 包耳郑 草头董 千里草董 雨田雷 加贝贺 宝盖宋 又耳邓 登耳邓 禾呈程 子小孙 撇未朱 "
    "四维罗 四夕罗 草肃萧 草头萧 草头蒋 草头苏 草头范 干勾于 马各骆 山今岑 门三闫 水工江 "
    "三点水江 美女姜 双人彭 广木床 西早覃 竹夭笑 曰十早 田力男 日月明 田心思 土申坤 三石磊 "
    "三金鑫 三木森 三水淼 双火炎 双吉喆 女子好 王里理 木寸村 鱼羊鲜 "
).split()
_RADICAL = (
    "三点水|两点水|草字头|竹字头|宝盖头|雨字头|双人旁|单人旁|木字旁|王字旁|金字旁|女字旁|言字旁|提手旁|竖心旁|"
    "走之底|耳朵旁|日字旁|火字旁|石字旁|土字旁|绞丝旁|禾木旁|口字旁|马字旁|虫字旁|月字旁|山字旁|目字旁"
)
_LETTER = "(?:大写)?[a-z]"
_HAN = "[\u4e00-\u9fff]"
_PART = re.compile(
    rf"(?P<known>{'|'.join(sorted(_DESCRIBED, key=len, reverse=True))})(?:的(?P<again>{_HAN}))?"
    rf"|(?:{_RADICAL})的?(?P<radical>{_HAN})"
    rf"|(?P<word>{_HAN}{{2,4}}?)的那?个?(?P<of>{_HAN})"
    rf"|(?P<letters>{_LETTER}(?:[ ,，]*{_LETTER})*)"
)
_BETWEEN = re.compile(r"[ ,，、.。·]*")
_LEAD = re.compile(
    rf"(?:我|名字|姓名|本人|客户|免贵|他|她|的|是|就|嗯|呃|啊|姓|名|叫做?|是叫)+(?={_HAN}|[a-z])"
)
_NAME = re.compile(
    rf"(?:我叫|我姓|名字叫|名字是|姓名是|免贵姓)(?P<name>{_HAN}{{1,4}}?)(?=$|[,，。、]|的|吧|啊)"
)
_LONGEST_NAME = 8
_ANY = re.compile(rf"的|旁|头|底|大写|我叫|姓|名|[a-z]|{'|'.join(_DESCRIBED)}")


def spelled(text: str) -> str | None:
    """The name if the whole text describes it, character by character; a character that nobody
    describes stands for itself: "弓长张，三" is 张三."""
    text = text.strip(" ,，.。、吧")
    if lead := _LEAD.match(text):
        text = text[lead.end() :]
    name, at, described = "", 0, False
    while at < len(text):
        if found := _described(text, at):
            character, at = found
            described = True
            # "张，弓长张": the character and then what it is
            name = (
                name[:-1] + character
                if name.endswith(character) and len(character) == 1
                else name + character
            )
        elif re.match(_HAN, text[at]):
            name += text[at]
            at += 1
        else:
            return None
        gap = _BETWEEN.match(text, at)
        at = gap.end() if gap else at
    if not name or len(name) > (2 * _LONGEST_NAME if name.isascii() else _LONGEST_NAME):
        return None
    return name if described or len(name) <= _LONGEST_NAME else None


def _described(text: str, at: int) -> tuple[str, int] | None:
    """(character, where its description ends) of a description that begins there."""
    found = _PART.match(text, at)
    if found is None:
        return None
    if known := found["known"]:
        if found["again"] and found["again"] != known[-1]:
            return known[-1], found.end("known")
        return known[-1], found.end()
    if found["word"]:
        return (found["of"], found.end()) if found["of"] in found["word"] else None
    letters = re.sub("[ ,，]", "", found["letters"] or "")
    return found["radical"] or re.sub("大写(.)", lambda f: f[1].upper(), letters), found.end()


def spans(text: str, today: date) -> Iterator[Span]:
    """Rows of descriptions, and what follows "my name is"."""
    if _ANY.search(text) is None:
        return
    if found := _NAME.search(text):
        yield Span(found["name"], found.start("name"), found.end("name"))
        return
    at = 0
    while at < len(text):
        end = at
        while part := _described(text, end):
            end = part[1]
            gap = _BETWEEN.match(text, end)
            if gap is None or _described(text, gap.end()) is None:
                break
            end = gap.end()
        said = text[at:end]
        if end > at and (value := spelled(said)) and not (said.isascii() and len(value) < 2):
            yield Span(value, at, end)
        at = max(end, at + 1)
