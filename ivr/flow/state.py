"""Where a conversation stands: all that the engine knows of a call, as one frozen value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, Literal

from ivr.events import (
    KeysEntered,
    MessageRecorded,
    NoInput,
    RecogniserLost,
    RequestEnded,
    Transcript,
    TransferEnded,
)
from ivr.flow.actions import Listen, Say
from ivr.flow.match import Match

FlowEvent = (
    Transcript | KeysEntered | NoInput | TransferEnded | RecogniserLost | RequestEnded | MessageRecorded
)

Values = tuple[tuple[str, Any], ...]
"""(name, value); may hold secrets, so it is never shown"""


class Phase(StrEnum):
    LISTENING = "listening"
    CONFIRMING = "confirming"
    """the caller is asked whether `pending` is right"""
    UNSURE = "unsure"
    """the caller is asked whether `meaning` is meant"""
    CALLING = "calling"
    """another system is asked"""
    TRANSFERRING = "transferring"
    RECORDING = "recording"
    """the caller leaves a message"""
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Caller:
    """A flow that waits while another one, called from it, runs."""

    flow: str
    step: str
    values: Values = field(repr=False)
    trail: tuple[str, ...]
    back: Literal["next", "again", "question"]
    """what comes when the other ends: the step after, the same step anew, or its question where it
    stood"""
    phase: Phase = Phase.LISTENING
    pending: Any = field(default=None, repr=False)
    question: tuple[Say, ...] = field(default=(), repr=False)
    checking: tuple[int, int, int] = (0, 0, 0)
    """factor, passed and wrong of an identity check"""


@dataclass(frozen=True)  # without slots: see `changed`
class State:
    today: date
    flow: str = ""
    step: str = ""
    phase: Phase = Phase.LISTENING
    values: Values = field(default=(), repr=False)
    """what was set and answered so far in this flow"""
    shared: Values = field(default=(), repr=False)
    """what all flows of the call know"""
    early: Values = field(default=(), repr=False)
    """answers to questions that have not been put yet"""
    stack: tuple[Caller, ...] = ()
    """the flows that called this one, the first of the call first"""
    trail: tuple[str, ...] = ()
    """questions answered in this flow"""
    pending: Any = field(default=None, repr=False)
    """an answer that is not confirmed yet"""
    meaning: Match | None = field(default=None, repr=False)
    visits: tuple[tuple[str, int], ...] = field(default=(), repr=False)
    """by flow.step"""
    no_match: int = 0
    """failures in a row at this question"""
    no_input: int = 0
    refused: int = 0
    """how often the caller said no to the read-back, or gave an answer that does not do"""
    given_up: int = 0
    """questions given up since something was last understood"""
    factor: int = 0
    """of an identity check: which one is asked for"""
    passed: int = 0
    """of an identity check: what the passed factors are worth"""
    wrong: int = 0
    """of an identity check: answers that were not right"""
    request: int = 0
    """number of the last request to another system"""
    ran: int = 0
    """steps since the caller was heard"""
    slow: bool = False
    """the caller asked to be spoken to slowly"""
    broken: bool = False
    """an error of the flow has happened already"""
    question: tuple[Say, ...] = field(default=(), repr=False)
    """what `repeat` says again"""
    listen: Listen | None = field(default=None, repr=False)

    def changed(self, changes: Mapping[str, Any]) -> State:
        """As dataclasses.replace, in a tenth of its time: a turn changes the state a dozen times."""
        if not changes.keys() <= self.__dict__.keys():
            raise TypeError(f"a state has no {', '.join(changes.keys() - self.__dict__.keys())}")
        made = object.__new__(State)
        made.__dict__.update(self.__dict__)
        made.__dict__.update(changes)
        return made
