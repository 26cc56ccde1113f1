"""A writer process of its own: writes entries until it is told or forced to end.

usage: writer.py URL NODE CALL COUNT; prints `ready`, then `acked N` for what is surely stored;
SIGTERM: closes the journal, prints `wrote N`.
"""

from __future__ import annotations

import signal
import sys
import threading

from ivr.events import CallFacts, Kind
from ivr.store.journal import Journal


def main(url: str, node: str, call: str, most: int) -> None:
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    journal = Journal(url, capacity=1_000_000)
    calls = journal.open_call(CallFacts(call, f"{call}@far", node, "trunk", "5551234", "100"), "f", "1", "en")
    print("ready", flush=True)
    number = 0
    while number < most and not stop.is_set():
        number += 1
        calls.write(number, Kind.STEP, {"step": f"step {number}"})
        if (number % 100 == 0 and most < 1_000_000) or number % 1000 == 0:
            journal.flush()
            print(f"acked {number}", flush=True)
    assert journal.close() == 0
    print(f"wrote {number}", flush=True)


main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
