"""Who gets in: allowed sources, the fifth call, floods, draining. Nothing here may end the process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.sip.admission import SETUPS, WINDOW_S, Peers, SetupPace
from tests.peers.raw_phone import RawPhone
from tests.sip.bot import Bot
from tests.sip.burst import Burst
from tests.sip.signals import talk_both_ways


@pytest.mark.parametrize(
    ("source", "allowed"),
    [
        ("127.0.0.1:5060", True),
        ("10.1.2.3:40000", True),
        ("10.2.0.1:5060", False),
        ("[2001:db8::1]:5060", True),
        ("[2001:db9::1]:5060", False),
        ("127.0.0.1", True),
        ("", False),
        ("localhost:5060", False),
        ("10.1.2.3.evil.example:5060", False),
    ],
)
def test_networks(source: str, allowed: bool) -> None:
    assert Peers(("127.0.0.1/32", "10.1.0.0/16", "2001:db8::/32")).allow(source) is allowed


def test_nobody_is_allowed_by_an_empty_list() -> None:
    assert not Peers(()).allow("127.0.0.1:5060")


@given(st.lists(st.floats(0, 0.3), max_size=200))
def test_never_more_set_ups_in_a_window_than_sockets_allow(pauses_s: list[float]) -> None:
    pace, now_s = SetupPace(), 100.0
    taken: list[float] = []
    for pause_s in pauses_s:
        now_s += pause_s
        recent = sum(now_s - at_s <= WINDOW_S for at_s in taken)
        assert pace.has_room(now_s) is (recent < SETUPS)
        if recent < SETUPS:
            taken.append(now_s)


@pytest.fixture(scope="module")
def shared_bot() -> Iterator[Bot]:
    with Bot(allow=("127.0.0.1/32",)) as running:
        yield running


def test_a_call_from_elsewhere_is_forbidden_and_counted(bot: Bot) -> None:
    with RawPhone() as friend, RawPhone(host="127.0.0.2") as stranger:
        stranger.call(bot.uri)
        assert stranger.wait_answer().status == 403
        assert bot.wait("refused")["reason"] == "not_allowed"
        bot.wait_log("127.0.0.2")
        assert bot.all("call") == []
        talk_both_ways(bot, bot.connect(friend), friend)


def test_a_burst_of_strangers_is_refused_and_harms_nobody(bot: Bot) -> None:
    before = len(bot.all("refused", reason="not_allowed"))
    with RawPhone() as friend, RawPhone() as talking:
        line = bot.connect(talking)
        with Burst(bot.port, host="127.0.0.2") as burst:
            statuses = burst.invite(150, within_s=0.3, acknowledge=False)
        assert Counter(statuses) == {403: 150}
        talk_both_ways(bot, line, talking)
        assert len(bot.all("refused", reason="not_allowed")) - before == 150
        talk_both_ways(bot, bot.connect(friend), friend)
        assert bot.ask("heard", line=line)["gaps"] == 0


def test_a_burst_of_cancelled_calls_from_a_friend_harms_nobody(bot: Bot) -> None:
    with RawPhone() as friend:
        with Burst(bot.port) as burst:
            statuses = burst.invite(60, within_s=0.3, cancel=True)
        # 200: answered before its CANCEL came
        assert set(statuses) <= {200, 487, 486, 503} and 487 in statuses, Counter(statuses)
        bot.wait_idle()
        lines = {call["line"] for call in bot.all("call")}
        assert lines == {end["line"] for end in bot.all("HungUp")}
        for _ in range(500):  # until the window that the flood has filled is over
            friend.call(bot.uri)
            if friend.wait_answer().status != 503:
                break
        talk_both_ways(bot, bot.line_of(friend), friend)


def test_the_fifth_call_is_busy_and_counted(bot: Bot) -> None:
    with ExitStack() as stack:
        phones = [stack.enter_context(RawPhone()) for _ in range(5)]
        lines = [bot.connect(phone) for phone in phones[:4]]
        before = len(bot.all("refused", reason="busy"))
        phones[4].call(bot.uri)
        assert phones[4].wait_answer().status == 486
        for line, phone in zip(lines, phones[:4], strict=True):
            talk_both_ways(bot, line, phone)
        assert len(bot.all("refused", reason="busy")) - before == 1
        phones[0].bye()
        bot.wait("HungUp", line=lines[0])
        bot.ask_until(lambda a: a["legs"] == 3, "resources")
        talk_both_ways(bot, bot.connect(phones[4]), phones[4])


def test_a_draining_endpoint_refuses_new_calls_and_keeps_the_old() -> None:
    with Bot() as bot, RawPhone() as old, RawPhone() as new:
        line = bot.connect(old)
        bot.do("stop_accepting")
        bot.ask("registered")
        new.call(bot.uri)
        assert new.wait_answer().status == 503
        assert bot.wait("refused")["reason"] == "draining"
        talk_both_ways(bot, line, old)
