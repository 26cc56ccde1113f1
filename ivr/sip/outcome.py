"""SIP status codes enter; what became of a call leaves (RFC 3261, section 21)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ivr.events import TransferOutcome
from ivr.sip.phone_line import PhoneLine


class SipError(Exception):
    """The endpoint cannot do what was asked; the message names the setting or the address."""


class DialOutcome(StrEnum):
    ANSWERED = "answered"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class DialResult:
    outcome: DialOutcome
    status: int
    """final SIP status; 0 where none came"""
    reason: str
    line: PhoneLine | None
    """only when answered"""
    sip_call_id: str = ""


_BUSY = {486, 600}
_NO_ANSWER = {480, 487}
_UNREACHABLE = {0, 301, 302, 305, 404, 408, 410, 416, 482, 483, 484, 485, 502, 503, 504, 604}


def dial_outcome(status: int, rang: bool) -> DialOutcome:
    """`rang`: a provisional response came, so a time-out means that nobody picked up."""
    if 200 <= status < 300:
        return DialOutcome.ANSWERED
    if status in _BUSY:
        return DialOutcome.BUSY
    if status in _NO_ANSWER or (status == 408 and rang):
        return DialOutcome.NO_ANSWER
    if status in _UNREACHABLE:
        return DialOutcome.UNREACHABLE
    return DialOutcome.REFUSED


def transfer_outcome(status: int) -> TransferOutcome:
    outcome = dial_outcome(status, rang=True)
    if outcome is DialOutcome.ANSWERED:
        return TransferOutcome.COMPLETED
    return TransferOutcome(outcome.value)
