"""Real HTTP, real processes."""

from __future__ import annotations

import http.client
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ivr.config import Console as Address
from ivr.ops.console import Console, ConsoleError
from ivr.ops.metrics import Metrics
from tests.free_ports import free_port


def get(port: int, path: str, method: str = "GET") -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(method, path)
    response = connection.getresponse()
    body = response.read().decode()
    connection.close()
    return response.status, body


Serve = Callable[..., int]


@pytest.fixture
def serve() -> Iterator[Serve]:
    consoles: list[Console] = []

    def start(reasons: list[str], metrics: Metrics) -> int:
        port = free_port()
        consoles.append(Console(Address(port=port), metrics, lambda: reasons))
        consoles[-1].start()
        return port

    yield start
    for console in consoles:
        console.stop()


def test_health_and_readiness(serve: Serve) -> None:
    reasons = ["node0 starts", "no recogniser"]
    port = serve(reasons, Metrics("serve"))
    assert get(port, "/healthz") == (200, "ok\n")
    assert get(port, "/readyz") == (503, "node0 starts\nno recogniser\n")
    reasons.clear()
    assert get(port, "/readyz") == (200, "ok\n")
    assert get(port, "/") == (404, "here are /metrics, /healthz and /readyz\n")
    assert get(port, "/healthz", "POST")[0] == 405
    assert get(port, "/healthz", "HEAD") == (200, "")


def test_a_port_in_use_is_named_with_its_setting(serve: Serve) -> None:
    port = serve([], Metrics("serve"))
    with pytest.raises(ConsoleError, match=rf"console\.port {port} on 127\.0\.0\.1: Address already in use"):
        Console(Address(port=port), Metrics("serve"), list).start()


def test_the_port_is_free_after_stop() -> None:
    console = Console(Address(port=free_port()), Metrics("serve"), list)
    for _ in range(2):
        console.start()
        console.stop()
    console.stop()


def test_mangled_requests_disturb_no_others(serve: Serve) -> None:
    port = serve([], Metrics("serve"))
    for junk in (b"\0\xff\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"A" * 70000, b""):
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            connection.sendall(junk)
    with socket.create_connection(("127.0.0.1", port), timeout=10) as idle:  # says nothing
        assert get(port, "/healthz")[0] == 200
        idle.close()


def test_one_process_serves_its_own_figures(serve: Serve) -> None:
    metrics = Metrics("serve")
    metrics.rejected("busy")
    status, text = get(serve([], metrics), "/metrics")
    assert status == 200
    assert 'ivr_calls_rejected_total{reason="busy"} 1.0' in text


NODE = """
import sys
from ivr.events import JournalEntry, Kind
from ivr.ops.metrics import Metrics
metrics = Metrics(sys.argv[1])
for call in ("a", "b"):
    metrics.observe(JournalEntry(call, 0, 0, Kind.CALL_STARTED, {}))
metrics.observe(JournalEntry("a", 1, 9, Kind.PROMPT_STARTED, {"reply_gap_ms": 640}))
metrics.observe(JournalEntry("a", 2, 9, Kind.CALL_ENDED,
    {"outcome": "contained", "frames_late": 3, "queue_drops": 0}))
print("counted", flush=True)
sys.stdin.read()
"""

SUPERVISOR = """
import subprocess, sys
from pathlib import Path
from ivr.config import Console as Address
from ivr.ops.console import Console
from ivr.ops.metrics import Metrics, mark_process_dead, prepare_folder

def start(name):
    node = subprocess.Popen([sys.executable, "-c", sys.argv[3], name],
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert node.stdout.readline() == "counted\\n"
    return node

prepare_folder(Path(sys.argv[1]))
metrics = Metrics("serve")
console = Console(Address(port=int(sys.argv[2])), metrics, list)
console.start()
nodes = [start("node0"), start("node1")]
print("first", flush=True); sys.stdin.readline()
nodes[0].kill(); nodes[0].communicate(); mark_process_dead("node0"); metrics.restart("node0")
print("killed", flush=True); sys.stdin.readline()
nodes[0] = start("node0")
print("again", flush=True); sys.stdin.readline()
for node in nodes:
    node.communicate()
console.stop()
"""


def figure(text: str, name: str) -> float:
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    assert found, f"{name} is missing in:\n{text}"
    return float(found[1])


def test_all_processes_count_together_also_over_a_death(tmp_path: Path) -> None:
    folder, port = tmp_path / "metrics", free_port()
    folder.mkdir()
    (folder / "counter_old.db").write_bytes(b"left by an earlier server")
    supervisor = subprocess.Popen(
        [sys.executable, "-c", SUPERVISOR, str(folder), str(port), NODE],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert supervisor.stdin is not None and supervisor.stdout is not None
    seen = {}
    for state in ("first", "killed", "again"):
        assert supervisor.stdout.readline() == f"{state}\n"
        seen[state] = get(port, "/metrics")[1]
        supervisor.stdin.write("\n")
        supervisor.stdin.flush()
    supervisor.communicate(timeout=30)
    assert supervisor.returncode == 0

    ended = 'ivr_calls_total{outcome="contained"}'
    assert [figure(seen[state], "ivr_calls_active") for state in seen] == [2, 1, 2]
    assert [figure(seen[state], ended) for state in seen] == [2, 2, 3]
    assert [figure(seen[state], "ivr_frames_late_total") for state in seen] == [6, 6, 9]
    assert figure(seen["again"], 'ivr_restarts_total{process="node0"}') == 1
    assert figure(seen["again"], 'ivr_reply_gap_seconds_bucket{le="0.6"}') == 0
    assert figure(seen["again"], 'ivr_reply_gap_seconds_bucket{le="0.7"}') == 3
    assert len(list(folder.glob("counter_*.db"))) == 3, "one a process name, however often it dies"
