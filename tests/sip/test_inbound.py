"""Calls that come: media both ways, keys, hold, session timers, and every way to end."""

from __future__ import annotations

import pytest

from ivr.sip import probe
from tests.free_ports import free_port
from tests.peers.called_side import Behaviour
from tests.peers.clock import monotonic_ns
from tests.peers.heard import wait_quiet
from tests.peers.raw_phone import RawPhone, SessionTimer
from tests.peers.sdp import Codec, Direction, parse_sdp
from tests.peers.sip_message import parameter
from tests.peers.transport import Kind
from tests.sip.bot import Bot
from tests.sip.signals import talk_both_ways, tone, wait_tone

KEYS = "0123456789*#ABCD"


@pytest.mark.parametrize("codec", ["PCMU", "PCMA"])
@pytest.mark.parametrize("kind", ["udp", "tcp"])
def test_both_sides_hear_each_other(bot: Bot, codec: Codec, kind: Kind) -> None:
    with RawPhone(transport=kind, user="alice") as phone:
        line = bot.connect(phone, codecs=(codec,))
        assert parse_sdp(phone.wait_answer().body).codecs == (codec,)
        talk_both_ways(bot, line, phone)
        phone.bye()
        end = bot.wait("HungUp", line=line)
        assert (end["by"], end["status"]) == ("caller", 200)
    call = bot.all("call", line=line)[0]
    assert (call["account"], call["caller"], call["called"]) == ("local", "alice", "8000")


def test_g722_between_two_endpoints(bot: Bot) -> None:
    with Bot(codecs=("G722",)) as caller:
        caller.do("dial", uri=bot.uri)
        line = caller.wait("dialled", outcome="answered")["line"]
        there = bot.wait("call")["line"]
        caller.do("play", line=line, hz=400, seconds=5)
        bot.wait_hearing(there, 400)
        bot.do("play", line=there, hz=700, seconds=5)
        caller.wait_hearing(line, 700)
        caller.do("hang_up", line=line)
        assert bot.wait("HungUp", line=there)["by"] == "caller"


def test_the_first_offered_codec_is_taken(bot: Bot, phone: RawPhone) -> None:
    bot.connect(phone, codecs=("PCMA", "PCMU"))
    assert parse_sdp(phone.wait_answer().body).codecs[0] == "PCMA"


def test_a_late_offer(bot: Bot, phone: RawPhone) -> None:
    line = bot.connect(phone, offer="late")
    assert set(parse_sdp(phone.wait_answer().body).codecs) == {"PCMU", "PCMA", "G722"}
    talk_both_ways(bot, line, phone)


@pytest.mark.parametrize("direction", ["sendonly", "inactive"])
def test_on_hold_time_goes_on_and_the_voice_waits(bot: Bot, phone: RawPhone, direction: Direction) -> None:
    line = bot.connect(phone)
    music = phone.rtp.say(tone(400, 20.0))
    bot.wait_hearing(line, 400)
    bot.do("play", line=line, prompt=1, hz=700, seconds=1.5)
    wait_tone(phone.rtp, 700, 0)
    assert phone.reinvite(direction).status == 200
    held_at = bot.wait("Held", line=line, on=True)["at"]
    before = bot.ask("heard", line=line)["frames"]
    # 100 frames: more than the prompt is long. What the far side sends meanwhile is music.
    during = bot.ask_until(lambda a: a["frames"] > before + 100, "heard", line=line, frames=90)
    assert (during["rms"], during["silent_played"]) == (0, 90)
    assert bot.all("Played", line=line) == []
    assert phone.reinvite("sendrecv").status == 200
    resumed_at = bot.wait("Held", line=line, on=False)["at"]
    played = bot.wait("Played", line=line)
    assert played["complete"] and played["frames"] == 75
    assert played["at"] > resumed_at > held_at + 100
    assert not music.cut
    phone.rtp.shut_up()
    talk_both_ways(bot, line, phone)
    after = bot.ask("heard", line=line)
    assert (after["gaps"], after["dropped"]) == (0, 0)


def test_a_prompt_cleared_on_hold_ends_at_once(bot: Bot, phone: RawPhone) -> None:
    line = bot.connect(phone)
    bot.do("play", line=line, prompt=1, hz=700, seconds=5)
    bot.wait("PlayStarted", line=line)
    phone.reinvite("sendonly")
    bot.wait("Held", line=line, on=True)
    bot.do("clear", line=line)
    assert bot.wait("Played", line=line)["complete"] is False
    phone.bye()
    bot.wait("HungUp", line=line)


def test_a_hang_up_on_hold(bot: Bot, phone: RawPhone) -> None:
    line = bot.connect(phone)
    phone.reinvite("inactive")
    bot.wait("Held", line=line, on=True)
    bot.do("hang_up", line=line)
    assert bot.wait("HungUp", line=line)["by"] == "bot"
    phone.wait_state("ended")


def test_a_session_timer_is_agreed_and_its_refresh_answered(bot: Bot, phone: RawPhone) -> None:
    timer = SessionTimer(expires_s=90, refresher="uac")
    line = bot.connect(phone, session_timer=timer)
    agreed = phone.wait_answer()["Session-Expires"]
    assert (agreed.split(";")[0], parameter(agreed, "refresher")) == ("90", "uac")
    assert phone.update([("Supported", "timer"), ("Session-Expires", "90;refresher=uac")]).status == 200
    refreshed = phone.reinvite(headers=timer.headers())
    assert refreshed.status == 200 and refreshed["Session-Expires"].startswith("90")
    assert bot.all("Held", line=line) == []
    talk_both_ways(bot, line, phone)


