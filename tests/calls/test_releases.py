"""A new version of a flow, released on the command line while calls are up."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ivr.events import Kind
from ivr.releases.index import from_json
from ivr.store.reader import CallRecord
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
CONVERSATION = """
today: 2026-11-23
conversations:
  a caller says goodbye:
    - keys: 1
    - bot: Goodbye from {word}
    - outcome: contained
"""


class Office:
    """Somebody who edits and releases the flow of a running server."""

    def __init__(self, start_server: Callable[..., RunningServer], folder: Path) -> None:
        self.flow = folder / "words.yaml"
        self.writes("one")
        self.releases = folder / "releases"
        self.server = start_server({"flows": {"default": str(self.flow), "releases": str(self.releases)}})

    def writes(self, word: str, tested: str = "") -> None:
        self.flow.write_text(FLOW.replace("{word}", word))
        self.flow.with_name("words.test.yaml").write_text(CONVERSATION.replace("{word}", tested or word))

    def ivr(self, command: str, *options: str) -> subprocess.CompletedProcess[str]:
        words = [sys.executable, "-m", "ivr.cli", "--config", str(self.server.config), "flow", command]
        return subprocess.run(
            [*words, str(self.flow), *options], cwd=ROOT, capture_output=True, text=True, timeout=60
        )

    def does(self, command: str, *options: str) -> str:
        done = self.ivr(command, *options)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def is_refused(self, *options: str) -> str:
        done = self.ivr("release", *options)
        assert done.returncode == 2
        assert "Traceback" not in done.stderr
        return done.stderr + done.stdout

    def call(self) -> tuple[CallRecord, str]:
        """Its record, and the first words."""
        with Caller(self.server) as caller:
            caller.dial()
            said = str(of(caller.end(), Kind.PROMPT_STARTED)[0]["text"])
            return self.server.record(caller.call_id), said

    def wait_words(self, word: str) -> None:
        wait_until(lambda: True if word in self.call()[1] else None, 30, f"a call that hears '{word}'")


@pytest.fixture
def office(start_server: Callable[..., RunningServer], tmp_path: Path) -> Office:
    return Office(start_server, tmp_path)


def test_new_calls_get_the_release_and_running_ones_keep_their_own(office: Office) -> None:
    with Caller(office.server) as caller:
        caller.dial().wait_quiet()
        office.writes("two")
        assert "prompts: " in office.does("release", "--note", "second words")
        office.wait_words("two")
        caller.phone.send_rfc4733("1")
        caller.phone.wait_request("BYE", 20)
        entries = office.server.journal(caller.call_id)
    assert of(entries, Kind.PROMPT_STARTED)[-1]["text"] == "Goodbye from one."
    office.writes("three")
    office.does("release")
    office.wait_words("three")
    office.does("rollback", "--note", "it was worse")
    office.wait_words("two")
    listed = office.does("versions")
    assert "second words" in listed
    assert "rollback; it was worse" in listed
    assert "too few calls to tell" in office.does("compare")


def test_what_is_broken_is_refused_and_changes_nothing(office: Office) -> None:
    office.does("release")
    before = sorted(office.releases.rglob("*"))
    office.writes("two", tested="three")
    assert "wanted bot: Goodbye from three" in office.is_refused()
    office.flow.with_name("words.test.yaml").unlink()
    assert "no conversations stand beside it" in office.is_refused()
    office.flow.write_text("flow: words\nlanguage: en\nstart: nowhere\nsteps:\n  a: {hang_up: x}\n")
    assert "there is no step 'nowhere'" in office.is_refused("--untested")
    assert sorted(office.releases.rglob("*")) == before
    assert "one" in office.call()[1]


def test_half_of_the_calls_try_a_version(office: Office) -> None:
    office.does("release")
    office.writes("two")
    told = office.does("release", "--percent", "50")
    (path,) = office.releases.rglob("index.json")
    index = from_json(path.read_text())
    assert f"50 % of new calls get version {index.trial}" in told

    def both() -> set[str] | None:
        record, said = office.call()
        assert ("two" in said) == (record.flow_version == index.trial)
        if index.trial in heard:  # from then on it is known on the node: the call's id decides
            assert record.flow_version == index.chosen(record.id)
        heard.add(record.flow_version)
        return heard if len(heard) == 2 else None

    heard: set[str] = set()
    assert wait_until(both, 60, "calls of both versions") == {index.current, index.trial}
    assert "100 % of new calls" in office.does("rollback")


def test_a_version_that_cannot_be_loaded_is_counted_and_the_one_before_goes_on(office: Office) -> None:
    office.does("release")
    office.writes("two")
    office.does("release", "--percent", "100")
    office.wait_words("two")
    office.writes("three")
    office.does("release", "--untested")
    office.wait_words("three")
    (path,) = office.releases.rglob("index.json")
    kept = path.with_name(from_json(path.read_text()).past[0]) / "words.yaml"
    kept.chmod(0o644)
    kept.write_text("flow: [")
    office.does("rollback")
    office.server.wait_output("cannot be loaded")
    assert office.server.metric("ivr_flow_load_errors_total") == 1
    assert "three" in office.call()[1]
    assert office.server.get("/readyz").strip() == "ok"
