"""The fixed customers of demonstrations and tests, as docs/loan-backend.md lists them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True)
class FixedCard:
    bank: str
    number_without_check: str
    funds_cents: int = 5_000_000


@dataclass(frozen=True)
class FixedLoan:
    id: int
    product: str
    principal_cents: int
    rate_bp: int
    instalments: int
    paid: int
    """all of them: the loan is settled"""
    due_in_days: int = 0
    """of the next instalment, from today; below 0 it is overdue"""


@dataclass(frozen=True)
class Person:
    id: int
    name: str
    phone: str | None
    language: str
    birthday: date
    cards: tuple[FixedCard, ...]
    loans: tuple[FixedLoan, ...] = ()
    tags: tuple[str, ...] = ()
    segment: str = "standard"
    real_name_checked: bool = True
    locked: bool = False
    """until the end of the day on which the data was made"""
    failed_deduction: bool = False
    """the latest deduction of the first loan, three days ago"""
    limit_cents: int = field(default=3_000_000)


HARBOUR, GARDEN = "Harbour Bank", "Garden Bank"
HARBOUR_ZH, GARDEN_ZH = "港湾银行", "花园银行"
HARBOUR_BIN, GARDEN_BIN = "629901", "629902"
"""bank identifiers that no bank has"""

PEOPLE = (
    Person(
        1, "Ada Miller", "1001", "en", date(1988, 5, 17),
        (FixedCard(HARBOUR, "629901000010447"), FixedCard(GARDEN, "629902000011882")),
        (FixedLoan(101, "cash_loan", 1_200_000, 1440, 12, 4, 9),
         FixedLoan(102, "phone_instalments", 480_000, 1200, 6, 3, 21)),
    ),
    Person(
        2, "王芳", "2001", "zh", date(1990, 3, 11), (FixedCard(HARBOUR_ZH, "629901000020613"),),
        (FixedLoan(201, "cash_loan", 2_000_000, 1440, 24, 10, 6),),
    ),
    Person(
        3, "李强", "2002", "zh", date(1985, 11, 2), (FixedCard(GARDEN_ZH, "629902000030275"),),
        (FixedLoan(301, "home_appliances", 900_000, 1680, 12, 5, -35),), ("hardship",),
    ),
    Person(
        4, "Tom Baker", "1002", "en", date(1979, 8, 18),
        (FixedCard(GARDEN, "629902000040918", 1250), FixedCard(HARBOUR, "629901000041536")),
        (FixedLoan(401, "cash_loan", 600_000, 1440, 12, 2, -3),), failed_deduction=True,
    ),
    Person(
        5, "Eva Stone", "1003", "en", date(1993, 12, 24), (FixedCard(HARBOUR, "629901000050804"),),
        (FixedLoan(501, "education", 1_500_000, 1200, 12, 12),),
    ),
    Person(
        6, "Leo Grant", "1004", "en", date(1982, 2, 11), (FixedCard(HARBOUR, "629901000060359"),),
        (FixedLoan(601, "cash_loan", 800_000, 1440, 12, 6, 12),), locked=True,
    ),
    Person(
        7, "孙丽", "2003", "zh", date(1996, 9, 15), (FixedCard(GARDEN_ZH, "629902000070741"),),
        (FixedLoan(701, "phone_instalments", 600_000, 1200, 12, 1, 15),), ("vip",), "gold", False,
        limit_cents=8_000_000,
    ),
    Person(
        8, "陈静", "2004", "zh", date(1991, 6, 1), (FixedCard(HARBOUR_ZH, "629901000080162", 800),),
        (FixedLoan(801, "cash_loan", 700_000, 1440, 12, 3, -2),), failed_deduction=True,
    ),
    Person(
        9, "Nora Hale", None, "en", date(1987, 4, 19), (FixedCard(GARDEN, "629902000090523"),),
        (FixedLoan(901, "cash_loan", 500_000, 1440, 12, 7, 18),),
    ),
    Person(
        10, "赵敏", "2005", "zh", date(1998, 10, 10), (FixedCard(HARBOUR_ZH, "629901000100936"),),
        (FixedLoan(1001, "education", 1_000_000, 1200, 10, 10),),
    ),
)  # fmt: skip
