"""Calls: every leg of the endpoint, its timers and its paced set-up. Owner thread only."""

from __future__ import annotations

import logging
import re
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import pjsua2 as pj

from ivr.events import TransferOutcome
from ivr.sip.account import SipAccount
from ivr.sip.frame_port import PortPool
from ivr.sip.gate import REFUSALS, Gate, Refusal, request_uri
from ivr.sip.leg import Leg
from ivr.sip.outcome import DialOutcome, DialResult, SipError, dial_outcome
from ivr.sip.phone_line import LegControl, PhoneLine

log = logging.getLogger(__name__)

SETUP_INTERVAL_S = 0.025
"""between two calls that we take or make: each needs sockets, and PJSIP's select loop has 64"""

_ETOOMANY = 70010
"""PJ_ETOOMANY of pj/errno.h, which the wheel does not export"""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """What PJSIP would wait half a minute for, or for ever."""

    transfer_s: float = 45.0
    """a transfer whose outcome was not told by then counts as not answered"""
    ack_s: float = 8.0
    """an answered call whose ACK and media have not come by then is given up"""
    end_s: float = 3.0
    """at the end: how long the far sides get to answer our BYEs"""


@dataclass(frozen=True, slots=True)
class IncomingCall:
    line: PhoneLine
    sip_call_id: str
    account: str
    caller: str
    called: str


