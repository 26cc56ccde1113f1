"""Every fixture through the call loop: with a recogniser that knows them, and with the real one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ivr import config
from ivr.asr import Recogniser
from ivr.asr import engines as recognisers
from ivr.audio import AudioError
from ivr.located import YamlError
from ivr.replay import manifest, report
from ivr.replay.manifest import Manifest
from ivr.replay.player import Player

MakePlayer = Callable[[Recogniser], Player]
HEARD_LATE = {"digits-long-pause", "card-long-pause"}
"""their pauses are longer than the silence that ends a turn"""


def test_the_same_input_gives_the_same_bytes(
    make_player: MakePlayer, fixtures: Manifest, tmp_path: Path
) -> None:
    some = fixtures.matching("digits")
    written = []
    for name in ("first", "second"):
        player = make_player(recognisers.create(config.Asr()))
        results = [player.utterance(entry) for entry in some.played]
        results += [player.call(fixtures.call("opening-hours"))]
        report.write_json(results, tmp_path / name)
        written.append((tmp_path / name).read_bytes())
    assert written[0] == written[1]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("version: 1", "version: 2", "version"),
        ("say: repay-slt", "say: repay-nobody", "no utterance 'repay-nobody'"),
        ("hang_up: true", "hang_up: true, keys: '1'", "exactly one of"),
        ("in_grammar: true", "in_gramar: true", "in_gramar"),
    ],
)
def test_a_wrong_manifest_is_named_with_its_line(
    wrong_manifest: Callable[[str, str], Path], old: str, new: str, words: str
) -> None:
    path = wrong_manifest(old, new)
    with pytest.raises(YamlError) as failure:
        manifest.load(path)
    assert words in str(failure.value)
    assert failure.value.problems[0].line > 0


def test_an_unreadable_wav_is_named(fixtures: Manifest, tmp_path: Path) -> None:
    elsewhere = fixtures.model_copy(update={"folder": tmp_path})
    with pytest.raises(AudioError, match="repay-slt"):
        elsewhere.audio(fixtures.utterance("repay-slt"))
