"""Journal entries enter; Prometheus metrics leave. No label ever carries a caller's data.

Every process (supervisor, node, speech) counts for itself. With PROMETHEUS_MULTIPROC_DIR set, the
counts live in files of that folder, which the supervisor adds up for one /metrics (console.py).
The folder belongs in memory (/dev/shm), because the files are mapped: a full disk under them would
kill the process with SIGBUS.
"""

from __future__ import annotations

import os
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, values
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.multiprocess import mark_process_dead as _mark_process_dead

from ivr.events import JournalEntry, Kind, TransferOutcome

MULTIPROC_DIR = "PROMETHEUS_MULTIPROC_DIR"

REPLY_GAP_S = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 5.0)


def prepare_folder(folder: Path) -> None:
    """For the supervisor, before its Metrics and its children: an empty folder, named in the
    environment that the children inherit."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for old in folder.glob("*.db"):
        old.unlink()
    os.environ[MULTIPROC_DIR] = str(folder)


def mark_process_dead(process: str) -> None:
    """For the supervisor, when a child has ended: its running calls no longer count."""
    if MULTIPROC_DIR in os.environ:
        _mark_process_dead(process)  # type: ignore[no-untyped-call]


def registry_to_serve(metrics: Metrics) -> CollectorRegistry:
    """All processes' figures where there is a common folder, else those of this process."""
    if MULTIPROC_DIR not in os.environ:
        return metrics.registry
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry


class Metrics:
    """The metrics of one process; make one only. Thread-safe.

    process     the name in the supervisor ("node0", "speech1"): a process started again under
                its name goes on counting in the same files, which thus stay few
    """

    def __init__(self, process: str) -> None:
        if MULTIPROC_DIR in os.environ:
            if "_" in process or "/" in process:
                raise ValueError(f"process name '{process}': '_' and '/' cannot stand in it")
            # prometheus_client chooses at import; we choose here, so that no import comes too early
            values.ValueClass = values.MultiProcessValue(lambda: process)  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry()
        self._running: set[str] = set()
        self._define_calls()
        self._define_dialogue()
        self._define_health()

    def _define_calls(self) -> None:
        self._calls = self._counter("ivr_calls", "Calls that ended", ["outcome"])
        self._active = Gauge(
            "ivr_calls_active",
            "Calls that run now",
            multiprocess_mode="livesum",
            registry=self.registry,
        )
        self._active.set(0)  # a predecessor of this name may have died with calls
        self._rejected = self._counter("ivr_calls_rejected", "Calls refused before an answer", ["reason"])
        for reason in ("not_allowed", "busy", "flood", "draining"):
            self._rejected.labels(reason)
        self._transfers = self._counter("ivr_transfers", "Blind transfers that ended", ["outcome"])
        for outcome in TransferOutcome:
            self._transfers.labels(outcome.value)

    def _define_dialogue(self) -> None:
        self._reply_gap = Histogram(
            "ivr_reply_gap_seconds",
            "From the caller's last speech or key to the first sound of the answer",
            buckets=REPLY_GAP_S,
            registry=self.registry,
        )
        self._barge_ins = self._counter("ivr_barge_ins", "Prompts that the caller interrupted", ["by"])
        for by in ("speech", "key"):
            self._barge_ins.labels(by)
        self._no_match = self._counter("ivr_no_match", "Answers that were not understood")
        self._no_input = self._counter("ivr_no_input", "Turns in which the caller gave no answer")
        self._recogniser_s = self._counter("ivr_recogniser_seconds", "Processor time of the recogniser")

    def _define_health(self) -> None:
        self._recogniser_lost = self._counter("ivr_recogniser_lost", "Utterances lost by the recogniser")
        self._frames_late = self._counter("ivr_frames_late", "Frames that the call loop took too late")
        self._queue_drops = self._counter("ivr_queue_drops", "Items dropped by full queues", ["queue"])
        self._journal_lost = self._counter("ivr_journal_lost", "Journal entries that were not stored")
        self._flows_not_loaded = self._counter(
            "ivr_flow_load_errors", "Releases of flows that could not be loaded"
        )
        self._restarts = self._counter("ivr_restarts", "Processes started again", ["process"])

    def _counter(self, name: str, text: str, labels: list[str] | None = None) -> Counter:
        return Counter(name, text, labels or [], registry=self.registry)

    def observe(self, entry: JournalEntry) -> None:
        """An observer of the journal (store.Journal)."""
        data = entry.data
        match entry.kind:
            case Kind.CALL_STARTED:
                self._running.add(entry.call)
                self._active.inc()
            case Kind.CALL_ENDED:
                self._call_ended(entry)
            case Kind.PROMPT_STARTED:
                if data["reply_gap_ms"] is not None:
                    self._reply_gap.observe(data["reply_gap_ms"] / 1000)
            case Kind.BARGE_IN:
                self._barge_ins.labels(data["by"]).inc()
            case Kind.NO_MATCH:
                self._no_match.inc()
            case Kind.NO_INPUT:
                self._no_input.inc()
            case Kind.TRANSCRIPT:
                self._recogniser_s.inc(data["compute_ms"] / 1000)
            case Kind.RECOGNISER_LOST:
                self._recogniser_lost.inc()
            case Kind.TRANSFER_ENDED:
                self._transfers.labels(str(data["outcome"])).inc()

    def _call_ended(self, entry: JournalEntry) -> None:
        self._calls.labels(entry.data["outcome"]).inc()
        self._frames_late.inc(entry.data["frames_late"])
        self._queue_drops.labels("call").inc(entry.data["queue_drops"])
        if entry.call in self._running:  # not so for the lost calls of a dead predecessor
            self._running.discard(entry.call)
            self._active.dec()

    # --- what no journal knows ---------------------------------------------------------------

    def rejected(self, reason: str) -> None:
        """A call that never began: `not_allowed`, `busy`, `draining` ..."""
        self._rejected.labels(reason).inc()

    def journal_lost(self, count: int) -> None:
        """For `store.Journal(on_lost=...)`."""
        self._journal_lost.inc(count)

    def flow_not_loaded(self) -> None:
        self._flows_not_loaded.inc()

    def restart(self, process: str) -> None:
        self._restarts.labels(process).inc()