class Calls:
    def __init__(
        self,
        gate: Gate,
        control: LegControl,
        timeouts: Timeouts,
        on_call: Callable[[IncomingCall], None] | None,
        on_refused: Callable[[Refusal], None],
    ) -> None:
        self.ports = PortPool()
        self.legs: dict[int, Leg] = {}
        self.timers: dict[tuple[int, str], tuple[float, Callable[[], None]]] = {}
        self.jobs: deque[Callable[[], None]] = deque()
        """to do as soon as the owner thread comes by; any thread may append"""
        self.setups: deque[Callable[[], None]] = deque()
        """calls to take or to make, one after the other; any thread may append"""
        self._gate, self._control, self._timeouts = gate, control, timeouts
        self._on_call, self._on_refused = on_call, on_refused
        self._next_setup_s = 0.0
        self._last_number = 0

    def work(self) -> None:
        """Do what is due now: jobs, the next set-up, and timers that have run out."""
        while self.jobs:
            _do(self.jobs.popleft())
        now = time.monotonic()
        if self.setups and now >= self._next_setup_s:
            self._next_setup_s = now + SETUP_INTERVAL_S
            _do(self.setups.popleft())
        for key, (due_s, job) in list(self.timers.items()):
            if now >= due_s:
                del self.timers[key]
                _do(job)

    # --- calls that come ------------------------------------------------------------------------

    def incoming(self, account: SipAccount, prm: pj.OnIncomingCallParam) -> None:
        number = self._number()
        leg = Leg(self, account, number, prm.callId, on_answer=partial(self._settle, number, "ack"))
        self.legs[number] = leg
        if refusal := self._gate.refusal(account):
            hint = " (sip.allow names who may call)" if refusal == "not_allowed" else ""
            log.warning("refused a call from %s: %s%s", prm.rdata.srcAddress, refusal, hint)
            self._on_refused(refusal)
            # At once: even a call that will be refused takes one of PJSIP's places.
            leg.hangup(_operation(REFUSALS[refusal]))
            return
        assert self._on_call
        info = leg.getInfo()
        leg.line = PhoneLine(leg.number, self._control)
        call = IncomingCall(
            line=leg.line,
            sip_call_id=info.callIdString,
            account=account.name,
            caller=_user(info.remoteUri),
            called=_user(request_uri(prm.rdata)),
        )
        self._on_call(call)
        self.setups.append(partial(self._answer, leg.number))

    def _answer(self, number: int) -> None:
        if leg := self.legs.get(number):
            self.timers[number, "ack"] = (
                time.monotonic() + self._timeouts.ack_s,
                partial(self._not_acknowledged, number),
            )
            leg.answer(_operation(200))

    def _not_acknowledged(self, number: int) -> None:
        log.warning("call %d: no ACK to our answer", number)
        self.hang_up(number, pj.PJSIP_SC_REQUEST_TIMEOUT)

    # --- calls that we make -----------------------------------------------------------------------

    def dial(
        self, uri: str, account: str, timeout_s: float, settle: Callable[[DialResult | SipError], None]
    ) -> None:
        """`settle` may be called more than once; the first time counts."""
        if not (own := self._gate.account(account)):
            settle(SipError(f"no account '{account}' in sip.accounts"))
            return
        if not _is_sip_uri(uri):
            settle(SipError(f"cannot call {uri!r}: no SIP address"))
            return
        number = self._number()
        line = PhoneLine(number, self._control)

        def answered() -> None:
            self._settle(number, "ring")
            settle(DialResult(DialOutcome.ANSWERED, 200, "OK", line, leg.getInfo().callIdString))

        def ended(status: int, reason: str) -> None:
            self._settle(number, "ring")
            settle(DialResult(dial_outcome(status, leg.rang), status, reason, None))

        def not_answered() -> None:
            outcome = DialOutcome.NO_ANSWER if leg.rang else DialOutcome.UNREACHABLE
            settle(DialResult(outcome, 0, "timeout", None))
            self.hang_up(number, 0)

        leg = Leg(self, own, number, on_answer=answered, on_end=ended)
        leg.line = line
        self.legs[number] = leg
        try:
            leg.makeCall(uri, pj.CallOpParam(True))
        except pj.Error as error:
            self.legs.pop(number, None)
            # A call that the far side never answers keeps its place in PJSIP for 32 s after our hang-up.
            full = error.status == _ETOOMANY
            settle(SipError(f"cannot call {uri}: {'all lines are in use' if full else error.reason}"))
            return
        self.timers[number, "ring"] = (time.monotonic() + timeout_s, not_answered)

    # --- calls that run -----------------------------------------------------------------------------

    def hang_up(self, number: int, status: int) -> None:
        if leg := self.legs.get(number):
            leg.hangup(_operation(status))

    def send_digits(self, number: int, keys: str) -> None:
        if leg := self.legs.get(number):
            leg.dialDtmf(keys)

    def transfer(self, number: int, uri: str) -> None:
        leg = self.legs.get(number)
        if not leg or not leg.line:
            return
        line = leg.line
        if not _is_sip_uri(uri):  # xfer would send it all the same
            log.warning("cannot transfer to %r: no SIP URI", uri)
            line.transfer_ended(TransferOutcome.UNREACHABLE, 0)
            return
        self.timers[number, "transfer"] = (
            time.monotonic() + self._timeouts.transfer_s,
            partial(line.transfer_ended, TransferOutcome.NO_ANSWER, 408),
        )
        try:
            leg.xfer(uri, pj.CallOpParam())
        except pj.Error as error:
            log.warning("cannot transfer to %s: %s", uri, error.info())
            line.transfer_ended(TransferOutcome.UNREACHABLE, 0)

    def leg_ended(self, leg: Leg) -> None:
        """A call is over (called by the leg): its number and its port are free again."""
        self.legs.pop(leg.number, None)
        self._settle(leg.number, "ack")
        self._settle(leg.number, "transfer")
        if leg.port:
            port, leg.port = leg.port, None
            self.ports.give_back(port)

    # --- the end of all -------------------------------------------------------------------------------

    def hang_up_all(self) -> None:
        self.setups.clear()
        for number, leg in list(self.legs.items()):
            if leg.line:
                leg.line.ends_here()
            self.hang_up(number, pj.PJSIP_SC_DECLINE)

    def abandon_all(self) -> None:
        """For the legs whose far side never answered our BYE."""
        for leg in list(self.legs.values()):
            if leg.line:
                leg.line.ended(pj.PJSIP_SC_REQUEST_TIMEOUT)
            leg.__swig_destroy__(leg)
        self.legs.clear()

    def _settle(self, number: int, timer: str) -> None:
        self.timers.pop((number, timer), None)

    def _number(self) -> int:
        self._last_number += 1
        return self._last_number


def _do(job: Callable[[], None]) -> None:
    try:
        job()
    except pj.Error as error:  # the call ended in the meantime, or the far side misbehaves
        log.warning("SIP request failed: %s", error.info())


def _operation(status: int) -> pj.CallOpParam:
    operation = pj.CallOpParam()
    operation.statusCode = status
    return operation


def _is_sip_uri(uri: str) -> bool:
    # PJSIP lets a line break pass, and with it a header of somebody's choice.
    return uri.isprintable() and pj.Endpoint.instance().utilVerifySipUri(uri) == pj.PJ_SUCCESS


def _user(uri: str) -> str:
    match = re.search(r"sips?:([^@;>\s]+)@", uri)
    return match.group(1) if match else ""
