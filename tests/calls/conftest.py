"""One real server for the calls that leave it as it was; destructive tests start their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ivr.replay import manifest
from tests.calls.caller import Caller
from tests.running_server import ROOT, RunningServer

QUICK_VOICE = {"tts": {"rate_wpm": 400}}
"""tests wait for prompts to end"""


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with RunningServer(tmp_path_factory.mktemp("server"), QUICK_VOICE) as running:
        yield running


@pytest.fixture
def start_server(tmp_path: Path) -> Iterator[Callable[..., RunningServer]]:
    """Starts a server of the test's own with changed settings; it must end well unless the test
    has waited for its end."""
    started: list[RunningServer] = []

    def start(changes: dict[str, Any] | None = None, expect: str = "Try it") -> RunningServer:
        folder = tmp_path / f"server{len(started)}"
        folder.mkdir()
        started.append(RunningServer(folder, {**QUICK_VOICE, **(changes or {})}))
        return started[-1].start(expect)

    yield start
    for running in started:
        running.stop()


@pytest.fixture(scope="session")
def wav() -> Callable[[str], bytes]:
    """Audio of a fixture by its id."""
    fixtures = manifest.load(ROOT / "audio_fixtures" / "manifest.yaml")
    return lambda name: fixtures.audio(fixtures.utterance(name))


@pytest.fixture
def caller(server: RunningServer) -> Iterator[Caller]:
    with Caller(server) as phone:
        yield phone
