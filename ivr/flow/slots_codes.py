"""Digits of a code enter; the code leaves if it is a real one, else None: telephone numbers by
their country's plan, cards by Luhn's check digit, Chinese identity numbers by theirs."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

import phonenumbers

HOME = {"en": ("US", "GB", "CN"), "zh": ("CN", "US")}
"""countries whose numbers are said without a country code, by language"""
PHONE_LENGTHS = (7, 17)
CARD_LENGTHS = (12, 19)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"


@lru_cache(maxsize=1024)
def phone(said: str, language: str | None = None) -> str | None:
    """Digits, perhaps with +, as they were said; 00 in front of a country code becomes +.
    Without a language the number may be of any home country."""
    if re.fullmatch(r"\+?[0-9]{7,17}", said) is None:
        return None
    if said.startswith("00"):
        said = f"+{said[2:]}"
    if said.startswith("+"):
        return said if _valid(said, None) else None
    regions = HOME[language] if language else dict.fromkeys(sum(HOME.values(), ()))
    return said if any(_valid(said, region) for region in regions) else None


def _valid(number: str, region: str | None) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(number, region))
    except phonenumbers.NumberParseException:
        return False


def card(said: str) -> str | None:
    """12 to 19 digits whose last one is Luhn's check digit (ISO/IEC 7812-1)."""
    if re.fullmatch(r"[0-9]{12,19}", said) is None or not said.strip("0"):
        return None
    digits = [int(digit) for digit in reversed(said)]
    doubled = sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return said if (sum(digits[::2]) + doubled) % 10 == 0 else None


def id_number(said: str) -> str | None:
    """18 characters (GB 11643): region, birthday, serial number, check character 0-9 or X."""
    said = said.upper()
    if re.fullmatch(r"[1-9][0-9]{16}[0-9X]", said) is None:
        return None
    try:
        date(int(said[6:10]), int(said[10:12]), int(said[12:14]))
    except ValueError:
        return None
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, said[:17], strict=True))
    return said if said[17] == _CHECKS[total % 11] else None


def id_tail(text: str) -> str | None:
    """The last four characters of a PRC identity number, of which the last may be X."""
    return text if re.fullmatch(r"[0-9]{3}[0-9X]", text) else None
