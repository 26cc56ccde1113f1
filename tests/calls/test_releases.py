"""A new version of a flow, released while calls are up."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from ivr.events import Kind
from tests.calls.caller import Caller, of
from tests.running_server import ROOT, RunningServer, wait_until

FLOW = """
flow: words
language: en
start: ask
steps:
  ask:
    prompt: This is {word}.
    menu:
      1: {say: goodbye, next: bye}
  bye: {prompt: Goodbye from {word}., hang_up: contained}
"""


def ivr(server: RunningServer, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ivr.cli", "--config", str(server.config), "flow", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)


def first_words(server: RunningServer) -> str:
    with Caller(server) as caller:
        caller.dial()
        return str(of(caller.end(), Kind.PROMPT_STARTED)[0]["text"])


def test_new_calls_get_the_release_and_running_ones_keep_their_own(
    start_server: Callable[..., RunningServer], tmp_path: Path
) -> None:
    flow = tmp_path / "words.yaml"
    flow.write_text(FLOW.replace("{word}", "one"))
    server = start_server({"flows": {"default": str(flow), "releases": str(tmp_path / "releases")}})
    with Caller(server) as caller:
        caller.dial().wait_quiet()
        flow.write_text(FLOW.replace("{word}", "two"))
        released = ivr(server, "release", str(flow), "--untested", "--note", "two")
        assert released.returncode == 0, released.stderr
        wait_until(lambda: "two" in first_words(server) or None, 30, "the new words")
        caller.phone.send_rfc4733("1")
        caller.phone.wait_request("BYE", 20)
        said = [data["text"] for data in of(server.journal(caller.call_id), Kind.PROMPT_STARTED)]
        assert said[-1] == "Goodbye from one."
    flow.write_text("flow: words\nlanguage: en\nstart: nowhere\nsteps:\n  a: {hang_up: x}\n")
    refused = ivr(server, "release", str(flow), "--untested")
    assert refused.returncode == 2
    assert "there is no step 'nowhere'" in refused.stderr
    assert "two" in first_words(server)
    flow.write_text(FLOW.replace("{word}", "three"))
    assert ivr(server, "release", str(flow), "--untested").returncode == 0
    wait_until(lambda: "three" in first_words(server) or None, 30, "the newest words")
    assert ivr(server, "rollback", str(flow)).returncode == 0
    wait_until(lambda: "two" in first_words(server) or None, 30, "the words before")
    assert "two" in ivr(server, "versions", str(flow)).stdout
    assert "too few calls to tell" in ivr(server, "compare", str(flow)).stdout
