"""What happens in a call enters as kind and data; numbered journal entries and the call's record,
derived from those same entries, leave for the journal's queue."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from ivr.events import JournalEntry, Kind

FRAME = timedelta(milliseconds=20)

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Opened:
    row: Row


@dataclass(frozen=True, slots=True)
class Written:
    row: Row
    """`data` is JSON text already"""


@dataclass(frozen=True, slots=True)
class Closed:
    call: str
    row: Row


Item = Opened | Written | Closed
"""What waits in the journal's queue."""


class Record:
    """The call record's columns, derived from the entries of its journal and from nothing else."""

    def __init__(self) -> None:
        self.frames = self.status = self.turns = self.barge_ins = self.no_matches = 0
        self.outcome = self.ended_by = self.transfer_to = self.transfer_outcome = ""
        self.ended = False

    def add(self, at: int, kind: Kind, data: dict[str, Any]) -> None:
        self.frames = max(self.frames, at)
        match kind:
            case Kind.TRANSCRIPT | Kind.KEYS:
                self.turns += 1
            case Kind.BARGE_IN:
                self.barge_ins += 1
            case Kind.NO_MATCH:
                self.no_matches += 1
            case Kind.TRANSFER:
                self.transfer_to, self.transfer_outcome = str(data["to"]), ""
            case Kind.TRANSFER_ENDED:
                self.transfer_outcome = str(data["outcome"])
            case Kind.CALL_ENDED:
                self.outcome, self.ended_by = str(data["outcome"]), str(data["by"])
                self.status, self.frames = int(data["status"]), int(data["frames"])
                self.ended = True

    def row(self) -> Row:
        return {
            "frames": self.frames,
            "outcome": storable(self.outcome),
            "ended_by": storable(self.ended_by),
            "status": self.status,
            "transfer_to": storable(self.transfer_to),
            "transfer_outcome": storable(self.transfer_outcome),
            "turns": self.turns,
            "barge_ins": self.barge_ins,
            "no_matches": self.no_matches,
        }


def ended_without_word(record: Record, outcome: str) -> dict[str, Any]:
    """Data of the `call.ended` that we write for a call that could not write its own."""
    return {
        "outcome": outcome,
        "by": "error",
        "status": 0,
        "frames": record.frames,
        "frames_late": 0,
        "queue_drops": 0,
    }


def storable(text: str) -> str:
    """Mangled SIP may carry what PostgreSQL refuses in a text: NUL and halves of surrogate pairs."""
    return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")


def to_json(data: dict[str, Any]) -> str:
    """Plain ASCII, so that NUL and lone surrogates survive in any database. Raises TypeError or
    ValueError for what JSON cannot hold."""
    return json.dumps(data, allow_nan=False, separators=(",", ":"))


class CallJournal:
    """The journal of one call; used by the call's own thread only. Never waits for the disk.

    `call.started` is written by `Journal.open_call`; writing `call.ended` ends the journal and
    completes the call record.
    """

    def __init__(
        self,
        call: str,
        put: Callable[[Item, bool], bool],
        observe: Callable[[JournalEntry], None],
    ) -> None:
        self.call = call
        self.lost = 0
        """entries that found the queue full: their numbers are missing in the stored journal"""
        self._put = put
        self._observe = observe
        self._seq = 0
        self._record = Record()

    def write(self, at: int, kind: Kind, data: dict[str, Any]) -> None:
        """One entry; `at` in frames since answer. The database's troubles do not reach the caller.

        Raises RuntimeError after `call.ended`, TypeError or ValueError for data that JSON cannot
        hold and KeyError for data without the keys that the call record is made of.
        """
        if self._record.ended:
            raise RuntimeError(f"call {self.call}: '{kind}' after call.ended")
        text = to_json(data)
        self._record.add(at, kind, data)
        entry = JournalEntry(self.call, self._seq, at, kind, data)
        row = {"call": self.call, "seq": self._seq, "at": int(at), "kind": kind.value, "data": text}
        self._seq += 1
        if not self._put(Written(row), kind in (Kind.CALL_STARTED, Kind.CALL_ENDED)):
            self.lost += 1
        if self._record.ended:
            row = {**self._record.row(), "ended_at": datetime.now(UTC), "journal_lost": self.lost}
            self._put(Closed(self.call, row), True)
        self._observe(entry)

    def close(self) -> None:
        """Make sure that the journal has its end: with outcome `error` if the call wrote none."""
        if not self._record.ended:
            self.write(self._record.frames, Kind.CALL_ENDED, ended_without_word(self._record, "error"))
