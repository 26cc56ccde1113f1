"""Where a conversation stands: all that the engine knows of a call, as one frozen value."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from ivr.events import KeysEntered, NoInput, RecogniserLost, Transcript, TransferEnded
from ivr.flow.actions import Listen, Say

Value = str | int | Decimal | bool | date

FlowEvent = Transcript | KeysEntered | NoInput | TransferEnded | RecogniserLost


class Phase(StrEnum):
    LISTENING = "listening"
    CONFIRMING = "confirming"
    """the caller is asked whether `pending` is right"""
    TRANSFERRING = "transferring"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class State:
    today: date
    step: str = ""
    phase: Phase = Phase.LISTENING
    values: tuple[tuple[str, Any], ...] = field(default=(), repr=False)
    """what was set and answered so far; may hold secrets, so it is never shown"""
    pending: Value | None = field(default=None, repr=False)
    """an answer that is not confirmed yet"""
    visits: tuple[tuple[str, int], ...] = field(default=(), repr=False)
    no_match: int = 0
    """failures in a row at this question"""
    no_input: int = 0
    refused: int = 0
    """how often the caller said no to the read-back"""
    given_up: int = 0
    """questions given up since something was last understood"""
    broken: bool = False
    """an error of the flow has happened already"""
    question: tuple[Say, ...] = field(default=(), repr=False)
    """what `repeat` says again"""
    listen: Listen | None = field(default=None, repr=False)
