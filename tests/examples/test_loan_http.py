"""The customer system over real HTTP on loopback."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from datetime import date

import pytest

from examples.loan_backend import LoanBackend, Serving, serve


@pytest.fixture
def backend() -> Iterator[LoanBackend]:
    made = LoanBackend(":memory:", date(2026, 11, 25), customers=0)
    yield made
    made.close()


@pytest.fixture
def serving(backend: LoanBackend) -> Iterator[Serving]:
    with serve(backend, trouble=True) as running:
        yield running


@pytest.fixture
def line(serving: Serving) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection(serving.host, serving.port, timeout=20)
    yield connection
    connection.close()


def ask(
    line: http.client.HTTPConnection,
    method: str,
    path: str,
    body: str | None = None,
    headers: dict[str, str] | None = None,
) -> tuple[int, dict[str, object]]:
    line.request(method, path, body.encode() if body else None, headers or {})
    response = line.getresponse()
    return response.status, json.loads(response.read())


def test_one_connection_carries_several_requests(line: http.client.HTTPConnection) -> None:
    status, ada = ask(line, "GET", "/customers/by-number/1001")
    assert (status, ada["name"]) == (200, "Ada Miller")
    status, quote = ask(line, "GET", "/loans/201/early-repayment?amount=1000.00&date=2026-11-30")
    assert (status, quote["fee"]) == (200, "10.00")
    status, added = ask(line, "POST", "/customers/2/complaints", json.dumps({"text": "利息太高"}))
    assert (status, added["text"]) == (201, "利息太高")


@pytest.mark.parametrize("body", ["{", "[1]", '"text"', "[" * 30_000])
def test_a_broken_body_is_refused(line: http.client.HTTPConnection, body: str) -> None:
    status, answer = ask(line, "POST", "/customers/1/complaints", body)
    assert (status, answer["error"]) == (400, "wrong_json")


def test_a_body_that_is_too_long_ends_the_connection(line: http.client.HTTPConnection) -> None:
    line.putrequest("POST", "/surveys")
    line.putheader("Content-Length", "999999999")
    line.endheaders()
    response = line.getresponse()
    assert (response.status, response.will_close) == (400, True)
    response.close()


def test_a_key_in_the_header_pays_once(line: http.client.HTTPConnection) -> None:
    key = {"Idempotency-Key": "a1"}
    first = ask(line, "POST", "/loans/102/deductions", headers=key)
    assert first == ask(line, "POST", "/loans/102/deductions", headers=key)
    assert ask(line, "GET", "/loans/102")[1]["instalments_paid"] == 4


def test_a_token_is_asked_for(backend: LoanBackend) -> None:
    with serve(backend, token="right") as serving:
        line = http.client.HTTPConnection(serving.host, serving.port, timeout=20)
        assert ask(line, "GET", "/loans/101")[0] == 401
        assert ask(line, "GET", "/loans/101", headers={"Authorization": "Bearer wrong"})[0] == 401
        assert ask(line, "GET", "/loans/101", headers={"Authorization": "Bearer right"})[0] == 200
        line.close()


def test_without_a_token_it_stays_on_loopback(backend: LoanBackend) -> None:
    with pytest.raises(ValueError, match="token"), serve(backend, "0.0.0.0"):
        pass


def test_trouble(line: http.client.HTTPConnection) -> None:
    assert ask(line, "GET", "/trouble/slow/loans/101?slow_ms=1")[0] == 200
    assert ask(line, "POST", "/trouble/error/loans/102/deductions")[0] == 500
    assert ask(line, "GET", "/loans/102")[1]["instalments_paid"] == 3
    assert ask(line, "POST", "/trouble/lost/loans/102/deductions")[0] == 500
    assert ask(line, "GET", "/loans/102")[1]["instalments_paid"] == 4
    line.request("GET", "/trouble/half/loans/102")
    with pytest.raises(http.client.IncompleteRead):
        line.getresponse().read()
    line.close()
    line.request("GET", "/trouble/drop/loans/102")
    with pytest.raises(http.client.RemoteDisconnected):
        line.getresponse()


def test_trouble_must_be_wanted(backend: LoanBackend) -> None:
    with serve(backend) as serving:
        line = http.client.HTTPConnection(serving.host, serving.port, timeout=20)
        assert ask(line, "GET", "/trouble/error/loans/101")[0] == 404
        line.close()
