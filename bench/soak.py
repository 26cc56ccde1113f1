"""make soak: a thousand short calls against one node, some cut at random moments; what is left?"""

from __future__ import annotations

import random
import tempfile
import threading
from pathlib import Path

from rich.progress import track

from bench.result import report
from ivr.store.reader import Reader
from tests.peers.raw_phone import RawPhone
from tests.running_server import RunningServer, wait_until

CALLS = 1000
WARM_CALLS = 200
"""memory is compared from here on"""
SAMPLE_CALLS = 100
SEED = 20261123


def rss_kb(pids: list[int]) -> int:
    total = 0
    for pid in pids:
        status = Path(f"/proc/{pid}/status").read_text()
        total += int(status.split("VmRSS:")[1].split()[0])
    return total


def one_call(server: RunningServer, chance: random.Random) -> tuple[str, bool]:
    """Call id, and whether it went as it should."""
    with RawPhone() as phone:
        phone.call(server.uri)
        assert phone.dialog
        call_id = phone.dialog.call_id
        fate = chance.random()
        if fate < 0.1:
            status = phone.cancel().status
            if status == 200:  # the answer was quicker than the CANCEL
                phone.bye()
            return call_id, status in (200, 487)
        answered = phone.wait_answer().status == 200
        if not answered:
            return call_id, False
        # cut anywhere: in the greeting, in a key, in the answer
        threading.Event().wait(chance.uniform(0.0, 0.8))
        if fate > 0.6:
            phone.send_rfc4733(chance.choice("0123456789*"))
            threading.Event().wait(chance.uniform(0.0, 0.3))
        if phone.state == "up":
            phone.bye()
        return call_id, True


def complete(server: RunningServer, call_id: str) -> bool:
    """The call's journal has its beginning, its end and every number between."""
    with Reader(server.store_url) as reader:
        records = reader.by_sip_call_id(call_id)
        if not records:
            return False
        entries = reader.journal(records[0].id)
    return (
        records[0].ended_at is not None
        and [entry.seq for entry in entries] == list(range(len(entries)))
        and entries[0].kind == "call.started"
        and entries[-1].kind == "call.ended"
    )


def main() -> None:
    chance = random.Random(SEED)
    with tempfile.TemporaryDirectory() as folder, RunningServer(Path(folder)) as server:
        nodes = server.child_pids("node")
        memory_kb: dict[int, int] = {}
        calls: list[tuple[str, bool]] = []
        for number in track(range(CALLS), "calls"):
            if number % SAMPLE_CALLS == 0:
                memory_kb[number] = rss_kb(nodes)
            calls.append(one_call(server, chance))
        wait_until(
            lambda: True if server.metric("ivr_calls_active") == 0 else None, 10, "the last call to end"
        )
        memory_kb[CALLS] = rss_kb(nodes)
        journals = sum(complete(server, call_id) for call_id, _ in calls)
        crashes = int(server.metric("ivr_restarts_total"))
        same = server.child_pids("node") == nodes
    print("MB after so many calls:", {calls: round(kb / 1024, 1) for calls, kb in memory_kb.items()})
    report(
        "soak",
        {
            "calls": CALLS,
            "failed": sum(not went_well for _, went_well in calls),
            "crashes": max(crashes, int(not same)),
            "rss_growth_mb": round((memory_kb[CALLS] - memory_kb[WARM_CALLS]) / 1024, 2),
            "journals_complete": journals,
        },
        {"failed": "0", "crashes": "0", "rss_growth_mb": "flat", "journals_complete": str(CALLS)},
    )


if __name__ == "__main__":
    main()
