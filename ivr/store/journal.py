"""Calls' journal entries enter a bounded queue; one writer thread a process stores them.

    CallJournal.write (call's thread) --> queue --> writer thread --> one transaction a batch
                 |
                 +--> observers (call's thread)

A call never waits: if the database is away so long that the queue is full, entries are dropped
and counted, and their missing numbers show the gap in the stored journal.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import islice
from types import TracebackType
from typing import Self

from sqlalchemy.exc import SQLAlchemyError

from ivr.events import CallFacts, JournalEntry, Kind
from ivr.store import batch, recovery
from ivr.store.call_journal import CallJournal, Item, Opened, Record, Written, storable
from ivr.store.database import connect, reason, shown

GATHER_S = 0.1
"""how long entries wait for company before a commit"""
BATCH_ITEMS = 500
RESERVE = 0.1
"""room beyond the capacity for beginnings and ends of calls, so that call records survive longer"""
RETRY_FIRST_S, RETRY_MOST_S, RETRY_CLOSING_S = 0.1, 5.0, 0.2

Observer = Callable[[JournalEntry], None]

log = logging.getLogger(__name__)


class Journal:
    """The store of all calls of one process. Thread-safe.

    observers   called with every entry in the thread of its call; must be quick. One that raises
                is logged and not called again
    capacity    entries kept in memory while the database cannot be written
    on_lost     told how many entries were dropped just now; from any thread

    Raises StoreError if the database cannot be used.
    """

    def __init__(
        self,
        url: str,
        observers: Sequence[Observer] = (),
        capacity: int = 10_000,
        on_lost: Callable[[int], None] = lambda count: None,
    ) -> None:
        self.lost = 0
        """entries dropped since start"""
        self._engine = connect(url)
        self._observers = tuple(observers)
        self._capacity = capacity
        self._on_lost = on_lost
        self._queue: deque[Item] = deque()
        self._changed = threading.Condition()
        self._accepted = self._finished = 0
        self._flushing = 0
        self._closing = self._abandoned = self._full = False
        self._writer = threading.Thread(target=self._run, name="journal", daemon=True)
        self._writer.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def open_call(
        self, facts: CallFacts, flow: str, flow_version: str, language: str, recording: str = ""
    ) -> CallJournal:
        """Begin a call's record and journal; writes `call.started` as entry 0.

        recording   where the call's recording will be, empty for none
        """
        started = {
            "sip_call_id": facts.sip_call_id,
            "node": facts.node,
            "account": facts.account,
            "caller": facts.caller,
            "called": facts.called,
            "direction": facts.direction,
            "flow": flow,
            "flow_version": flow_version,
            "language": language,
        }
        row = {
            **{name: storable(value) for name, value in started.items()},
            **Record().row(),
            "id": facts.call,
            "started_at": datetime.now(UTC),
            "ended_at": None,
            "recording": storable(recording),
            "journal_lost": 0,
        }
        accepted = self._put(Opened(row), True)
        # entries without their call's record could never be found or deleted again: none at all
        call = CallJournal(facts.call, self._put if accepted else self._refuse, self._observe)
        call.write(0, Kind.CALL_STARTED, started)
        return call

    def recover(self, node: str) -> int:
        """End the calls that this node left open when it died, with outcome `lost`: how many.

        To be called before the node's first call; a node's name must be its own in the store.
        Raises StoreError.
        """
        ended = recovery.end_lost_calls(self._engine, node)
        for entry in ended:
            self._observe(entry)
        if ended:
            log.warning("%d calls of node %s were cut off when it died: outcome 'lost'", len(ended), node)
        return len(ended)

    def flush(self, deadline_s: float = 5.0) -> bool:
        """Wait until all that was written so far is committed (or given up); False if too late."""
        with self._changed:
            target = self._accepted
            self._flushing += 1
            self._changed.notify_all()
            done = self._changed.wait_for(lambda: self._finished >= target, deadline_s)
            self._flushing -= 1
            return done

    def close(self, deadline_s: float = 5.0) -> int:
        """Store what waits and end the writer; gives the number of entries lost since start.

        Entries written afterwards are counted as lost.
        """
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._writer.join(deadline_s)
        with self._changed:
            self._abandoned = True
            self._changed.notify_all()
            left = sum(isinstance(item, Written) for item in self._queue)
            self._queue.clear()
        if left:
            log.error("journal: %d entries could not be stored before the end", left)
            self._count_lost(left)
        self._engine.dispose()
        return self.lost

    # --- calls' threads ----------------------------------------------------------------------

    def _put(self, item: Item, essential: bool) -> bool:
        with self._changed:
            limit = self._capacity * (1 + RESERVE) if essential else self._capacity
            accepted = not self._closing and len(self._queue) < limit
            first_drop = not accepted and not self._closing and not self._full
            if accepted:
                self._queue.append(item)
                self._accepted += 1
                self._changed.notify_all()
            self._full = self._full or first_drop
        if first_drop:
            log.error("journal: %d entries wait for the database: dropping new ones", self._capacity)
        if not accepted and isinstance(item, Written):
            self._count_lost(1)
        return accepted

    def _refuse(self, item: Item, essential: bool) -> bool:
        if isinstance(item, Written):
            self._count_lost(1)
        return False

    def _count_lost(self, count: int) -> None:
        with self._changed:
            self.lost += count
        self._on_lost(count)

    def _observe(self, entry: JournalEntry) -> None:
        for observer in self._observers:
            try:
                observer(entry)
            except Exception:
                log.exception("journal: observer %r failed on '%s' and is switched off", observer, entry.kind)
                self._observers = tuple(other for other in self._observers if other is not observer)

    # --- writer thread -----------------------------------------------------------------------

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._queue or self._closing)
                if not self._queue:
                    return
                self._changed.wait_for(self._hurry, GATHER_S)
                items = list(islice(self._queue, BATCH_ITEMS))  # they leave the queue when stored
            if not self._store(items):
                return
            with self._changed:
                if self._abandoned:
                    return
                for _ in items:
                    self._queue.popleft()
                self._finished += len(items)
                self._full = False
                self._changed.notify_all()

    def _hurry(self) -> bool:
        return self._closing or self._flushing > 0 or len(self._queue) >= BATCH_ITEMS

    def _store(self, items: Sequence[Item]) -> bool:
        """Until it is done; False if `close` gave up waiting."""
        failing_since: float | None = None
        pause_s = RETRY_FIRST_S
        while not self._abandoned:
            try:
                refused = batch.store(self._engine, items, again=failing_since is not None)
            except SQLAlchemyError as error:
                if failing_since is None:
                    failing_since = time.monotonic()
                    log.error(
                        "journal: cannot write to %s: %s; keeping up to %d entries in memory",
                        shown(self._engine.url), reason(error), self._capacity,
                    )  # fmt: skip
                self._pause(pause_s)
                pause_s = min(2 * pause_s, RETRY_CLOSING_S if self._closing else RETRY_MOST_S)
                continue
            if failing_since is not None:
                away_s = time.monotonic() - failing_since
                log.warning("journal: writing again after %.1f s, %d entries lost so far", away_s, self.lost)
            for item, why in refused:
                log.error("journal: the database refuses %s: %s", type(item).__name__, reason(why))
                if isinstance(item, Written):
                    self._count_lost(1)
            return True
        return False

    def _pause(self, pause_s: float) -> None:
        with self._changed:
            closing = self._closing
            self._changed.wait_for(lambda: self._abandoned or self._closing != closing, pause_s)