def test_a_session_interval_that_is_too_short_is_refused(bot: Bot, phone: RawPhone) -> None:
    phone.call(bot.uri, session_timer=SessionTimer(expires_s=30, min_se_s=30))
    answer = phone.wait_answer()
    assert (answer.status, answer["Min-SE"]) == (422, "90")
    assert bot.wait("HungUp", line=bot.line_of(phone))["status"] == 422


def test_each_key_arrives_once(bot: Bot, phone: RawPhone) -> None:
    line = bot.connect(phone)
    phone.send_rfc4733(KEYS + "11", on_ms=40, gap_ms=40)
    assert phone.send_info_dtmf(KEYS + "22").status == 200
    phone.send_rfc4733("7", on_ms=40, gap_ms=40)
    phone.bye()
    bot.wait("HungUp", line=line)
    assert "".join(e["key"] for e in bot.all("Digit", line=line)) == KEYS + "11" + KEYS + "22" + "7"


def test_a_call_cancelled_before_the_answer_leaves_no_trace(bot: Bot) -> None:
    # In one TCP segment, so that the CANCEL is read before the endpoint can answer the INVITE.
    with RawPhone(transport="tcp") as phone:
        with phone.transport.corked():
            phone.call(bot.uri + ";transport=tcp")
            invite = phone.history[0].message
            cancel = (
                invite.encode()
                .replace(b"INVITE sip:", b"CANCEL sip:", 1)
                .replace(b" INVITE\r\n", b" CANCEL\r\n")
            )
            head = cancel.split(b"\r\nContent-Type")[0] + b"\r\nContent-Length: 0\r\n\r\n"
            phone.send_raw(head, phone.history[0].peer)
        assert phone.wait_answer().status == 487
        end = bot.wait("HungUp", line=bot.line_of(phone))
    assert (end["by"], end["status"]) == ("caller", 487)


def test_bye_right_after_ack_and_before_any_media(bot: Bot) -> None:
    for _ in range(10):
        with RawPhone() as phone:
            phone.rtp.paused = True
            line = bot.connect(phone)
            assert phone.bye().status == 200
            assert bot.wait("HungUp", line=line)["by"] == "caller"


def test_bye_in_mid_prompt(bot: Bot, phone: RawPhone) -> None:
    line = bot.connect(phone)
    bot.do("play", line=line, hz=700, seconds=5)
    wait_tone(phone.rtp, 700, 0)
    assert phone.bye().status == 200
    bot.wait("HungUp", line=line, by="caller")


def test_clear_silences_the_phone(bot: Bot, phone: RawPhone) -> None:
    line = bot.connect(phone)
    bot.do("play", line=line, hz=700, seconds=10)
    wait_tone(phone.rtp, 700, 0)
    bot.do("clear", line=line)
    wait_quiet(phone.rtp, monotonic_ns())
    played = bot.wait("Played", line=line)
    assert not played["complete"] and 0 < played["frames"] < 500


def test_the_bot_hangs_up_before_it_has_answered(bot: Bot, phone: RawPhone) -> None:
    bot.do("on_answer", hang_up=True)
    bot.ask("registered")
    phone.call(bot.uri)
    assert phone.wait_answer().status == 603
    assert bot.wait("HungUp", line=bot.line_of(phone))["by"] == "bot"


def test_a_prompt_queued_before_the_answer_is_heard_from_its_start(bot: Bot, phone: RawPhone) -> None:
    bot.do("on_answer", play=[700, 0.5])
    line = bot.connect(phone)
    wait_tone(phone.rtp, 700, 0)
    assert bot.wait("PlayStarted", line=line)["at"] <= 1
    played = bot.wait("Played", line=line)
    assert played["complete"] and played["frames"] == 25


def test_a_vanished_caller_costs_nothing_but_its_line(bot: Bot, phone: RawPhone) -> None:
    with RawPhone() as gone:
        line = bot.connect(gone)
        gone.vanish()
        before = bot.ask("heard", line=line)["frames"]
        bot.ask_until(lambda a: a["frames"] > before + 20 and a["rms"] == 0, "heard", line=line)
        talk_both_ways(bot, bot.connect(phone), phone)
        gone.silent = False  # so that the hang-up need not wait for its timers
        bot.do("hang_up", line=line)
        bot.wait("HungUp", line=line)


@pytest.mark.parametrize("kind", ["udp", "tcp"])
def test_options_tell_that_the_endpoint_lives(bot: Bot, kind: Kind) -> None:
    with RawPhone(transport=kind) as phone:
        target = bot.uri + (";transport=tcp" if kind == "tcp" else "")
        assert phone.options(target).status == 200
    assert probe.answers("127.0.0.1", bot.port, kind)
    assert probe.answers("0.0.0.0", bot.port, kind)
    assert not probe.answers("127.0.0.1", free_port(), kind, timeout_s=0.5)


def test_a_phone_that_is_told_nothing_is_not_alive() -> None:
    with RawPhone() as deaf:
        deaf.silent = True
        assert not probe.answers("127.0.0.1", deaf.address[1], "udp", timeout_s=0.2)


def test_no_common_codec(bot: Bot, phone: RawPhone) -> None:
    body = (
        phone._describe("sendrecv")
        .replace(b"RTP/AVP 0 101", b"RTP/AVP 18")
        .replace(b"a=rtpmap:0 PCMU", b"a=rtpmap:18 G729")
    )
    phone.call(bot.uri, sdp=body)
    assert phone.wait_answer().status == 488


def test_without_ack_the_line_is_given_up(bot: Bot) -> None:
    with RawPhone(behaviour=Behaviour(send_ack=False)) as phone:
        line = bot.connect(phone)
        end = bot.wait("HungUp", line=line, deadline_s=8)
        assert (end["at"], end["by"], end["status"]) == (0, "error", 408)
        phone.wait_request("BYE")
