"""Gate: every account of the endpoint. An INVITE enters; the account that takes it leaves, or the
one that turns it away."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from typing import Literal

import pjsua2 as pj

from ivr import config
from ivr.sip.account import (
    ACCOUNT_PARAMETER,
    SipAccount,
    account_config,
    local_account_config,
    peers,
    socketless,
)
from ivr.sip.admission import SetupPace
from ivr.sip.outcome import SipError

LOCAL = "local"
"""name of the account that unregistered peers reach"""

Refusal = Literal["not_allowed", "busy", "flood", "draining"]
REFUSALS: dict[Refusal, int] = {"not_allowed": 403, "flood": 503, "draining": 503}
"""and busy, which PJSIP answers with 486 by itself"""

OnIncoming = Callable[[SipAccount, pj.OnIncomingCallParam], None]


class Gate:
    """Owner thread only, but for `registered` and `accepting`."""

    def __init__(self, accepting: bool) -> None:
        self.accepting = accepting
        self._accounts: dict[str, SipAccount] = {}
        self._refusing: dict[Refusal, SipAccount] = {}
        """accounts for calls that are turned away; their calls take no sockets"""
        self._pace = SetupPace()

    def open(self, settings: config.Sip, port: int, rtp_port: int, on_incoming: OnIncoming) -> None:
        media = (settings.host, rtp_port)

        def opened(
            name: str, account: pj.AccountConfig, allow: Iterable[str], registers: bool = False
        ) -> SipAccount:
            made = SipAccount(name, on_incoming, allow, registers)
            try:
                made.create(account)
            except pj.Error as error:
                raise SipError(f"sip.accounts '{name}': {error.reason}") from error
            return made

        self._accounts[LOCAL] = opened(LOCAL, local_account_config(settings, port, media), settings.allow)
        for trunk in settings.accounts:
            self._accounts[trunk.name] = opened(
                trunk.name, account_config(settings, trunk, media), peers(trunk), bool(trunk.registrar)
            )
        for refusal in REFUSALS:
            self._refusing[refusal] = opened(refusal, socketless(settings, port), ())
        self._accounts[LOCAL].setDefault()

    def account(self, name: str) -> SipAccount | None:
        return self._accounts.get(name)

    def registered(self) -> dict[str, bool]:
        return {name: account.registered for name, account in self._accounts.items() if account.registers}

    def unregister(self) -> None:
        for account in self._accounts.values():
            account.unregister()

    def shutdown(self) -> None:
        for account in (*self._accounts.values(), *self._refusing.values()):
            account.shutdown()

    def select(self, prm: pj.OnSelectAccountParam) -> None:
        source = prm.rdata.srcAddress
        account = self._addressed(request_uri(prm.rdata), source)
        refusal: Refusal | None = None
        if not account.allows(source):
            refusal = "not_allowed"
        elif not self.accepting:
            refusal = "draining"
        elif not self._pace.has_room(time.monotonic()):
            refusal = "flood"
        prm.accountIndex = (self._refusing[refusal] if refusal else account).getId()

    def refusal(self, account: SipAccount) -> Refusal | None:
        """Why the calls of that account are turned away; None for a true account."""
        return next((name for name, other in self._refusing.items() if other is account), None)

    def _addressed(self, uri: str, source: str) -> SipAccount:
        """The trunk named in the contact that we registered, or the account of unregistered peers,
        or a trunk that allows the source."""
        local = self._accounts[LOCAL]
        if (named := re.search(rf";{ACCOUNT_PARAMETER}=([^;>\s]+)", uri)) and (
            account := self._accounts.get(named.group(1))
        ):
            return account
        if local.allows(source):
            return local
        return next((a for a in self._accounts.values() if a.allows(source)), local)


def request_uri(received: pj.SipRxData) -> str:
    return str(received.wholeMsg).split(" SIP/2.0", 1)[0]
