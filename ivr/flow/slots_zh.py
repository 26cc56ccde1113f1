"""Mandarin values: "幺三八", "五千块五毛", "不对", spoken or typed. Numbers are read by cn2an. Days,
times and described names stand beside this file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import lru_cache

import cn2an

from ivr.flow import slots_codes
from ivr.flow.slots_spans import Span, amount
from ivr.flow.slots_spans import plain as plain_number

_DIGITS = {word: str(n) for n, word in enumerate("零一二三四五六七八九")}
_DIGITS |= {"〇": "0", "幺": "1", "两": "2", "洞": "0", "拐": "7", "勾": "9"}
CHARS = "零〇一二两三四五六七八九十百千万亿壹贰叁肆伍陆柒捌玖拾佰仟"
NUMERAL = rf"负?[0-9.{CHARS}点]+"
_YES = ("是", "对", "好", "可以", "行", "嗯", "确认", "正确", "要", "没错", "没问题", "不错", "yes", "ok")
_NO = ("不", "错", "否", "没", "别", "取消", "no")
_DOING = "扣|换|转|还|办|发|听|寄|查|付|交|改|开|报|说|提交|继续|冻结|登记"
_YES_ALONE = re.compile(
    "(?:当然|还)?(?:能|有|在|需要|愿意|同意|确定)(?:收到|的|了|呢|啊|呀)*|当然|就?这样(?:吧|办)?|就?这么(?:办|定)(?:吧|了)?"
    f"|我?想(?:知道|要|{_DOING})?(?:一下)?(?:的|啊|呀)*"
    f"|(?:那就?|就)?(?:现在)?(?:{_DOING})(?:一下|一张|款|钱)?(?:吧|呗|了吧)"
)
"""words that answer by themselves, and begin other sentences too"""
_LEAD = "啊呃嗯那哦就"
_UNIT = "元|块钱|块|圆|美元|美金|欧元|英镑|港币|港元|人民币"
_SMALL = re.compile(rf"(?:({NUMERAL})(?:角|毛)钱?)?(?:({NUMERAL})分钱?)?")
_RUN_OF_NUMERALS = (
    rf"(?:负|第)?[{CHARS}0-9几多数半]"
    rf"(?:[{CHARS}0-9几多余数半]|点(?=[零〇一二两三四五六七八九])|[.,](?=[0-9]))*"
)
_ABOUT = re.compile("一[二两]|[二两]三|三四|三五|四五|五六|六七|七八|八九")
_DIGITS_ONLY = re.compile("[零〇一二两三四五六七八九]{2,}")
"""a row of digits in characters is a code rather than an amount"""
_D = "[零〇一二两三四五六七八九0-9]"
_PRICED = re.compile(
    rf"(?<![{CHARS}0-9几多余.第])(?P<whole>{_RUN_OF_NUMERALS})(?:{_UNIT})"
    rf"(?:零?(?P<jiao>{_D})[角毛](?:零?(?P<fen>{_D})分?)?|零?(?P<only>{_D})分|零(?P<cents>{_D})(?![{CHARS}0-9])"
    rf"|(?P<hundredths>[{CHARS}0-9]{{1,3}})(?:美分|欧分|便士)|(?P<tail>{_D}{{1,2}})(?![{CHARS}0-9角毛分点月号天个年期万]))?"
    rf"|(?<![{CHARS}0-9])(?P<small>{_D})[角毛](?:(?P<small_fen>{_D})分|钱)?"
    rf"|(?<![{CHARS}0-9点])(?P<fen_only>[{CHARS}0-9]{{1,3}})(?:分钱|美分|欧分|分(?![{CHARS}0-9钟之期]))"
)
_NUMBERS = re.compile(_RUN_OF_NUMERALS)
_NO_NUMBER = re.compile(
    rf"(?<![{CHARS}0-9])(?:一下|一个(?=[^月])|一般|一半|一直|一样|一定|唯一|一共|一起|统一|一些|一会|一旦|一边|一切|"
    rf"一方面|同一|每一|另一|这一|那一|哪一|半天|多少|一点(?![{CHARS}半0-9钟])|千万(?=别|不|要)|十分(?!钟)|"
    rf"(?:周|星期|礼拜)[一二三四五六日天1-7]|万一(?![{CHARS}]))"
)
"""words that hold a numeral and mean no number"""
_OTHER_UNITS = re.compile(
    rf"%|个|天|日|月|年|号|点|分(?![{CHARS}0-9])|期|次|周|星期|礼拜|岁|位|小时|笔|张|楼|度|米|秒|刻|遍|人|成|折|倍|[:：/-][0-9]"
)
_CODE = r"(?:[0-9零〇幺一二两三四五六七八九洞拐勾])"
_CODES = re.compile(
    rf"(?<![{CHARS}0-9])(?:加|\+)?{_CODE}(?:[ ,，\-]*{_CODE})*(?:[ ,，]*(?:x|叉|艾克斯))?(?![十百千万亿点月])"
)
_ALL_CODES = frozenset([*_DIGITS, *"0123456789"])
_YES_NO = re.compile(
    r"没错|没问题|不错|不是的?|不对|不行|不用|不要|是的|对的|好的|可以|确认|正确|取消|是|对|好|行|嗯|要|不|错|否|没|别"
)


def digits(text: str) -> str:
    return "".join(word if word in "0123456789" else _DIGITS.get(word, "") for word in text)


_AGREED = re.compile("没有?错|没有?问题|不错")


def yes_no(text: str) -> bool | None:
    said = re.sub(r"[\W_]", "", text)
    said = said.lstrip(_LEAD) or said
    if len(said) > 8 and not said.startswith((*_YES, *_NO)):
        return None
    if said.startswith(("没错", "没问题", "不错")) or _YES_ALONE.fullmatch(said):
        return True
    agreed = _AGREED.sub("", said)  # 是的没错: what sounds like a no is none
    if any(word in agreed for word in _NO):
        return False
    return (
        True if agreed != said or said.startswith(_YES) or said.endswith(("是的", "对的", "好的")) else None
    )


def yes_no_spans(text: str, today: date) -> Iterator[Span]:
    """The first word of a sentence that answers, if the sentence as a whole does."""
    value = yes_no(text)
    for found in _YES_NO.finditer(text) if value is not None else ():
        if yes_no(found[0]) == value:
            yield Span(bool(value), found.start(), found.end())
            return


def has_number(text: str) -> bool:
    return not _ALL_CODES.isdisjoint(text) or "十" in text


def _codes(text: str, letters: bool = False) -> Iterator[tuple[str, int, int]]:
    """(characters, start, end) of every row of digits; with `letters` the + and X around it too."""
    for found in _CODES.finditer(_masked(text)) if has_number(text) else ():
        start, end, said = found.start(), found.end(), found[0]
        plus, cross = said[0] in "加+", said[-1] in "x叉斯"
        if not letters:
            start += plus
            said = said.lstrip("加+")
            end = start + len(re.sub(r"[ ,，]*(?:x|叉|艾克斯)$", "", said))
        digit_row = digits(text[start:end])
        yield ("+" * plus + digit_row + "X" * cross) if letters else digit_row, start, end


def digit_spans(text: str, today: date) -> Iterator[Span]:
    for code, start, end in _codes(text):
        yield Span(code, start, end)


def phone_spans(text: str, today: date) -> Iterator[Span]:
    for code, start, end in _codes(text, letters=True):
        if value := slots_codes.phone(code, "zh"):
            yield Span(value, start, end)


def card_spans(text: str, today: date) -> Iterator[Span]:
    for code, start, end in _codes(text):
        if value := slots_codes.card(code):
            yield Span(value, start, end)


def id_number_spans(text: str, today: date) -> Iterator[Span]:
    for code, start, end in _codes(text, letters=True):
        if value := slots_codes.id_number(code):
            yield Span(value, start, end)


def number(text: str) -> Decimal | None:
    found = re.findall(NUMERAL, _masked(_without_commas(text)))
    if len(found) != 1 or re.search(rf"几|(?<=[{CHARS}0-9])[多余]", text):
        return None
    return numeral(found[0])


def number_spans(text: str, today: date) -> Iterator[Span]:
    for found in _NUMBERS.finditer(_masked(text)) if has_number(text) else ():
        counts = not found[0].startswith("第") and text[found.end() : found.end() + 1] not in (*"月号日",)
        value = plain_number(number(found[0])) if counts else None
        if value is not None:
            yield Span(value, found.start(), found.end())


@lru_cache(maxsize=1024)
def _masked(text: str) -> str:
    """The text with its numerals that mean no number made unreadable."""
    return _NO_NUMBER.sub(lambda found: "□" * len(found[0]), text)


def money(text: str) -> Decimal | None:
    """Of a text that is nothing else."""
    text = re.sub(r"\s", "", _without_commas(text))
    if (found := _PRICED.fullmatch(text)) is not None:
        return _priced(found)
    if (small := _SMALL.fullmatch(text)) and (small[1] or small[2]):
        return _sum(None, small[1], small[2])
    return number(text) if _NUMBERS.fullmatch(text) else None


def money_spans(text: str, today: date) -> Iterator[Span]:
    """With its currency wherever it stands; a bare number unless it counts something else."""
    if not has_number(text):
        return
    taken = []
    for found in _PRICED.finditer(text):
        taken.append((found.start(), found.end()))
        value = amount(_priced(found))
        if value is not None:
            yield Span(value, found.start(), found.end())
    for span in number_spans(text, today):
        value = amount(Decimal(str(span.value)))
        said = text[span.start : span.end]
        if _DIGITS_ONLY.fullmatch(said) or text.endswith("分之", 0, span.start):
            continue
        free = not any(start < span.end and span.start < end for start, end in taken)
        if free and value is not None and not _OTHER_UNITS.match(text, span.end):
            yield Span(value, span.start, span.end)


def _priced(found: re.Match[str]) -> Decimal | None:
    group = found.groupdict()
    jiao, fen = (
        group["jiao"] or group["small"],
        group["fen"] or group["only"] or group["cents"] or group["small_fen"],
    )
    if group["tail"]:
        jiao, fen = group["tail"][0], group["tail"][1:] or None
    whole = group["whole"]
    if whole and (whole.startswith("第") or re.search("[几多余数半]", whole)):
        return None
    if hundredths := group["hundredths"] or group["fen_only"]:
        small, units = numeral(hundredths), numeral(_without_commas(whole)) if whole else Decimal(0)
        return units + small / 100 if units is not None and small is not None and small < 100 else None
    return _sum(_without_commas(whole) if whole else None, jiao, fen)


def _sum(whole: str | None, tenths: str | None, cents: str | None) -> Decimal | None:
    total = Decimal(0)
    for part, unit in ((whole, "1"), (tenths, "0.1"), (cents, "0.01")):
        value = numeral(part) if part else Decimal(0)
        if value is None or (unit != "1" and value >= 10):
            return None
        total += value * Decimal(unit)
    return total


@lru_cache(maxsize=4096)
def numeral(text: str) -> Decimal | None:
    """None also for 两三 and 五六, which mean about so many."""
    if _ABOUT.fullmatch(text):
        return None
    try:
        return Decimal(str(cn2an.cn2an(text.replace("〇", "零"), "smart")))
    except (ValueError, ArithmeticError, KeyError, IndexError):  # cn2an's own for what is no numeral
        return None


def _without_commas(text: str) -> str:
    return re.sub(r"(?<=[0-9])[,，](?=[0-9]{3}(?![0-9]))", "", text)
