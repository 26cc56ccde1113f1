"""Calls that we make, and registration at trunks."""

from __future__ import annotations

import pytest

from ivr.events import TransferOutcome
from ivr.sip.outcome import DialOutcome, dial_outcome, transfer_outcome
from tests.free_ports import free_port
from tests.peers.called_side import Behaviour
from tests.peers.clock import monotonic_ns
from tests.peers.heard import wait_keys
from tests.peers.raw_phone import RawPhone
from tests.peers.registrar import Registrar
from tests.sip.bot import Bot
from tests.sip.signals import talk_both_ways

OUTCOMES = {
    200: "answered", 202: "answered", 486: "busy", 600: "busy", 480: "no_answer", 487: "no_answer",
    408: "unreachable", 404: "unreachable", 410: "unreachable", 484: "unreachable", 502: "unreachable",
    503: "unreachable", 504: "unreachable", 0: "unreachable", 302: "unreachable", 604: "unreachable",
    403: "refused", 401: "refused", 407: "refused", 488: "refused", 500: "refused", 603: "refused",
    606: "refused",
}  # fmt: skip


@pytest.mark.parametrize(("status", "outcome"), OUTCOMES.items())
def test_what_a_status_means(status: int, outcome: str) -> None:
    assert dial_outcome(status, rang=False) is DialOutcome(outcome)
    ringing = "no_answer" if status == 408 else outcome
    assert dial_outcome(status, rang=True) is DialOutcome(ringing)
    transferred = "completed" if ringing == "answered" else ringing
    assert transfer_outcome(status) is TransferOutcome(transferred)


def test_an_answered_call_talks_both_ways(bot: Bot, phone: RawPhone) -> None:
    bot.do("dial", uri=phone.uri)
    dialled = bot.wait("dialled", outcome="answered")
    line = dialled["line"]
    assert phone.received("INVITE")[0].call_id == dialled["call_id"]
    talk_both_ways(bot, line, phone)
    bot.do("digits", line=line, keys="12#*")
    wait_keys(phone.rtp, "12#*", 101)
    bot.do("hang_up", line=line)
    assert bot.wait("HungUp", line=line)["by"] == "bot"
    phone.wait_state("ended")


def test_the_called_side_hangs_up(bot: Bot) -> None:
    with RawPhone(transport="tcp") as phone:
        bot.do("dial", uri=phone.uri)
        line = bot.wait("dialled", outcome="answered")["line"]
        talk_both_ways(bot, line, phone)
        phone.bye()
        end = bot.wait("HungUp", line=line)
        assert (end["by"], end["status"]) == ("caller", 200)


@pytest.mark.parametrize(
    ("status", "outcome"), [(486, "busy"), (603, "refused"), (480, "no_answer"), (404, "unreachable")]
)
def test_a_refused_call(bot: Bot, status: int, outcome: str) -> None:
    with RawPhone(behaviour=Behaviour(invite_status=status)) as phone:
        bot.do("dial", uri=phone.uri)
        dialled = bot.wait("dialled")
        assert (dialled["outcome"], dialled["status"], dialled["line"]) == (outcome, status, 0)


def test_nobody_picks_up(bot: Bot) -> None:
    with RawPhone(behaviour=Behaviour(invite_status=None)) as phone:
        bot.do("dial", uri=phone.uri, ring_timeout_s=0.5)
        phone.wait_state("ringing")
        assert bot.wait("dialled")["outcome"] == "no_answer"
        phone.wait_request("CANCEL")
        phone.wait_state("ended")
        assert phone.end_status == 487


def test_an_answer_that_crosses_our_cancel_is_hung_up(bot: Bot) -> None:
    with RawPhone(behaviour=Behaviour(invite_status=None)) as phone:
        bot.do("dial", uri=phone.uri, ring_timeout_s=0.5)
        phone.wait_state("ringing")
        with phone._changed:  # the phone answers while the CANCEL lies unread
            assert bot.wait("dialled")["outcome"] == "no_answer"
            phone.answer(200)
        phone.wait_state("ended")


