"""What a caller says after the bot has understood something else enters; what is meant in its place
leaves: "no, six thousand" -> "six thousand"."""

from __future__ import annotations

import re
from datetime import date

from ivr.flow.slots_find import KINDS
from ivr.flow.slots_spans import LONGEST, normalised

_ANY_DAY = date(2000, 1, 3)
"""only the places of the days in a text count here, not which days they are"""
_MARKS = " .,!?;。，、"
_OPENERS = {
    "en": re.compile(
        r"(?:(?:oh|uh|um|er|well|wait|hang on|hold on|hey)[, ]+)*"
        r"(?P<opener>(?:(?:no|nope|nah|sorry|i'm sorry|pardon|wait|actually|correction|not right|wrong|"
        r"rather|(?:that's|that is|this is|it's) (?:not (?:right|correct|it)|wrong|incorrect)|"
        r"i (?:said|mean|meant)|"
        r"what i (?:said|meant) (?:is|was)|i was saying|i want(?:ed)? to say|make (?:it|that)|"
        r"(?:(?:i'd like to|i would like to|can (?:you|we)|could (?:you|we)|please|let's) )?"
        r"change (?:it|that) to|"
        r"it (?:should|must) be|it's|it is)\b[,.;!:]* *)+)(?P<rest>.*)"
    ),
    "zh": re.compile(
        r"(?:(?:嗯|啊|呃|哎|唉|等一下|等等)[,，]?)*"
        r"(?P<opener>(?:(?:不好意思|抱歉|对不起|没有|不是这个|不是的|不对|说错了|错了|搞错了|弄错了|不是|不|"
        r"我(?:刚才|刚刚)?(?:说|讲)的(?:是|就是)?|我(?:是说|是讲|的意思是|指的是|想说的?是|要说的?是)|应该是|"
        r"改成|改为|更正|纠正一下|而是|是)(?:啊|呀|哦)?[,，。!、;]*)+)(?P<rest>.*)"
    ),
}
_NOT_ALONE = {
    "en": ("it's", "it is", "sorry", "actually", "wait", "pardon", "rather"),
    "zh": ("是", "没有", "不好意思", "抱歉", "对不起"),
}
"""words that begin other sentences too: with a value behind them they correct"""
_NO_CORRECTION = {
    "en": re.compile(
        r"(?:thanks|thank|problem|need|worries|idea|way|not|don't|i don't|i do not|i didn't|i can't|i won't|"
        r"what|pardon|why|please|one (?:more|moment|second|minute)|more|never|sure|that's all|nothing)\b"
    ),
    "zh": re.compile(r"用|要|想|知道|需要|行|可以|了|谢|客气|能|会|清楚|什么|好|的?$|我不|没"),
}
_NOT = {
    "en": re.compile(r"(?:no[, ]+)?(?:it's |it is |i said )?not (?P<rest>.+)"),
    "zh": re.compile(r"(?:不对|不|嗯)?[,，]?不(?:是|要)(?P<rest>.+)"),
}
_BUT = {
    "en": re.compile(
        r".+?(?:[,;.] *(?:but |it's |it is )?| but (?:rather )?| it's | it is )(?P<rest>[^,;.].*)"
    ),
    "zh": re.compile(r".+?(?:[,，;。] *(?:而|应该|就)?[是要]?|而是|应?该?是|[,，]?要)(?P<rest>.+)"),
}
_RATHER_THAN = {
    "en": re.compile(r"(?P<rest>.+?),? not .+"),
    "zh": re.compile(r"(?:是|要)?(?P<rest>.+?)[,，]?不是.+"),
}


def correction(text: str, language: str) -> str | None:
    """The part (of the normalised text) that stands in the place of what was understood, or None
    where nothing is corrected: "not five, six thousand" and "six thousand, not five" too."""
    said = normalised(text, language).rstrip(_MARKS)
    if not said or len(said) > LONGEST:
        return None
    if found := _NOT[language].fullmatch(said):
        return _second(found["rest"], language)
    opened = _OPENERS[language].fullmatch(said)
    if opened is None:
        found = _RATHER_THAN[language].fullmatch(said)
        return found["rest"] if found and _places(found["rest"], language) else None
    rest = opened["rest"].strip(_MARKS)
    if found := _NOT[language].fullmatch(rest):
        return _second(found["rest"], language)
    if found := _RATHER_THAN[language].fullmatch(rest):
        return found["rest"] if _places(found["rest"], language) else None
    if not rest or _NO_CORRECTION[language].match(rest):
        return None
    weak = opened["opener"].strip(_MARKS) in _NOT_ALONE[language]
    return rest if not weak or _places(rest, language) else None


def _second(text: str, language: str) -> str | None:
    """ "five, six thousand" and "five six thousand": the second of two values, or what follows "but"."""
    if found := _BUT[language].fullmatch(text):
        return found["rest"]
    places = _places(text, language)
    return text[places[1] :] if len(places) > 1 else None


def _places(text: str, language: str) -> list[int]:
    """Where the values begin: days and times, and numbers that are no part of them."""
    kinds = KINDS[language]
    places = [(s.start, s.end) for kind in ("date", "time") for s in kinds[kind](text, _ANY_DAY)]
    for kind in ("money", "number"):
        for span in kinds[kind](text, _ANY_DAY):
            if not any(span.start < end and start < span.end for start, end in places):
                places.append((span.start, span.end))
    return sorted(start for start, _ in places)
