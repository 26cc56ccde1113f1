"""Every scripted call of the fixtures goes as described when every word is understood."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ivr.asr import Recogniser
from ivr.replay import manifest
from ivr.replay.manifest import Manifest
from ivr.replay.player import Player
from tests.replay.oracle import OracleRecogniser

MANIFEST = Path(__file__).parents[2] / "audio_fixtures" / "manifest.yaml"
CALLS = [call.id for call in manifest.load(MANIFEST).calls]


@pytest.mark.parametrize("name", CALLS)
def test_call(make_player: Callable[[Recogniser], Player], fixtures: Manifest, name: str) -> None:
    result = make_player(OracleRecogniser(fixtures)).call(fixtures.call(name))
    assert result.ok, result
