"""Blind transfer (REFER), its outcomes, and what we refuse to be told."""

from __future__ import annotations

import pytest

from tests.peers.called_side import Behaviour
from tests.peers.raw_phone import RawPhone
from tests.sip.bot import Bot
from tests.sip.signals import talk_both_ways

AGENT = "sip:agent@127.0.0.1:9"


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(200, "completed"), (486, "busy"), (480, "no_answer"), (603, "refused"), (503, "unreachable")],
)
def test_the_final_notify_tells_the_outcome(bot: Bot, status: int, outcome: str) -> None:
    with RawPhone(behaviour=Behaviour(refer_outcome=status)) as phone:
        line = bot.connect(phone)
        bot.do("transfer", line=line, uri=AGENT)
        ended = bot.wait("TransferEnded", line=line)
        assert (ended["outcome"], ended["status"]) == (outcome, status)
        assert phone.refer_targets == [AGENT]
        talk_both_ways(bot, line, phone)
        bot.do("hang_up", line=line)
        assert bot.wait("HungUp", line=line)["by"] == "bot"
        assert len(bot.all("TransferEnded", line=line)) == 1


def test_the_refer_itself_is_refused(bot: Bot) -> None:
    with RawPhone(behaviour=Behaviour(refer_status=603)) as phone:
        line = bot.connect(phone)
        bot.do("transfer", line=line, uri=AGENT)
        ended = bot.wait("TransferEnded", line=line)
        assert (ended["outcome"], ended["status"]) == ("refused", 603)
        talk_both_ways(bot, line, phone)


def test_a_phone_that_leaves_once_it_has_accepted(bot: Bot) -> None:
    with RawPhone(behaviour=Behaviour(refer_outcome=None)) as phone:
        line = bot.connect(phone)
        bot.do("transfer", line=line, uri=AGENT)
        phone.wait_for(lambda e: e.sent and e.message.status == 202)
        phone.bye()
        ended = bot.wait("TransferEnded", line=line)
        assert (ended["outcome"], ended["status"]) == ("completed", 202)
        hung_up = bot.wait("HungUp", line=line)
        assert bot.events.index(ended) < bot.events.index(hung_up)
        assert hung_up["by"] == "caller"


def test_no_word_about_the_outcome_counts_as_no_answer(bot: Bot) -> None:
    with RawPhone(behaviour=Behaviour(refer_outcome=None)) as phone:
        line = bot.connect(phone)
        bot.do("transfer", line=line, uri=AGENT)
        ended = bot.wait("TransferEnded", line=line)
        assert (ended["outcome"], ended["status"]) == ("no_answer", 408)
        bot.do("hang_up", line=line)
        bot.wait("HungUp", line=line)
        assert len(bot.all("TransferEnded", line=line)) == 1


@pytest.mark.parametrize("uri", ["not an address", "", "http://example.com", f"{AGENT}\r\nX-Evil: 1"])
def test_an_address_that_is_none(bot: Bot, phone: RawPhone, uri: str) -> None:
    line = bot.connect(phone)
    bot.do("transfer", line=line, uri=uri)
    assert bot.wait("TransferEnded", line=line)["outcome"] == "unreachable"
    assert phone.received("REFER") == []
    talk_both_ways(bot, line, phone)
    phone.bye()
    bot.wait("HungUp", line=line)
    assert len(bot.all("TransferEnded", line=line)) == 1


def test_a_second_transfer_after_a_failed_one(bot: Bot) -> None:
    with RawPhone(behaviour=Behaviour(refer_outcome=486)) as phone:
        line = bot.connect(phone)
        bot.do("transfer", line=line, uri=AGENT)
        assert bot.wait("TransferEnded", line=line)["outcome"] == "busy"
        phone.behaviour.refer_outcome = 200
        bot.do("transfer", line=line, uri=AGENT)
        assert bot.wait("TransferEnded", line=line)["outcome"] == "completed"


def test_a_caller_cannot_send_us_elsewhere(bot: Bot, phone: RawPhone) -> None:
    with RawPhone() as victim:
        line = bot.connect(phone)
        assert phone.refer(victim.uri).status == 403
        talk_both_ways(bot, line, phone)
        assert victim.received("INVITE") == []


def test_a_call_cannot_be_taken_over(bot: Bot, phone: RawPhone) -> None:
    line = bot.connect(phone)
    assert phone.dialog
    local, remote = (value.rsplit("tag=", 1)[1] for value in (phone.dialog.local, phone.dialog.remote))
    replaces = f"{phone.dialog.call_id};to-tag={remote};from-tag={local}"
    with RawPhone(user="thief") as thief:
        thief.call(bot.uri, headers=[("Replaces", replaces), ("Require", "replaces")])
        assert thief.wait_answer().status >= 400
        talk_both_ways(bot, line, phone)


def test_a_refer_outside_of_every_call_moves_nothing(bot: Bot, phone: RawPhone) -> None:
    with RawPhone() as victim:
        # PJSIP gives no answer to a request that nobody has asked for.
        phone._outside("REFER", bot.uri, f"<{bot.uri}>", [("Refer-To", f"<{victim.uri}>")])
        talk_both_ways(bot, bot.connect(phone), phone)
        assert victim.received("INVITE") == []
