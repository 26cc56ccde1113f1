"""Damaged SIP, SDP and RTP: the process lives on, a running call is not disturbed, a new call works."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterator

import pytest

from tests.peers.raw_phone import RawPhone
from tests.peers.sdp import Sdp
from tests.sip.bot import Bot
from tests.sip.burst import Burst
from tests.sip.signals import talk_both_ways

SEED = 20


def damaged(data: bytes, chance: random.Random) -> bytes:
    """One to four mutations: bytes changed, cut, doubled, or a line moved, dropped or made very long."""
    for _ in range(chance.randint(1, 4)):
        lines = data.split(b"\r\n")
        at, line = chance.randrange(len(data) or 1), chance.randrange(len(lines))
        kind = chance.randrange(7)
        if kind == 0:
            data = data[:at] + bytes([chance.randrange(256)]) + data[at + 1 :]
        elif kind == 1:
            data = data[: at + 1]
        elif kind == 2:
            data = data[:at] + data[at : at + chance.randint(1, 40)] * 2 + data[at:]
        elif kind == 3:
            del lines[line]
            data = b"\r\n".join(lines)
        elif kind == 4:
            lines[line] += b"A" * chance.choice([100, 1000, 3000])
            data = b"\r\n".join(lines)
        elif kind == 5:
            chance.shuffle(lines)
            data = b"\r\n".join(lines)
        else:
            number = str(chance.choice([-1, 0, 2**31, 2**32, 2**64])).encode()
            data = data[:at] + number + data[at:]
    return data


@pytest.fixture(scope="module")
def shared_bot() -> Iterator[Bot]:
    with Bot(timeouts={"ack_s": 1.0}) as running:
        yield running


@pytest.fixture
def talking(bot: Bot) -> Iterator[tuple[int, RawPhone]]:
    """A call that runs through the test and must not notice anything; then a new call."""
    with RawPhone() as phone:
        line = bot.connect(phone)
        yield line, phone
        talk_both_ways(bot, line, phone)
        heard = bot.ask("heard", line=line)
        assert (heard["gaps"], heard["dropped"]) == (0, 0)
        phone.bye()
        bot.wait("HungUp", line=line, by="caller")
    bot.wait_idle(deadline_s=20)
    with RawPhone() as phone:
        talk_both_ways(bot, bot.connect(phone), phone)


def settle(bot: Bot) -> None:
    """Until the endpoint has worked off what was sent to it."""
    with RawPhone() as phone:
        assert phone.options(bot.uri).status == 200


def test_mangled_invites(bot: Bot, talking: tuple[int, RawPhone]) -> None:
    chance = random.Random(SEED)
    with Burst(bot.port) as burst:
        for number in range(300):
            burst.send(damaged(burst.invitation().encode(), chance)[:60000])
            if number % 10 == 9:
                settle(bot)
        burst.answer_byes(quiet_s=1.5)  # those that were taken, but never acknowledged


def test_mangled_session_descriptions(bot: Bot, talking: tuple[int, RawPhone]) -> None:
    chance = random.Random(SEED)
    good = Sdp("127.0.0.1", 30000, ("PCMU", "PCMA")).encode()
    with Burst(bot.port) as burst:
        for _ in range(100):
            burst.offer(damaged(good, chance))


def test_mangled_rtp(bot: Bot, talking: tuple[int, RawPhone]) -> None:
    chance = random.Random(SEED)
    _, phone = talking
    good = bytes.fromhex("8000000100000000deadbeef") + bytes(160)
    for number in range(2000):
        data = chance.randbytes(chance.randint(0, 1400)) if number % 2 else damaged(good, chance)
        phone.rtp.send_raw(data)
    for event in range(256):  # telephone-events of every number and length
        phone.rtp.send_raw(bytes.fromhex("80e50001000000000000beef") + bytes([event]) * chance.randint(0, 8))
    settle(bot)


def test_garbage_over_tcp(bot: Bot, talking: tuple[int, RawPhone]) -> None:
    chance = random.Random(SEED)
    with Burst(bot.port) as burst:
        invite = burst.invitation().encode()
    for number in range(30):
        with socket.create_connection(("127.0.0.1", bot.port), timeout=5) as connection:
            data = chance.randbytes(chance.randint(1, 70000)) if number % 2 else damaged(invite, chance)
            try:
                connection.sendall(data)
            except ConnectionError:
                continue  # it has had enough of us
    settle(bot)
