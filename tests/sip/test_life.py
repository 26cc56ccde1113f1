"""The endpoint's own life: start, end with calls up, and 300 calls in a row without a leak."""

from __future__ import annotations

import random
import socket
import time
from contextlib import ExitStack

import pytest

from tests.free_ports import free_port
from tests.peers.called_side import Behaviour
from tests.peers.raw_phone import RawPhone
from tests.peers.registrar import Registrar
from tests.peers.transport import Kind
from tests.sip.bot import Bot
from tests.sip.signals import talk_both_ways


@pytest.mark.parametrize("kind", ["udp", "tcp"])
def test_a_taken_port_is_named(kind: Kind) -> None:
    port = free_port()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM) as taken:
        taken.bind(("127.0.0.1", port))
        if kind == "tcp":
            taken.listen()
        bot = Bot(port=port)
        error = bot.wait("failed")["error"]
        assert bot.close() == 3
    assert f"{kind} 127.0.0.1:{port}" in error and "sip.port" in error
    assert "Address already in use" in error


def test_an_account_that_is_wrong_is_named() -> None:
    bot = Bot(accounts=[{"name": "pbx", "uri": "no address"}])
    assert "sip.accounts 'pbx'" in bot.wait("failed")["error"]
    assert bot.close() == 3


@pytest.mark.parametrize("gone", [False, True], ids=["phones answer", "phones have vanished"])
def test_the_end_with_calls_up(gone: bool) -> None:
    with Bot() as bot, ExitStack() as stack:
        phones = [stack.enter_context(RawPhone()) for _ in range(3)]
        lines = [bot.connect(phone) for phone in phones]
        ringing = stack.enter_context(RawPhone(behaviour=Behaviour(invite_status=None)))
        bot.do("dial", uri=ringing.uri)
        ringing.wait_state("ringing")
        bot.do("play", line=lines[0], hz=700, seconds=10)
        if gone:
            for phone in (*phones, ringing):
                phone.vanish()
        began_s = time.monotonic()
        assert bot.close() == 0, bot.story()
        assert time.monotonic() - began_s < 5
        assert [len(bot.all("HungUp", line=line)) for line in lines] == [1, 1, 1]
        assert {e["by"] for e in bot.all("HungUp")} == {"bot"}
        assert bot.events[-1] == {"event": "closed"}
        if not gone:
            for phone in phones:
                assert phone.end_status == 200
            assert ringing.end_status == 487


def test_the_end_while_a_registrar_is_silent() -> None:
    with Registrar({"bot": "secret"}) as pbx:
        host, port = pbx.address
        account = {"name": "bot", "uri": f"sip:bot@{host}:{port}", "registrar": f"sip:{host}:{port}",
                   "username": "bot", "password": "secret"}  # fmt: skip
        with Bot(accounts=[account]) as bot:
            pbx.wait_registered("bot")
            pbx.silent = True
            began_s = time.monotonic()
            assert bot.close() == 0
            assert time.monotonic() - began_s < 5


def test_three_hundred_calls_in_a_row(bot: Bot) -> None:
    """Three at a time, each hung up by a random side at a random moment of its first 100 ms."""
    chance = random.Random(20)
    bot.do("on_answer", play=[700, 0.1])
    with ExitStack() as stack:
        phones = [stack.enter_context(RawPhone()) for _ in range(3)]
        for _ in range(100):
            for phone in phones:
                phone.call(bot.uri)
            for phone in phones:
                assert phone.wait_answer().status == 200
                line = bot.line_of(phone)
                frames = chance.randrange(6)
                bot.ask_until(lambda a, frames=frames: a["frames"] >= frames, "heard", line=line)
                if chance.random() < 0.5:
                    phone.bye()
                    bot.wait("HungUp", line=line, by="caller")
                else:
                    bot.do("hang_up", line=line)
                    bot.wait("HungUp", line=line, by="bot")
                    phone.wait_state("ended")
        bot.wait_idle()
        talk_both_ways(bot, bot.connect(phones[0]), phones[0])
