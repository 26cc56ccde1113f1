"""SipEndpoint: the one owner thread of pjsua2. Settings enter; calls leave as PhoneLines."""

from __future__ import annotations

import logging
import os
import re
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Literal

import pjsua2 as pj

from ivr import config
from ivr.events import TransferOutcome
from ivr.sip.account import (
    ACCOUNT_PARAMETER,
    SipAccount,
    account_config,
    local_account_config,
    peers,
    socketless,
)
from ivr.sip.admission import SetupPace
from ivr.sip.frame_port import PortPool
from ivr.sip.leg import Leg, callback
from ivr.sip.outcome import DialOutcome, DialResult, dial_outcome
from ivr.sip.phone_line import PhoneLine

log = logging.getLogger(__name__)

LOCAL = "local"
"""name of the account that unregistered peers reach"""
SETUP_INTERVAL_S = 0.025
TRANSFER_TIMEOUT_S = 45.0
"""a transfer whose outcome was not told by then counts as not answered"""
END_TIMEOUT_S = 3.0
"""how long the far sides get to answer our BYEs at the end"""

Refusal = Literal["not_allowed", "busy", "flood", "draining"]
_REFUSALS: dict[Refusal, int] = {"not_allowed": 403, "flood": 503, "draining": 503}
"""and busy, which PJSIP answers with 486 by itself"""


class SipError(Exception):
    """The endpoint cannot do what was asked; the message names the setting or the address."""


@dataclass(frozen=True, slots=True)
class IncomingCall:
    line: PhoneLine
    sip_call_id: str
    account: str
    caller: str
    called: str


class _Endpoint(pj.Endpoint):  # type: ignore[misc]
    owner: SipEndpoint

    @callback
    def onSelectAccount(self, prm: pj.OnSelectAccountParam) -> None:
        # The only hook before PJSIP opens sockets for a call.
        self.owner.select_account(prm)

    @callback
    def onRejectedIncomingCall(self, prm: pj.OnRejectedIncomingCallParam) -> None:
        if prm.statusCode == pj.PJSIP_SC_BUSY_HERE:
            self.owner.refused("busy")


