"""Money is counted in whole cents, written "356.20"; rates are basis points, written "14.40" (per cent)."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

WRITTEN = re.compile(r"\d{1,10}(\.\d{1,2})?", re.ASCII)
DAYS_A_YEAR = 360
"""lenders' usage: a year of twelve months of 30 days"""


def from_text(text: str) -> int | None:
    """ "356.2" -> 35620; None when it is no amount of money."""
    return int(Decimal(text) * 100) if WRITTEN.fullmatch(text) else None


def to_text(cents: int) -> str:
    """35620 -> "356.20"; of a rate, 1440 -> "14.40"."""
    return f"{cents // 100}.{cents % 100:02}"


def rounded(amount: Decimal) -> int:
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))


def interest(balance_cents: int, rate_bp: int, days: int) -> int:
    """Simple interest of some days, in cents."""
    return rounded(Decimal(balance_cents) * rate_bp * days / (10_000 * DAYS_A_YEAR))


def instalment(balance_cents: int, rate_bp: int, months: int) -> int:
    """The equal monthly payment, in cents, that pays a balance off."""
    if rate_bp == 0:
        return -(-balance_cents // months)
    monthly = Decimal(rate_bp) / 120_000
    return rounded(balance_cents * monthly / (1 - (1 + monthly) ** -months))
