"""SRTP (RFC 3711, keys by RFC 4568): off, optional and mandatory against each other."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.peers.raw_phone import RawPhone
from tests.sip.bot import Bot
from tests.sip.signals import talk_both_ways


@pytest.fixture(scope="module")
def bots() -> Iterator[tuple[Bot, Bot, Bot]]:
    """Two that insist on SRTP, one that offers it."""
    # Each takes a second to start and to end: all at once.
    started = Bot(srtp="mandatory"), Bot(srtp="mandatory"), Bot(srtp="optional")
    with started[0], started[1], started[2]:
        yield started
        for bot in started:
            bot.end()


@pytest.fixture
def mandatory(bots: tuple[Bot, Bot, Bot]) -> Bot:
    return bots[0]


@pytest.fixture
def optional(bots: tuple[Bot, Bot, Bot]) -> Bot:
    return bots[2]


def bots_talk(caller: Bot, called: Bot) -> None:
    caller.do("dial", uri=called.uri)
    line = caller.wait("dialled", outcome="answered")["line"]
    there = called.wait("call")["line"]
    caller.do("play", line=line, hz=400, seconds=5)
    called.wait_hearing(there, 400)
    called.do("play", line=there, hz=700, seconds=5)
    caller.wait_hearing(line, 700)
    caller.do("hang_up", line=line)
    called.wait("HungUp", line=there, by="caller")
    caller.wait("HungUp", line=line)


def test_mandatory_on_both_sides(bots: tuple[Bot, Bot, Bot]) -> None:
    bots_talk(bots[0], bots[1])


def test_mandatory_calls_optional(mandatory: Bot, optional: Bot) -> None:
    bots_talk(mandatory, optional)


def test_an_optional_offer_is_not_enough_for_mandatory(mandatory: Bot, optional: Bot) -> None:
    """PJSIP offers optional keys as RTP/AVP; a far side that insists wants RTP/SAVP."""
    optional.do("dial", uri=mandatory.uri)
    dialled = optional.wait("dialled")
    assert (dialled["outcome"], dialled["status"]) == ("refused", 488)
    optional.wait_idle()


def test_mandatory_refuses_a_plain_caller_and_goes_on(bots: tuple[Bot, Bot, Bot]) -> None:
    with RawPhone() as phone:
        phone.call(bots[0].uri)
        assert phone.wait_answer().status == 488
    bots_talk(bots[1], bots[0])


def test_mandatory_offers_nothing_else(mandatory: Bot) -> None:
    with RawPhone() as phone:
        mandatory.do("dial", uri=phone.uri)
        offer = phone.wait_request("INVITE").body
        assert b"RTP/SAVP " in offer and b"a=crypto:" in offer and b"RTP/AVP" not in offer


def test_optional_talks_to_a_plain_phone_both_ways(optional: Bot) -> None:
    with RawPhone() as phone:
        talk_both_ways(optional, optional.connect(phone), phone)
    with RawPhone() as phone:
        optional.do("dial", uri=phone.uri)
        talk_both_ways(optional, optional.wait("dialled", outcome="answered")["line"], phone)