class SipEndpoint:
    """`on_call` and `on_refused` are called in the owner thread and must return at once."""

    def __init__(
        self,
        settings: config.Sip,
        *,
        port: int,
        rtp_port: int,
        on_call: Callable[[IncomingCall], None] | None = None,
        on_refused: Callable[[Refusal], None] = lambda reason: None,
        user_agent: str = "ivr",
    ) -> None:
        self.capacity: int = pj.UaConfig().maxCalls
        """calls that this build of PJSIP holds at once; the next one gets 486"""
        self.refused = on_refused
        self.ports: PortPool
        self._settings = settings
        self._port = port
        self._rtp_port = rtp_port
        self._on_call = on_call
        self._user_agent = user_agent
        self._thread = threading.Thread(target=self._own, name="sip")
        self._ready = threading.Event()
        self._failure: SipError | None = None
        self._stop = threading.Event()
        self._accepting = True
        self._jobs: deque[Callable[[], None]] = deque()
        self._setups: deque[Callable[[], None]] = deque()
        self._next_setup_s = 0.0
        self._timers: dict[tuple[int, str], tuple[float, Callable[[], None]]] = {}
        self._accounts: dict[str, SipAccount] = {}
        self._refusing: dict[Refusal, SipAccount] = {}
        """accounts for calls that are turned away; their calls take no sockets"""
        self._pace = SetupPace()
        self._legs: dict[int, Leg] = {}
        self._next_number = 0
        self._numbers = threading.Lock()

    # --- any thread ---------------------------------------------------------------------------

    def start(self) -> None:
        """Raises SipError, naming the setting, when the port is taken or a setting is wrong."""
        # With the default of 5 ms a busy Python thread delays outgoing RTP by up to 38 ms.
        sys.setswitchinterval(0.0005)
        self._thread.start()
        self._ready.wait()
        if self._failure:
            self._thread.join()
            raise self._failure

    def close(self) -> None:
        """Hang up every call and free the library; returns when the owner thread has ended."""
        self._stop.set()
        self._thread.join()

    def stop_accepting(self) -> None:
        """New calls get 503 from now on; running ones go on."""
        self._accepting = False

    def registered(self) -> dict[str, bool]:
        """Accounts with a registrar, and whether they are registered now."""
        return {name: account.registered for name, account in self._accounts.items() if account.registers}

    def dial(self, uri: str, *, account: str = LOCAL, ring_timeout_s: float | None = None) -> DialResult:
        """Call `uri` and wait for the outcome. Raises SipError for an address that is none."""
        done = threading.Event()
        results: list[DialResult | SipError] = []

        def settle(result: DialResult | SipError) -> None:
            if not results:
                results.append(result)
                done.set()

        timeout_s = ring_timeout_s if ring_timeout_s is not None else self._settings.ring_timeout_s
        self._setups.append(partial(self._dial, uri, account, timeout_s, settle))
        while not done.wait(1.0):
            if not self._thread.is_alive():
                raise SipError("the SIP endpoint was closed while it dialled")
        if isinstance(results[0], SipError):
            raise results[0]
        return results[0]

    def hang_up_leg(self, leg: int) -> None:
        self._jobs.append(partial(self._hang_up, leg, pj.PJSIP_SC_DECLINE))

    def transfer_leg(self, leg: int, uri: str) -> None:
        self._jobs.append(partial(self._transfer, leg, uri))

    def send_digits(self, leg: int, keys: str) -> None:
        """Press keys (RFC 4733)."""
        self._jobs.append(partial(self._send_digits, leg, keys))

    # --- owner thread: life of the library ------------------------------------------------------

    def _own(self) -> None:
        self._library = _Endpoint()
        self._library.owner = self
        try:
            self._open()
        except (SipError, pj.Error) as error:
            self._failure = error if isinstance(error, SipError) else SipError(error.info())
            self._library.libDestroy()
            self._ready.set()
            return
        self._ready.set()
        while not self._stop.is_set():
            self._turn()
        self._close()

    def _turn(self) -> None:
        self._library.libHandleEvents(20)
        while self._jobs:
            self._do(self._jobs.popleft())
        now = time.monotonic()
        if self._setups and now >= self._next_setup_s:
            self._next_setup_s = now + SETUP_INTERVAL_S
            self._do(self._setups.popleft())
        for key, (due, job) in list(self._timers.items()):
            if now >= due:
                del self._timers[key]
                self._do(job)

    def _do(self, job: Callable[[], None]) -> None:
        try:
            job()
        except pj.Error as error:  # the call ended in the meantime, or the far side misbehaves
            log.warning("SIP request failed: %s", error.info())

    def _open(self) -> None:
        library, settings = self._library, self._settings
        with _silenced_stdout():  # libCreate prints before the log level can be set
            library.libCreate()
        library.libInit(self._endpoint_config())
        for name in settings.transports:
            transport = pj.TransportConfig()
            transport.port, transport.boundAddress = self._port, settings.host
            transport.publicAddress = settings.public_host
            kind = pj.PJSIP_TRANSPORT_UDP if name == "udp" else pj.PJSIP_TRANSPORT_TCP
            try:
                library.transportCreate(kind, transport)
            except pj.Error as error:
                raise SipError(
                    f"cannot listen on {name} {settings.host}:{self._port}: {error.reason}. "
                    "Is another SIP server running? Change sip.port or sip.host in config.yaml"
                ) from error
        library.libStart()
        library.audDevManager().setNullDev()
        priorities = {name: 255 - place for place, name in enumerate(settings.codecs)}
        for codec in library.codecEnum2():
            library.codecSetPriority(codec.codecId, priorities.get(codec.codecId.split("/")[0], 0))
        self.ports = PortPool(self.capacity + 2)
        self._open_accounts()

    def _endpoint_config(self) -> pj.EpConfig:
        settings = pj.EpConfig()
        settings.logConfig.level = settings.logConfig.consoleLevel = (
            4 if log.isEnabledFor(logging.DEBUG) else 0
        )
        settings.uaConfig.threadCnt = 0
        settings.uaConfig.userAgent = self._user_agent
        media = settings.medConfig
        media.clockRate = media.sndClockRate = 8000
        media.audioFramePtime = 20
        media.ecTailLen = 0
        media.noVad = True
        media.jbInit, media.jbMinPre, media.jbMaxPre, media.jbMax = 0, 0, 60, 200
        return settings

    def _open_accounts(self) -> None:
        settings = self._settings
        media = (settings.host, self._rtp_port)
        local = local_account_config(settings, self._port, media)
        self._accounts[LOCAL] = self._open_account(LOCAL, local, settings.allow)
        for trunk in settings.accounts:
            self._accounts[trunk.name] = self._open_account(
                trunk.name, account_config(settings, trunk, media), peers(trunk), bool(trunk.registrar)
            )
        for refusal in _REFUSALS:
            self._refusing[refusal] = self._open_account(refusal, socketless(settings, self._port), ())
        self._accounts[LOCAL].setDefault()

    def _open_account(
        self, name: str, settings: pj.AccountConfig, allow: Iterable[str], registers: bool = False
    ) -> SipAccount:
        account = SipAccount(name, self._incoming, allow, registers)
        try:
            account.create(settings)
        except pj.Error as error:
            raise SipError(f"sip.accounts '{name}': {error.reason}") from error
        return account

    def _close(self) -> None:
        self._accepting = False
        self._setups.clear()
        for account in self._accounts.values():
            account.unregister()
        for number, leg in list(self._legs.items()):
            if leg.line:
                leg.line.ends_here()
            self._hang_up(number, pj.PJSIP_SC_DECLINE)
        deadline = time.monotonic() + END_TIMEOUT_S
        while time.monotonic() < deadline and (self._legs or any(self.registered().values())):
            self._library.libHandleEvents(20)
        for leg in list(self._legs.values()):  # the far side never answered our BYE
            if leg.line:
                leg.line.ended(pj.PJSIP_SC_REQUEST_TIMEOUT)
            leg.__swig_destroy__(leg)
        self._legs.clear()
        self.ports.destroy()
        for account in (*self._accounts.values(), *self._refusing.values()):
            account.shutdown()
        self._library.libDestroy()

    # --- owner thread: calls ----------------------------------------------------------------------

    def _number(self) -> int:
        with self._numbers:
            self._next_number += 1
            return self._next_number

    def select_account(self, prm: pj.OnSelectAccountParam) -> None:
        source = prm.rdata.srcAddress
        account = self._addressed(_request_uri(prm.rdata), source)
        refusal: Refusal | None = None
        if not account.allows(source):
            refusal = "not_allowed"
        elif not self._accepting or not self._on_call:
            refusal = "draining"
        elif not self._pace.has_room(time.monotonic()):
            refusal = "flood"
        prm.accountIndex = (self._refusing[refusal] if refusal else account).getId()

    def _addressed(self, request_uri: str, source: str) -> SipAccount:
        """The trunk named in the contact that we registered, or a trunk that allows the source,
        or the account of unregistered peers."""
        if (named := re.search(rf";{ACCOUNT_PARAMETER}=([^;>\s]+)", request_uri)) and (
            account := self._accounts.get(named.group(1))
        ):
            return account
        trunks = (a for a in self._accounts.values() if a.name != LOCAL and a.allows(source))
        return (
            self._accounts[LOCAL]
            if self._accounts[LOCAL].allows(source)
            else next(trunks, self._accounts[LOCAL])
        )

    def _incoming(self, account: SipAccount, prm: pj.OnIncomingCallParam) -> None:
        leg = Leg(self, account, self._number(), prm.callId)
        self._legs[leg.number] = leg
        if refusal := next((name for name, other in self._refusing.items() if other is account), None):
            log.warning("refused a call from %s: %s", prm.rdata.srcAddress, refusal)
            self.refused(refusal)
            self._jobs.append(partial(self._hang_up, leg.number, _REFUSALS[refusal]))
            return
        assert self._on_call
        info = leg.getInfo()
        leg.line = PhoneLine(leg.number, self)
        call = IncomingCall(
            line=leg.line,
            sip_call_id=info.callIdString,
            account=account.name,
            caller=_user(info.remoteUri),
            called=_user(_request_uri(prm.rdata)),
        )
        self._on_call(call)
        self._setups.append(partial(self._answer, leg.number))

    def _answer(self, number: int) -> None:
        if leg := self._legs.get(number):
            leg.answer(_operation(200))

    def _hang_up(self, number: int, status: int) -> None:
        if leg := self._legs.get(number):
            leg.hangup(_operation(status))

    def _transfer(self, number: int, uri: str) -> None:
        leg = self._legs.get(number)
        if not leg or not leg.line:
            return
        line = leg.line
        self._timers[number, "transfer"] = (
            time.monotonic() + TRANSFER_TIMEOUT_S,
            partial(line.transfer_ended, TransferOutcome.NO_ANSWER, 408),
        )
        try:
            leg.xfer(uri, pj.CallOpParam())
        except pj.Error as error:
            log.warning("cannot transfer to %s: %s", uri, error.info())
            line.transfer_ended(TransferOutcome.UNREACHABLE, 0)

    def _send_digits(self, number: int, keys: str) -> None:
        if leg := self._legs.get(number):
            leg.dialDtmf(keys)

    def _dial(
        self, uri: str, account: str, timeout_s: float, settle: Callable[[DialResult | SipError], None]
    ) -> None:
        if account not in self._accounts:
            settle(SipError(f"no account '{account}' in sip.accounts"))
            return
        number = self._number()
        line = PhoneLine(number, self)

        def answered() -> None:
            self._timers.pop((number, "ring"), None)
            settle(DialResult(DialOutcome.ANSWERED, 200, "OK", line))

        def ended(status: int, reason: str) -> None:
            self._timers.pop((number, "ring"), None)
            settle(DialResult(dial_outcome(status, leg.rang), status, reason, None))

        def not_answered() -> None:
            settle(
                DialResult(DialOutcome.NO_ANSWER if leg.rang else DialOutcome.UNREACHABLE, 0, "timeout", None)
            )
            self._hang_up(number, 0)

        leg = Leg(self, self._accounts[account], number, on_answer=answered, on_end=ended)
        leg.line = line
        self._legs[number] = leg
        try:
            leg.makeCall(uri, pj.CallOpParam(True))
        except pj.Error as error:
            self._legs.pop(number, None)
            settle(SipError(f"cannot call {uri}: {error.reason}"))
            return
        self._timers[number, "ring"] = (time.monotonic() + timeout_s, not_answered)

    def leg_ended(self, leg: Leg) -> None:
        """A call is over (called by the leg): its number and its port are free again."""
        self._legs.pop(leg.number, None)
        self._timers.pop((leg.number, "transfer"), None)
        if leg.port:
            port, leg.port = leg.port, None
            self.ports.give_back(port)


def _operation(status: int) -> pj.CallOpParam:
    operation = pj.CallOpParam()
    operation.statusCode = status
    return operation


def _request_uri(received: pj.SipRxData) -> str:
    return str(received.wholeMsg).split(" SIP/2.0", 1)[0]


def _user(uri: str) -> str:
    match = re.search(r"sips?:([^@;>\s]+)@", uri)
    return match.group(1) if match else ""


@contextmanager
def _silenced_stdout() -> Iterator[None]:
    sys.stdout.flush()
    saved, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    try:
        yield
    finally:
        os.dup2(saved, 1)
        os.close(saved)
        os.close(nowhere)
