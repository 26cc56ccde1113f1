from __future__ import annotations

from typing import Any

import pytest
from prometheus_client import generate_latest

from ivr.events import JournalEntry, Kind, TransferOutcome
from ivr.ops.metrics import Metrics

CALLER = "5551234"
STARTED = {"caller": CALLER, "called": "100"}
ENDED = {"outcome": "goodbye", "by": "bot", "status": 200, "frames": 9, "frames_late": 2, "queue_drops": 1}


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, labels)


@pytest.mark.parametrize(
    ("kind", "data", "name", "labels", "expected"),
    [
        (Kind.CALL_ENDED, ENDED, "ivr_calls_total", {"outcome": "goodbye"}, 1),
        (Kind.CALL_ENDED, ENDED, "ivr_frames_late_total", {}, 2),
        (Kind.CALL_ENDED, ENDED, "ivr_queue_drops_total", {"queue": "call"}, 1),
        (Kind.PROMPT_STARTED, {"reply_gap_ms": 700}, "ivr_reply_gap_seconds_sum", {}, 0.7),
        (Kind.PROMPT_STARTED, {"reply_gap_ms": None}, "ivr_reply_gap_seconds_count", {}, 0),
        (Kind.BARGE_IN, {"by": "key"}, "ivr_barge_ins_total", {"by": "key"}, 1),
        (Kind.NO_MATCH, {}, "ivr_no_match_total", {}, 1),
        (Kind.NO_INPUT, {}, "ivr_no_input_total", {}, 1),
        (Kind.TRANSCRIPT, {"compute_ms": 250}, "ivr_recogniser_seconds_total", {}, 0.25),
        (Kind.RECOGNISER_LOST, {}, "ivr_recogniser_lost_total", {}, 1),
        (
            Kind.TRANSFER_ENDED,
            {"outcome": TransferOutcome.NO_ANSWER},
            "ivr_transfers_total",
            {"outcome": "no_answer"},
            1,
        ),
    ],
)
def test_entries_are_counted(
    kind: Kind, data: dict[str, Any], name: str, labels: dict[str, str], expected: float
) -> None:
    metrics = Metrics("node0")
    metrics.observe(JournalEntry("c1", 0, 0, Kind.CALL_STARTED, STARTED))
    metrics.observe(JournalEntry("c1", 1, 5, kind, data))
    assert value(metrics, name, **labels) == expected


def test_running_calls_never_fall_below_what_runs() -> None:
    metrics = Metrics("node0")
    metrics.observe(JournalEntry("dead", 7, 5, Kind.CALL_ENDED, ENDED | {"outcome": "lost"}))
    assert value(metrics, "ivr_calls_active") == 0
    metrics.observe(JournalEntry("c1", 0, 0, Kind.CALL_STARTED, STARTED))
    assert value(metrics, "ivr_calls_active") == 1
    metrics.observe(JournalEntry("c1", 1, 5, Kind.CALL_ENDED, ENDED))
    assert value(metrics, "ivr_calls_active") == 0


def test_what_no_journal_knows() -> None:
    metrics = Metrics("node0")
    metrics.rejected("not_allowed")
    metrics.journal_lost(4)
    metrics.restart("speech0")
    assert value(metrics, "ivr_calls_rejected_total", reason="not_allowed") == 1
    assert value(metrics, "ivr_journal_lost_total") == 4
    assert value(metrics, "ivr_restarts_total", process="speech0") == 1


def test_every_kind_is_taken_and_no_number_gets_out() -> None:
    """With the data keys of docs/journal.md, numbers everywhere."""
    data: dict[str, Any] = {
        **STARTED, **ENDED, "reply_gap_ms": 100, "compute_ms": 10, "text": CALLER, "keys": CALLER,
        "to": f"sip:{CALLER}@pbx", "value": CALLER, "reason": CALLER, "by": "speech",
    }  # fmt: skip
    metrics = Metrics("node0")
    for kind in Kind:
        metrics.observe(JournalEntry(CALLER, 0, 0, kind, data))
    assert CALLER not in generate_latest(metrics.registry).decode()
