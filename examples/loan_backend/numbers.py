"""Numbers of people, cards and telephones: their check digits and how they are shown."""

from __future__ import annotations

import re

IDENTITY = re.compile(r"\d{17}[\dX]", re.ASCII)
CARD = re.compile(r"\d{12,19}", re.ASCII)
PHONE = re.compile(r"\d{3,15}", re.ASCII)
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
IDENTITY_CHECKS = "10X98765432"


def identity_check(first_17: str) -> str:
    """The last character of a PRC identity number (GB 11643-1999)."""
    total = sum(int(digit) * weight for digit, weight in zip(first_17, WEIGHTS, strict=True))
    return IDENTITY_CHECKS[total % 11]


def is_identity(number: str) -> bool:
    return bool(IDENTITY.fullmatch(number)) and identity_check(number[:17]) == number[17]


def luhn_sum(digits: str) -> int:
    doubled = sum(sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return doubled + sum(int(digit) for digit in digits[-1::-2])


def luhn_check(digits: str) -> str:
    """The check digit that belongs behind these digits."""
    return str(-luhn_sum(digits + "0") % 10)


def is_card(number: str) -> bool:
    return bool(CARD.fullmatch(number)) and luhn_sum(number) % 10 == 0


def compact(text: str) -> str:
    """Without spaces and hyphens, as people group numbers; a small x becomes X."""
    return re.sub(r"[\s-]", "", text).upper()


def phone(text: str) -> str | None:
    """A number as it stands on file: digits alone, without China's country code; None when it is none."""
    digits = re.sub(r"[\s()-]", "", text).removeprefix("tel:")
    digits = re.sub(r"^(\+|00)86(?=\d{11}$)", "", digits).removeprefix("+")
    return digits if PHONE.fullmatch(digits) else None


def hidden(number: str) -> str:
    """ "13912341001" -> "*** 1001"."""
    return f"*** {number[-4:]}"
