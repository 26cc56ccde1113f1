"""The acoustic model that is adapted to telephones, beside the one that it was made from."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr import config
from ivr.asr import sphinx
from ivr.audio import read_wav
from ivr.events import Grammar, Slot

FIXTURES = Path(__file__).parents[2] / "audio_fixtures" / "wav"
FILES = ("means", "variances")
DIGITS = Grammar("en", slots=(Slot("digits", 4, 4),))
YES_NO = Grammar("en", slots=(Slot("yes_no"),))
HEADER_END = b"endhdr\n"


def parameters(path: Path) -> tuple[bytes, int]:
    """Sizes (codebooks, streams, densities, widths, values) and how many bytes follow."""
    content = path.read_bytes()
    start = content.index(HEADER_END) + len(HEADER_END) + 4
    return content[start : start + 28], len(content) - start - 28


@pytest.mark.parametrize("name", FILES)
def test_has_the_shape_of_the_stock_model(name: str) -> None:
    sizes, length = parameters(sphinx._ADAPTED / name)
    stock_sizes, stock_length = parameters(sphinx._MODEL / "en-us" / name)
    assert sizes == stock_sizes
    assert stock_length - 4 <= length <= stock_length  # the stock files end with a checksum


@pytest.mark.parametrize("name", FILES)
def test_differs_from_the_stock_model(name: str) -> None:
    adapted, stock = (folder / name for folder in (sphinx._ADAPTED, sphinx._MODEL / "en-us"))
    middle = slice(400_000, 400_100)
    assert adapted.read_bytes()[middle] != stock.read_bytes()[middle]


@pytest.fixture(scope="module")
def adapted() -> sphinx.SphinxRecogniser:
    return sphinx.SphinxRecogniser(config.Asr())


@pytest.mark.parametrize(
    ("name", "grammar", "words"),
    [("digits-4821", DIGITS, "four eight two one"), ("no-thanks", YES_NO, "no thank you")],
)
def test_understands_what_the_stock_model_does_not(
    adapted: sphinx.SphinxRecogniser,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    grammar: Grammar,
    words: str,
) -> None:
    pcm16 = read_wav(FIXTURES / f"{name}.wav")
    monkeypatch.setattr(sphinx, "_ADAPTED", sphinx._MODEL / "en-us")
    stock = sphinx.SphinxRecogniser(config.Asr())
    assert stock.transcribe(1, pcm16, grammar).text != words
    assert adapted.transcribe(1, pcm16, grammar).text == words
