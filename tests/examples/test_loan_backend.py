"""The customer system, asked without sockets."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from examples.loan_backend import LoanBackend, Response, numbers

TODAY = date(2026, 11, 25)
RIGHT = {"number": "1001", "id_tail": "0011", "card_tail": "4477", "birthday": "1988-05-17"}


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 25, 10)

    def __call__(self) -> datetime:
        return self.now


def fixed_customers(clock: Clock) -> LoanBackend:
    return LoanBackend(":memory:", TODAY, customers=0, clock=clock, test_switch=True)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def backend(clock: Clock) -> Iterator[LoanBackend]:
    made = fixed_customers(clock)
    yield made
    made.close()


def get(backend: LoanBackend, path: str, **query: str) -> Response:
    return backend.handle("GET", path, query)


def post(backend: LoanBackend, path: str, key: str | None = None, **body: object) -> Response:
    return backend.handle("POST", path, None, body, key=key)


def identify(backend: LoanBackend, factor: str, value: str) -> Response:
    return post(backend, "/customers/1/identity", factor=factor, value=value, call="call-1")


@pytest.mark.parametrize(
    ("number", "name", "language", "open_loans"),
    [
        ("1001", "Ada Miller", "en", 2),
        ("tel:2001", "王芳", "zh", 1),
        ("86 2001", None, None, None),
        ("2001", "王芳", "zh", 1),
        ("2002", "李强", "zh", 1),
        ("1002", "Tom Baker", "en", 1),
        ("1003", "Eva Stone", "en", 0),
        ("nobody", None, None, None),
    ],
)
def test_a_number_tells_who_calls(
    backend: LoanBackend, number: str, name: str | None, language: str | None, open_loans: int | None
) -> None:
    answer = get(backend, f"/customers/by-number/{number}")
    assert answer.status == (200 if name else 404)
    if name:
        assert (answer.json["name"], answer.json["language"]) == (name, language)
        assert answer.json["known"] is True
        loans = answer.json["open_loans"]
        assert isinstance(loans, list) and len(loans) == open_loans


def test_the_fixed_loans_are_as_documented(backend: LoanBackend) -> None:
    loan = get(backend, "/loans/101").json
    assert (loan["balance"], loan["next_due"], loan["next_amount"]) == ("8189.25", "2026-12-04", "1079.71")
    late = get(backend, "/loans/301/next-payment").json
    assert (late["overdue_days"], late["overdue_amount"], late["penalty"]) == (35, "1639.98", "28.69")
    assert get(backend, "/customers/by-number/2002").json["tags"] == ["hardship"]


def test_the_same_seed_makes_the_same_customers() -> None:
    made = [LoanBackend(":memory:", TODAY, seed, customers=60) for seed in (7, 7, 8)]
    dumps = ["\n".join(one.db.iterdump()) for one in made]
    assert dumps[0] == dumps[1] != dumps[2]
    sql = "SELECT identity_number FROM customers"
    assert all(numbers.is_identity(row[0]) for row in made[0].db.execute(sql))
    assert all(numbers.is_card(row[0]) for row in made[0].db.execute("SELECT number FROM cards"))


def test_a_database_file_is_used_again(tmp_path: Path, clock: Clock) -> None:
    for expected in (1, 2):
        again = LoanBackend(tmp_path / "loans.db", TODAY, customers=0, clock=clock)
        post(again, "/customers/1/complaints", topic="fees")
        found = get(again, "/customers/1/requests").json["requests"]
        again.close()
        assert isinstance(found, list) and len(found) == expected


@pytest.mark.parametrize("factor", RIGHT)
def test_each_factor_passes_and_is_kept_for_the_call(backend: LoanBackend, factor: str) -> None:
    answer = identify(backend, factor, RIGHT[factor])
    assert (answer.status, answer.json) == (200, {"passed": True, "tries_left": 3, "locked": False})
    assert get(backend, "/customers/1/identity", call="call-1").json["passed"] == [factor]
    assert get(backend, "/customers/1/identity", call="another").json["passed"] == []


def test_an_identity_number_may_end_in_x(backend: LoanBackend) -> None:
    body = {"factor": "id_tail", "value": "0 0 2 x", "call": "c"}
    assert post(backend, "/customers/2/identity", **body).json["passed"] is True


def test_three_wrong_answers_lock_for_half_an_hour(backend: LoanBackend, clock: Clock) -> None:
    left = [identify(backend, "id_tail", "9999").json["tries_left"] for _ in range(3)]
    assert left == [2, 1, 0]
    for factor, value in RIGHT.items():
        locked = identify(backend, factor, value)
        assert (locked.status, locked.json["locked"], locked.json["passed"]) == (423, True, False)
    assert post(backend, "/customers/1/codes").status == 423
    clock.now += timedelta(minutes=30)
    assert identify(backend, "id_tail", "0011").json == {"passed": True, "tries_left": 3, "locked": False}


def test_a_right_answer_forgives_its_own_factor_only(backend: LoanBackend) -> None:
    identify(backend, "id_tail", "9999")
    identify(backend, "card_tail", "9999")
    assert identify(backend, "card_tail", "4477").json["tries_left"] == 2
    assert identify(backend, "birthday", "1988-05-17").json["tries_left"] == 2
    assert identify(backend, "number", "5555").json == {"passed": False, "tries_left": 2, "locked": False}


def test_a_code_works_once_and_for_five_minutes(backend: LoanBackend, clock: Clock) -> None:
    sent = post(backend, "/customers/1/codes")
    assert (sent.status, sent.json) == (202, {"sent": True, "to": "*** 1001"})
    code = str(get(backend, "/outbox/1").json["code"])
    assert identify(backend, "code", code).json["passed"] is True
    assert identify(backend, "code", code).json["passed"] is False
    post(backend, "/customers/1/codes")
    code = str(get(backend, "/outbox/1").json["code"])
    clock.now += timedelta(minutes=5)
    assert identify(backend, "code", code).json["passed"] is False


def test_a_lost_phone_gets_no_code(backend: LoanBackend) -> None:
    post(backend, "/customers/1/lost-phone")
    assert post(backend, "/customers/1/codes").json["error"] == "codes_blocked"
    assert post(backend, "/customers/1/phone", number="1001").status == 200
    assert post(backend, "/customers/1/codes").status == 202
    assert post(backend, "/customers/9/codes").json["error"] == "no_number"


def test_the_outbox_needs_the_test_switch() -> None:
    closed = LoanBackend(":memory:", TODAY, customers=0)
    assert get(closed, "/outbox/1").status == 404


def test_a_repeated_key_gets_the_first_answer_and_pays_once(backend: LoanBackend) -> None:
    first = post(backend, "/loans/102/deductions", "key-1")
    again = post(backend, "/loans/102/deductions", "key-1")
    assert first.status == 200 and again.json == first.json
    assert get(backend, "/loans/102").json["instalments_paid"] == 4
    assert post(backend, "/loans/101/deductions", "key-1").json["error"] == "key_reused"


def test_writes_and_checks_are_audited_without_secrets(backend: LoanBackend) -> None:
    identify(backend, "id_tail", "0011")
    post(backend, "/customers/1/data-deletion")
    get(backend, "/customers/1/cards")
    rows = [tuple(row) for row in backend.db.execute("SELECT path, status, call, note FROM audit")]
    assert rows == [
        ("/customers/1/identity", 200, "call-1", "id_tail passed"),
        ("/customers/1/data-deletion", 409, None, ""),
    ]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from([*RIGHT.items(), ("code", "000000")]), max_size=6))
def test_locked_stays_locked(tried: list[tuple[str, str]]) -> None:
    backend = fixed_customers(Clock())
    for _ in range(3):
        identify(backend, "birthday", "2000-01-01")
    for factor, value in tried:
        assert identify(backend, factor, value).status == 423
    assert get(backend, "/customers/1/identity", call="call-1").json == {"passed": [], "locked": True}
    backend.close()