def test_nothing_listens_there_by_tcp(bot: Bot) -> None:
    bot.do("dial", uri=f"sip:nobody@127.0.0.1:{free_port()};transport=tcp", ring_timeout_s=1.0)
    assert bot.wait("dialled")["outcome"] == "unreachable"


def test_nothing_listens_there_by_udp() -> None:
    began_ns = monotonic_ns()
    with Bot() as bot:
        uri = f"sip:nobody@127.0.0.1:{free_port()}"
        for _ in range(4):
            bot.do("dial", uri=uri, ring_timeout_s=0.5)
        for _ in range(4):
            assert bot.wait("dialled")["outcome"] == "unreachable"
        bot.wait_idle()
        # PJSIP keeps the places until its own timer B.
        bot.do("dial", uri=uri)
        assert bot.wait("dialled")["error"] == f"cannot call {uri}: all lines are in use"
    assert monotonic_ns() - began_ns < 20_000_000_000


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "nobody",
        "sip:",
        "http://example.com",
        "sip:a b@127.0.0.1",
        "\r\n",
        "sip:a@127.0.0.1:9\r\nX-Evil: 1",
    ],
)
def test_an_address_that_is_none(bot: Bot, uri: str) -> None:
    bot.do("dial", uri=uri, ring_timeout_s=1.0)
    assert bot.wait("dialled")["error"].startswith("cannot call")


def test_without_srtp_no_keys_are_offered(bot: Bot, phone: RawPhone) -> None:
    bot.do("dial", uri=phone.uri)
    assert b"crypto" not in phone.wait_request("INVITE").body
    bot.wait("dialled", outcome="answered")


def test_an_account_that_is_none(bot: Bot) -> None:
    bot.do("dial", uri="sip:a@127.0.0.1", account="nowhere")
    assert "no account 'nowhere' in sip.accounts" in bot.wait("dialled")["error"]


def trunk(name: str, pbx: Registrar, **other: str | int) -> dict[str, str | int]:
    host, port = pbx.address
    transport = ";transport=tcp" if pbx.transport.kind == "tcp" else ""
    return {"name": name, "uri": f"sip:{name}@{host}:{port}", "registrar": f"sip:{host}:{port}{transport}",
            "username": name, "password": "secret", **other}  # fmt: skip


def test_two_trunks_and_a_wrong_password() -> None:
    with (
        Registrar({"north": "secret"}, challenge_calls=True) as north,
        Registrar({"south": "secret", "wrong": "secret"}, transport="tcp") as south,
    ):
        accounts = [trunk("north", north), trunk("south", south), trunk("wrong", south, password="guess")]
        with Bot(accounts=accounts, allow=()) as bot:
            north.wait_registered("north")
            south.wait_registered("south")
            south.wait_wrong_password()
            bot.wait_log("account wrong: not registered (403")
            bot.ask_until(
                lambda a: a["registered"] == {"north": True, "south": True, "wrong": False}, "registered"
            )
            for pbx, name in ((north, "north"), (south, "south")):
                pbx.call(pbx.bindings[name])
                assert pbx.wait_answer().status == 200
                call = bot.wait("call")
                assert call["account"] == name
                talk_both_ways(bot, call["line"], pbx)
                bot.do("hang_up", line=call["line"])
                bot.wait("HungUp", line=call["line"])
                bot.do("dial", uri=pbx.uri, account=name)
                line = bot.wait("dialled", outcome="answered")["line"]
                talk_both_ways(bot, line, pbx)
                pbx.bye()
                bot.wait("HungUp", line=line)
        assert len(north.received("INVITE")) == 2  # the first was challenged
        north.wait_unregistered("north")
        south.wait_unregistered("south")
        assert "secret" not in "".join(bot.log)
