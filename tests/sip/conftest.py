"""A bot and a telephone for each test of the SIP room."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.peers.raw_phone import RawPhone
from tests.sip.bot import Bot


@pytest.fixture(scope="session")
def shared_bot() -> Iterator[Bot]:
    """One bot for many tests, so that each also shows that those before it did no harm."""
    with Bot(session_expires_s=90, timeouts={"ack_s": 2.0, "transfer_s": 1.0}) as running:
        yield running


@pytest.fixture
def bot(shared_bot: Bot) -> Iterator[Bot]:
    """The shared one, idle before and after."""
    yield shared_bot
    shared_bot.do("on_answer")
    shared_bot.wait_idle()


@pytest.fixture
def phone() -> Iterator[RawPhone]:
    with RawPhone() as peer:
        yield peer
