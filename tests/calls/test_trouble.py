"""What goes wrong on a real machine: processes that die or hang, a full disk, a wrong setting, the
end of the server in the middle of a call."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import yaml

from ivr.events import Kind
from ivr.store.reader import Reader
from tests.calls.caller import Caller, of
from tests.peers.raw_phone import RawPhone
from tests.running_server import ROOT, RunningServer, wait_until

Start = Callable[..., RunningServer]
Wav = Callable[[str], bytes]


def test_told_to_stop_in_mid_call(start_server: Start) -> None:
    server = start_server({"drain_s": 1})
    with Caller(server) as caller:
        caller.dial()
        server.terminate()
        caller.phone.wait_request("BYE", 20)
    assert server.wait_exit() == 0
    entries = server.journal(caller.call_id)
    assert of(entries, Kind.CALL_ENDED)[0]["outcome"] == "shutdown"
    assert [entry.seq for entry in entries] == list(range(len(entries)))


def test_a_running_call_is_waited_for_and_new_ones_are_refused(start_server: Start, wav: Wav) -> None:
    server = start_server({"drain_s": 60})
    with Caller(server) as caller:
        caller.dial().wait_quiet()
        server.terminate(signal.SIGINT)  # as Ctrl-C does
        server.wait_output("no new calls")

        def refused() -> int | None:
            with RawPhone() as late:
                late.call(server.uri)
                status = late.wait_answer().status
            return status if status != 200 else None

        assert wait_until(refused, 10, "a refusal") == 503
        caller.phone.say(wav("goodbye-all"))
        caller.phone.wait_request("BYE", 20)
    assert server.wait_exit() == 0
    assert of(server.journal(caller.call_id), Kind.CALL_ENDED)[0]["outcome"] == "contained"


def test_a_killed_recogniser_costs_one_repetition(start_server: Start, wav: Wav) -> None:
    server = start_server()
    with Caller(server) as caller:
        caller.dial().wait_quiet()
        saying = caller.phone.rtp.say(wav("hours-slt"))
        caller.wait(Kind.SPEECH_STARTED)
        (speech,) = server.child_pids("speech")
        os.kill(speech, signal.SIGKILL)
        caller.wait(Kind.RECOGNISER_LOST)
        assert "say that again" in caller.wait(Kind.PROMPT_STARTED).data["text"]
        saying.wait()
        server.wait_output("speech0: up")
        caller.wait_quiet()
        caller.phone.say(wav("hours-slt"))
        assert caller.wait(Kind.UNDERSTOOD).data["intent"] == "opening_hours"
        assert server.metric("ivr_recogniser_lost_total") == 1
        assert server.metric("ivr_restarts_total") == 1


def test_a_hanging_recogniser_is_replaced(start_server: Start, wav: Wav) -> None:
    server = start_server({"asr": {"timeout_ms": 2000}})
    with Caller(server) as caller:
        caller.dial().wait_quiet()
        (speech,) = server.child_pids("speech")
        os.kill(speech, signal.SIGSTOP)
        caller.phone.say(wav("hours-slt"))
        assert "no transcript" in caller.wait(Kind.RECOGNISER_LOST).data["reason"]
        caller.phone.bye()
        server.wait_output("does not answer", 30)
        server.wait_output("speech0: up", 30)
    with Caller(server) as caller:
        caller.dial().wait_quiet()
        caller.phone.say(wav("hours-slt"))
        assert caller.wait(Kind.UNDERSTOOD).data["intent"] == "opening_hours"


def test_a_killed_node_comes_back(start_server: Start) -> None:
    server = start_server()
    with Caller(server) as caller:
        caller.dial()
        caller.wait(Kind.PROMPT_STARTED)
        (node,) = server.child_pids("node")
        os.kill(node, signal.SIGKILL)
        caller.phone.vanish()
        server.wait_output("node0: up", 30)
    assert server.record(caller.call_id).outcome == "lost"
    with Caller(server) as again:
        again.dial()
        again.end()
    assert server.get("/readyz").strip() == "ok"


def test_two_nodes_answer_on_consecutive_ports(start_server: Start) -> None:
    server = start_server({"nodes": 2})
    for port in (server.sip_port, server.sip_port + 1):
        with RawPhone() as phone:
            phone.call(f"sip:8000@127.0.0.1:{port}")
            assert phone.wait_answer().status == 200
            phone.bye()
    with Reader(server.store_url) as reader:
        wait_until(lambda: True if len(reader.calls()) == 2 else None, 10, "two calls in the store")
        assert len({record.node for record in reader.calls()}) == 2


SECRET = "4477"


def test_secret_keys_are_nowhere_in_clear(start_server: Start) -> None:
    server = start_server({"store": {"recordings": True}, "log_level": "debug"})
    with Caller(server) as caller:
        caller.dial().wait_quiet()
        caller.phone.send_rfc4733("3")
        caller.wait_quiet()
        caller.phone.send_rfc4733(SECRET)
        assert caller.wait(Kind.KEYS).data["keys"] == "***"
        assert "twelve thousand, four hundred" in caller.wait(Kind.PROMPT_STARTED).data["text"]
        entries = caller.end()
        recording = Path(server.record(caller.call_id).recording)
    assert [slot["slot"] for slot in of(entries, Kind.SLOT)] == ["last_four"]
    assert SECRET not in "".join(str(entry.data) for entry in entries if entry.kind is not Kind.CALL_STARTED)
    server.stop()
    written = "".join(server.output)
    for entry in entries:
        assert SECRET not in written.replace(entry.call, "")
    stereo = np.frombuffer(recording.read_bytes()[44:], "<i2").reshape(-1, 2)
    asked = next(e for e in entries if e.kind is Kind.LISTEN and e.data["secret"])
    told = next(e for e in entries if e.kind is Kind.SLOT)
    assert not stereo[160 * (asked.at + 1) : 160 * told.at].any()
    assert stereo.any()


def test_a_recording_that_cannot_be_written_costs_nobody_a_call(start_server: Start, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("where a folder should be")
    server = start_server({"store": {"recordings": True, "recordings_dir": str(blocked / "recordings")}})
    with Caller(server) as caller:
        caller.dial().wait_quiet()
        caller.phone.send_rfc4733("6")
        caller.wait(Kind.UNDERSTOOD)
        entries = caller.end()
    (failure,) = of(entries, Kind.RECORDING_FAILED)
    assert str(blocked) in failure["reason"]


def serve(config: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ivr.cli", "--config", str(config), "serve"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)


def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    server = RunningServer(tmp_path)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", server.sip_port))
        done = serve(server.config)
    assert done.returncode == 2
    assert str(server.sip_port) in done.stderr
    assert "sip.port" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_console_port_in_use_is_named(tmp_path: Path) -> None:
    server = RunningServer(tmp_path)
    with socket.create_server(("127.0.0.1", server.console_port)):
        done = serve(server.config)
    assert done.returncode == 2
    assert f"console.port {server.console_port}" in done.stderr
    assert "Traceback" not in done.stderr


FLOW = """flow: small
language: en
start: hello
steps:
  hello: {say: Hello., next: by}
  bye: {hang_up: done}
"""


@pytest.mark.parametrize(
    ("config", "flow", "words"),
    [
        ("sip:\n  prot: 5060\n", FLOW, ("config.yaml:2:", "sip.prot", "port")),
        ("sip: [\n", FLOW, ("config.yaml:2:", "not valid YAML")),
        ("nodes: many\n", FLOW, ("config.yaml:1:", "nodes")),
        (None, FLOW, ("flow.yaml:5:", "by", "bye")),
        (None, FLOW + "  x: [\n", ("flow.yaml:8:", "not valid YAML")),
        (None, None, ("flow.yaml", "No such file")),
    ],
)
def test_a_wrong_file_is_named_with_its_line(
    tmp_path: Path, config: str | None, flow: str | None, words: tuple[str, ...]
) -> None:
    flow_path, config_path = tmp_path / "flow.yaml", tmp_path / "config.yaml"
    if flow:
        flow_path.write_text(flow)
    config_path.write_text(config or yaml.safe_dump({"flows": {"default": str(flow_path)}}))
    done = serve(config_path)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in done.stderr
