"""Whole calls over loopback: speech both ways, keys, interruption, transfer, and their journals."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ivr.events import Kind
from tests.calls.caller import Caller, of
from tests.peers.called_side import Behaviour
from tests.peers.heard import wait_quiet, wait_speech
from tests.running_server import ROOT, RunningServer

Wav = Callable[[str], bytes]


def test_speech_is_understood_and_answered(caller: Caller, wav: Wav) -> None:
    caller.dial().wait_quiet()
    said = caller.phone.say(wav("hours-slt"))
    assert caller.wait(Kind.UNDERSTOOD).data["intent"] == "opening_hours"
    answer = caller.wait(Kind.PROMPT_STARTED)
    assert "eight in the morning" in answer.data["text"]
    assert answer.data["reply_gap_ms"] > 0
    wait_speech(caller.phone.rtp, said.last_packet_ns)
    record = caller.server.record(caller.call_id) if caller.end() else None
    assert record and (record.outcome, record.ended_by, record.status) == ("abandoned", "caller", 200)


def test_goodbye_ends_the_call_from_our_side(caller: Caller, wav: Wav) -> None:
    caller.dial().wait_quiet()
    caller.phone.say(wav("goodbye-all"))
    caller.phone.wait_request("BYE", 20)
    entries = caller.server.journal(caller.call_id)
    assert of(entries, Kind.CALL_ENDED)[0]["outcome"] == "contained"
    assert of(entries, Kind.CALL_ENDED)[0]["by"] == "bot"


def test_keys_by_rtp_and_by_info(caller: Caller) -> None:
    caller.dial().wait_quiet()
    caller.phone.send_rfc4733("6")
    assert caller.wait(Kind.UNDERSTOOD).data == {
        "step": "main", "intent": "opening_hours", "text": "6", "score": 1.0, "by": "keys"
    }  # fmt: skip
    caller.wait_quiet()
    caller.phone.send_info_dtmf("2")
    assert caller.wait(Kind.UNDERSTOOD).data["intent"] == "next_payment"


def test_speech_stops_the_voice_and_is_understood(caller: Caller, wav: Wav) -> None:
    caller.dial()
    caller.wait(Kind.PROMPT_STARTED, prompt=2)
    said = caller.phone.rtp.say(wav("agent-noise"))
    barge_in = caller.wait(Kind.BARGE_IN)
    assert barge_in.data["by"] == "speech"
    assert not caller.wait(Kind.PROMPT_ENDED).data["complete"]
    silent_ns = wait_quiet(caller.phone.rtp, said.wait().first_packet_ns, quiet_ms=200)
    assert silent_ns > said.first_packet_ns
    caller.wait(Kind.SPEECH_ENDED)


def test_a_key_stops_the_voice(caller: Caller) -> None:
    caller.dial()
    caller.wait(Kind.PROMPT_STARTED, prompt=2)
    caller.phone.send_rfc4733("6")
    assert caller.wait(Kind.BARGE_IN).data["by"] == "key"
    assert caller.wait(Kind.UNDERSTOOD).data["intent"] == "opening_hours"


def test_transfer_to_a_person(server: RunningServer) -> None:
    with Caller(server) as caller:
        caller.dial().wait_quiet()
        caller.phone.send_rfc4733("0")
        assert caller.wait(Kind.TRANSFER_ENDED).data == {"outcome": "completed", "status": 200}
        assert caller.phone.refer_targets == ["sip:agents@127.0.0.1:9"]
        caller.phone.wait_request("BYE", 20)
        record = server.record(caller.call_id)
        assert (record.outcome, record.transfer_outcome) == ("transferred", "completed")


def test_nobody_takes_the_transfer(server: RunningServer) -> None:
    with Caller(server, Behaviour(refer_outcome=486)) as caller:
        caller.dial().wait_quiet()
        caller.phone.send_rfc4733("0")
        assert caller.wait(Kind.TRANSFER_ENDED).data == {"outcome": "busy", "status": 486}
        caller.phone.wait_request("BYE", 30)
        assert server.record(caller.call_id).outcome == "no_agent"


def test_mandarin_by_keys(caller: Caller) -> None:
    caller.dial("8001").wait_quiet()
    caller.phone.send_rfc4733("6")
    assert caller.wait(Kind.UNDERSTOOD).data["intent"] == "opening_hours"
    entries = caller.end()
    assert of(entries, Kind.CALL_STARTED)[0]["language"] == "zh"


def test_silence_is_noticed(caller: Caller) -> None:
    caller.dial().wait_quiet()
    caller.wait(Kind.NO_INPUT)
    assert "still there" in caller.wait(Kind.PROMPT_STARTED).data["text"]


def test_hold_stops_the_clock(caller: Caller) -> None:
    caller.dial().wait_quiet()
    caller.phone.reinvite("sendonly")
    assert caller.wait(Kind.HOLD).data == {"on": True}
    caller.phone.reinvite("sendrecv")
    assert caller.wait(Kind.HOLD).data == {"on": False}
    caller.phone.send_rfc4733("6")
    assert caller.wait(Kind.UNDERSTOOD).data["intent"] == "opening_hours"


def test_four_calls_at_once_and_the_fifth_is_refused(server: RunningServer) -> None:
    refused = server.metric("ivr_calls_rejected_total")
    callers = [Caller(server) for _ in range(5)]
    try:
        for caller in callers[:4]:
            caller.dial()
        callers[4].phone.call(server.uri)
        assert callers[4].phone.wait_answer().status == 486
        assert server.metric("ivr_calls_active") == 4
        assert server.metric("ivr_calls_rejected_total") == refused + 1
        for caller in callers[:4]:
            caller.wait_quiet()
            caller.phone.send_rfc4733("6")
        for caller in callers[:4]:
            assert caller.wait(Kind.UNDERSTOOD).data["intent"] == "opening_hours"
    finally:
        for caller in callers:
            caller.phone.close()
    for caller in callers[:4]:
        server.record(caller.call_id)


def test_caller_gone_in_mid_prompt(server: RunningServer) -> None:
    with Caller(server) as caller:
        caller.dial()
        entries = caller.end()
    assert of(entries, Kind.CALL_ENDED)[0]["outcome"] == "abandoned"
    assert [entry.seq for entry in entries] == list(range(len(entries)))


def test_caller_gone_before_the_answer(server: RunningServer) -> None:
    with Caller(server) as caller:
        caller.phone.call(server.uri)
        status = caller.phone.cancel().status
        if status == 200:  # the answer was quicker than the CANCEL
            caller.phone.bye()
        outcome = of(server.journal(caller.call_id), Kind.CALL_ENDED)[0]["outcome"]
    # answered and gone before the first frame is cancelled, too
    assert (status, outcome) in {(487, "cancelled"), (200, "cancelled"), (200, "abandoned")}


def ivr(server: RunningServer, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ivr.cli", "--config", str(server.config), *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=90)


def test_a_call_from_another_process_prints_the_conversation(server: RunningServer) -> None:
    done = ivr(server, "call", "--fixture", "opening-hours")
    assert done.returncode == 0, done.stderr
    for part in ("caller", "opening_hours", "answer after", "eight in the morning", "contained"):
        assert part in done.stdout


def test_own_files_and_keys_are_spoken_in_order_and_recorded(server: RunningServer, tmp_path: Path) -> None:
    record = tmp_path / "call.wav"
    goodbye = "audio_fixtures/wav/goodbye-all.wav"
    done = ivr(server, "call", "--keys", "6", "--say", goodbye, "--record", str(record), server.uri)
    assert done.returncode == 0, done.stderr + done.stdout
    assert done.stdout.index("keys 6") < done.stdout.index("goodbye-all")
    stereo = np.frombuffer(record.read_bytes()[44:], "<i2").reshape(-1, 2)
    assert (np.abs(stereo.astype(int)).max(axis=0) > 1000).all()
