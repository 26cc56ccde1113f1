"""What the model of a recogniser does to words."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.simulate import phrases
from ivr.simulate.noise import Channel

LANGUAGES = ("en", "zh")


def channel(language: str, wer: float) -> Channel:
    return Channel(language, wer, phrases.load(language).sentences())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("wer", [0.05, 0.1, 0.2])
def test_noise_hits_its_rate(language: str, wer: float) -> None:
    noisy, chance = channel(language, wer), Random(1)
    heard = [noisy.hear(text, chance) for text in list(phrases.load(language).sentences()) * 6]
    understood = [one for one in heard if one.text]
    errors = sum(one.errors for one in understood) / sum(one.words for one in understood)
    assert errors == pytest.approx(wer, rel=0.1)
    assert 1 - len(understood) / len(heard) == pytest.approx(wer / 2, rel=0.35)


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_errors_every_word_arrives(language: str) -> None:
    clear = channel(language, 0.0)
    for text in phrases.load(language).sentences():
        heard = clear.hear(text, Random(1))
        assert (heard.text, heard.confidence, heard.errors) == (text, 1.0, 0)


@pytest.mark.parametrize("language", LANGUAGES)
def test_confidence_falls_with_errors(language: str) -> None:
    noisy, chance = channel(language, 0.2), Random(2)
    heard = [noisy.hear(text, chance) for text in phrases.load(language).sentences()]

    def mean(confidences: list[float]) -> float:
        return sum(confidences) / len(confidences)

    right = mean([one.confidence for one in heard if one.text and not one.errors])
    assert right > mean([one.confidence for one in heard if one.errors]) + 0.1


def test_what_words_are_taken_for() -> None:
    assert channel("en", 0.1).near("fifty") == ("fifteen", "sixty")
    assert "lone" not in channel("en", 0.1).near("loan")  # no word of ours
    assert "款" in channel("zh", 0.1).near("宽")
    assert all("\u3400" <= one <= "\u9fff" for one in channel("zh", 0.1).near("还"))


@given(st.text(max_size=30), st.integers(0, 1000), st.sampled_from(LANGUAGES))
def test_any_text_by_any_luck(text: str, seed: int, language: str) -> None:
    noisy = CHANNELS[language]
    one, other = noisy.hear(text, Random(seed)), noisy.hear(text, Random(seed))
    assert one == other
    assert 0 <= one.confidence <= 1
    assert one.errors <= one.words


CHANNELS = {language: channel(language, 0.3) for language in LANGUAGES}
