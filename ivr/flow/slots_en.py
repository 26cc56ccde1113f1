"""English values: "oh four double seven", "twelve hundred", "yes that's right", spoken or typed.
Numbers are read by text2num. Days, times and spelled words stand beside this file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import lru_cache

from text_to_num import alpha2digit

from ivr.flow import slots_codes
from ivr.flow.slots_spans import Span, amount
from ivr.flow.slots_spans import plain as plain_number

_ONES = "zero one two three four five six seven eight nine".split()
_TEENS = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_DIGITS = {word: str(n) for n, word in enumerate(_ONES)} | {"oh": "0", "o": "0", "nought": "0"}
_REPEATS = {"double": 2, "triple": 3, "treble": 3}
_NO = frozenset("no nope nah not wrong incorrect don't isn't doesn't never cancel n".split())
_YES = frozenset("yes yeah yep yup sure correct right okay ok absolutely exactly course fine y true".split())
_YES_PHRASES = frozenset(
    [
        "it is",
        "i do",
        "that's it",
        "go ahead",
        "no problem",
        "sounds good",
        "i am",
        "it does",
        "do it",
        "do that",
        "let's do it",
        "let's do that",
        "why not",
    ]
)
_MOST_WORDS = 5
"""a longer sentence is no answer to yes or no, unless it begins with one"""
_MAIN = "(?:hong kong |us )?dollars?|yuan|rmb|renminbi|kuai|euros?|pounds?|bucks?|usd|cny|eur|gbp"
_SMALL = "cents?|pence|penny|fen|p"
_AMOUNT = re.compile(rf"(?<![\w.])(-?[0-9]+(?:\.[0-9]+)?)(?:\s*(?:({_MAIN})|({_SMALL}))\b)?(?![\w])")
_ASIDES = re.compile(r"\b(?:uh|um|er|erm|please|thanks|thank you)\b")
_FIGURE = r"[0-9]+(?:,[0-9]{3})*(?:\.[0-9]+)?"
_COUNT_WORDS = [*_TENS, *_TEENS, *_ONES, "hundred", "thousand", "million", "billion", "grand"]
_COUNT = rf"(?:(?:{'|'.join(_COUNT_WORDS)}|a(?= (?:hundred|thousand|million|grand)\b))\b|{_FIGURE}k?\b)"
_FRACTION = r"\b(?:half|quarter|dozen)\b"
_NUMBER = (
    rf"(?<![\w.])(?=[-0-9abefghmnostz])(?:(?:minus|negative) |-)?{_COUNT}"
    rf"(?:(?:,? | and (?:a )?| point | ?(?={_FRACTION}))(?:{_COUNT}|{_FRACTION}|\boh\b))*"
)
_NUMBERS = re.compile(_NUMBER)
_UNITS = re.compile(
    r"(?: or [a-z]+)? ?(?:%|(?:percent|months?|weeks?|days?|years?|hours?|minutes?|times?|people|"
    r"instal?lments?|payments?|"
    r"o'clock|am|pm|past|to (?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve))\b)"
)
_PRONOUN = re.compile(
    r"(\b(?:the|this|that|last|no|any|every|which|other|first|next|another|wrong|right) )one\b|"
    r"\bone(?= (?:more|moment|of|day|thing|question|second)\b)"
)
"""a "one" that counts nothing"""
_MONEY = re.compile(
    rf"(?:[$€£¥] ?)?{_NUMBER}(?: ?(?:(?P<main>{_MAIN})\b(?:(?: and)? {_NUMBER} ?(?:{_SMALL})\b|"
    rf" {_NUMBER}(?!{_UNITS.pattern}))?|(?:{_SMALL})\b))?"
)
_DIGIT = rf"(?:(?:{'|'.join(_ONES)}|oh|o|nought|{'|'.join(_TEENS)}|{'|'.join(_TENS)})\b|[0-9]+\b)"
_LIKE_DIGIT = rf"(?:(?:double|triple|treble) )?{_DIGIT}"
_RUN = re.compile(
    rf"(?<![\w.]){_LIKE_DIGIT}(?:[ ,\-]+{_LIKE_DIGIT})*(?! (?:hundred|thousand|million|point)\b)"
)
_PHONE_DIGIT = rf"(?:{_LIKE_DIGIT}|hundred\b)"
_PHONE = re.compile(rf"(?:\bplus |\+)?\(?(?<!\w){_LIKE_DIGIT}(?:[ ,()\-]+{_PHONE_DIGIT})*")
_ID_NUMBER = re.compile(
    rf"(?<!\w)(?P<row>{_LIKE_DIGIT}(?:[ ,\-]+{_LIKE_DIGIT})*)(?P<x>[ ,]*(?:x|ex)\b)?|"
    r"\b(?P<figures>[0-9]{17})x\b"
)
_VOCABULARY = frozenset([*_COUNT_WORDS, *_DIGITS])
_YES_NO = re.compile(
    rf"\b(?:{'|'.join(sorted(_YES_PHRASES))}|of course|that's right|that's correct|"
    rf"{'|'.join(sorted(_YES | _NO, key=len, reverse=True))})\b"
)


def plain(text: str) -> str:
    """Without hesitations, hyphens between words and commas that end a word."""
    text = re.sub(r"(?<=[a-z])-(?=[a-z])", " ", text)
    text = re.sub(r"[,.!?;]+(?=\s|$)", "", text)
    return " ".join(_ASIDES.sub(" ", text).split())


def has_number(text: str) -> bool:
    """Whether a number can stand in it at all; costs next to nothing."""
    return any(c in "0123456789" for c in text) or not _VOCABULARY.isdisjoint(re.split(r"[ ,.?!;]+", text))


def _masked(text: str) -> str:
    """The text with each "one" that is no number made unreadable."""
    return _PRONOUN.sub(lambda found: f"{found[1] or ''}□□□", text) if "one" in text else text


def digits(text: str) -> str:
    found, repeat = "", 1
    for word in re.findall(r"[a-z']+|[0-9]+", alpha2digit(text, "en")):
        if word in _REPEATS:
            repeat = _REPEATS[word]
            continue
        said = _DIGITS.get(word, word if word.isdigit() else "")
        found += said[:1] * (repeat - 1) + said
        repeat = 1
    return found


def digit_spans(text: str, today: date) -> Iterator[Span]:
    for found in _RUN.finditer(_masked(text)) if has_number(text) else ():
        if found[0] not in ("oh", "o"):  # interjections, where nothing follows
            yield Span(digits(found[0]), found.start(), found.end())


def phone_spans(text: str, today: date) -> Iterator[Span]:
    for found in _PHONE.finditer(text) if has_number(text) else ():
        said = re.sub(r" hundred\b", " zero zero", found[0])
        plus = "+" if said.startswith(("plus", "+")) else ""
        if value := slots_codes.phone(plus + digits(said), "en"):
            yield Span(value, found.start(), found.end())


def card_spans(text: str, today: date) -> Iterator[Span]:
    for span in digit_spans(text, today):
        if value := slots_codes.card(str(span.value)):
            yield Span(value, span.start, span.end)


def id_number_spans(text: str, today: date) -> Iterator[Span]:
    for found in _ID_NUMBER.finditer(text) if has_number(text) else ():
        code = f"{found['figures']}X" if found["figures"] else digits(found["row"]) + "X" * bool(found["x"])
        if value := slots_codes.id_number(code):
            yield Span(value, found.start(), found.end())


def yes_no(text: str) -> bool | None:
    words = re.findall(r"[a-z']+", plain(text) or text)
    if not words or (len(words) > _MOST_WORDS and words[0] not in _YES | _NO):
        return None
    if " ".join(words) in _YES_PHRASES:
        return True
    if _NO & set(words):
        return False if words[0] not in _YES else None
    return True if _YES & set(words) else None


def yes_no_spans(text: str, today: date) -> Iterator[Span]:
    """The first word or phrase of a sentence that answers, if the sentence as a whole does."""
    value = yes_no(text)
    for found in _YES_NO.finditer(text) if value is not None else ():
        if yes_no(found[0]) == value:
            yield Span(bool(value), found.start(), found.end())
            return


def number(text: str) -> Decimal | None:
    found = [value for value, _, _ in _amounts(text)]
    return found[0] if len(found) == 1 else None


def number_spans(text: str, today: date) -> Iterator[Span]:
    for found in _NUMBERS.finditer(_masked(text)) if has_number(text) else ():
        for start, end in _single(text, found.start(), found.end()):
            value = plain_number(number(text[start:end]))
            if value is not None:
                yield Span(value, start, end)


def _single(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """A run of number words as the numbers it holds: "five six thousand" holds two."""
    if len(_amounts(text[start:end])) < 2:
        yield start, end
        return
    words = [(start + word.start(), start + word.end()) for word in re.finditer(r"[^\s,]+", text[start:end])]
    at = 0
    while at < len(words):
        if text[slice(*words[at])] in ("and", "point", "a", "oh"):
            at += 1
            continue
        last = at
        for to in range(at, len(words)):
            if len(_amounts(text[words[at][0] : words[to][1]])) == 1:
                last = to
        while last > at and text[slice(*words[last])] in ("and", "a"):
            last -= 1
        yield words[at][0], words[last][1]
        at = last + 1


def money(text: str) -> Decimal | None:
    match _amounts(text):
        case [(value, _, "")]:
            return value
        case [(value, "", _)]:
            return value / 100
        case [(value, main, ""), (cents, "", small)] if (main or small) and 0 <= cents < 100:
            return value + cents / 100
    return None


def money_spans(text: str, today: date) -> Iterator[Span]:
    """With a currency wherever it stands; bare numbers unless they count something else."""
    for found in _MONEY.finditer(_masked(text)) if has_number(text) else ():
        value = amount(money(found[0]))
        if value is not None and not _UNITS.match(text, found.end()):
            yield Span(value, found.start(), found.end())
        elif value is None and not found["main"]:
            for span in number_spans(text[: found.end()], today):
                value = amount(Decimal(str(span.value)))
                if span.start >= found.start() and value is not None and not _UNITS.match(text, span.end):
                    yield Span(value, span.start, span.end)


@lru_cache(maxsize=2048)
def _amounts(text: str) -> tuple[tuple[Decimal, str, str], ...]:
    """(number, currency word, word for the hundredth) of every number in the text."""
    text = re.sub(r"(?<=[0-9]),(?=[0-9]{3}(?![0-9]))", "", plain(text))
    if re.search(_FRACTION, text):
        return ()
    for said, meant in _SYNONYMS:
        text = said.sub(meant, text)
    text = re.sub(r"\b([0-9]+(?:\.[0-9]+)?) (thousand|million)\b", _multiplied, text)
    text = alpha2digit(text, "en", threshold=0)
    text = re.sub(r"\b([0-9]*000) and ([0-9]{1,3})\b(?!\s*(?:cents?|pence))", _added, text)
    text = re.sub(r"\bzero\b", "0", text)
    return tuple((Decimal(value), main, small) for value, main, small in _AMOUNT.findall(text))


_SYNONYMS = (
    (re.compile(r"(?<=[0-9])k\b"), " thousand"),
    (re.compile(r"\b(?:a |one )?grand\b"), "thousand"),
    (re.compile(r"\b(?:minus|negative) "), "-"),
    (re.compile(r"\boh\b"), "zero"),
    (re.compile(r"\ba (?=hundred|thousand|million)"), "one "),
)


def _multiplied(found: re.Match[str]) -> str:
    value = Decimal(found[1]) * (1000 if found[2] == "thousand" else 1_000_000)
    return f"{value.normalize():f}"


def _added(found: re.Match[str]) -> str:
    return str(int(found[1]) + int(found[2]))
