from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ivr import config
from ivr.asr import Recogniser
from ivr.flow import loader
from ivr.replay import manifest
from ivr.replay.manifest import Manifest
from ivr.replay.player import Player
from ivr.tts import engines as voices
from ivr.tts.prompts import Prompts
from ivr.tts.spoken import say_as
from tests.running_server import ROOT


@pytest.fixture(scope="session")
def fixtures() -> Manifest:
    return manifest.load(ROOT / "audio_fixtures" / "manifest.yaml")


@pytest.fixture(scope="session")
def make_player(fixtures: Manifest) -> Callable[[Recogniser], Player]:
    settings = config.load(ROOT / "config.yaml")
    flows = {
        name: loader.load(ROOT / path, say_as, settings.flows.transfers)
        for name, path in fixtures.flows.items()
    }
    prompts = Prompts(voices.create(settings.tts), ROOT / "var" / "test-prompts")
    return lambda recogniser: Player(fixtures, flows, settings, recogniser, prompts)


@pytest.fixture
def wrong_manifest(tmp_path: Path) -> Callable[[str, str], Path]:
    """The manifest with one text replaced by another."""

    def change(old: str, new: str) -> Path:
        text = (ROOT / "audio_fixtures" / "manifest.yaml").read_text(encoding="utf-8")
        assert old in text
        path = tmp_path / "manifest.yaml"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return path

    return change
