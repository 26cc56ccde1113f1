"""The embedded recogniser on real audio."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from ivr import config
from ivr.asr.sphinx import SphinxRecogniser
from ivr.audio import FRAME_BYTES
from ivr.events import Grammar, Partial, RecogniserEvent, RecogniserLost, Transcript
from tests.asr.spoken import DIGITS, FOREIGN, MENU, SAID, audio_of

SETTINGS = config.Asr()


@pytest.fixture(scope="module")
def recogniser() -> SphinxRecogniser:
    return SphinxRecogniser(SETTINGS)


def pieces(pcm16: bytes, size: int = FRAME_BYTES) -> Iterator[bytes]:
    return (pcm16[i : i + size] for i in range(0, len(pcm16), size))


def hear(
    recogniser: SphinxRecogniser, pcm16: bytes, grammar: Grammar, size: int = FRAME_BYTES
) -> list[RecogniserEvent]:
    posted: list[RecogniserEvent] = []
    recognition = recogniser.open(7, grammar, posted.append)
    for piece in pieces(pcm16, size):
        recognition.feed(piece)
    recognition.finish()
    return posted


def final(events: list[RecogniserEvent]) -> Transcript:
    assert isinstance(events[-1], Transcript)
    assert sum(isinstance(event, Transcript) for event in events) == 1
    return replace(events[-1], compute_ms=0)


SAID_COMPLETENESS = {
    "yes": "extensible",  # please
    "five thousand dollars": "extensible",  # and ten cents
}


@pytest.mark.parametrize("words", SAID)
def test_understands_what_is_expected(recogniser: SphinxRecogniser, words: str) -> None:
    events = hear(recogniser, audio_of(words), SAID[words])
    transcript = final(events)
    assert transcript.text == words
    assert transcript.utterance == 7
    assert SETTINGS.reject_below <= transcript.confidence <= 1
    assert 10 <= transcript.start_frame < transcript.end_frame <= len(audio_of(words)) // FRAME_BYTES
    partial = events[0]
    assert isinstance(partial, Partial)
    assert (partial.utterance, partial.text) == (7, words)
    assert partial.completeness == SAID_COMPLETENESS.get(words, "complete")


@pytest.mark.parametrize("grammar", [MENU, SAID["yes"], DIGITS], ids=["menu", "yes or no", "digits"])
def test_rejects_foreign_speech(recogniser: SphinxRecogniser, grammar: Grammar) -> None:
    transcript = final(hear(recogniser, audio_of(FOREIGN), grammar))
    assert transcript.text == ""
    assert transcript.confidence < SETTINGS.reject_below


def test_same_audio_same_result_whatever_came_before(recogniser: SphinxRecogniser) -> None:
    first = final(hear(SphinxRecogniser(SETTINGS), audio_of("check my balance"), MENU))
    for words, grammar in SAID.items():
        hear(recogniser, audio_of(words), grammar)
    hear(recogniser, audio_of(FOREIGN), MENU)
    assert final(hear(recogniser, audio_of("check my balance"), MENU)) == first


@pytest.mark.parametrize("size", [2, 100, 322, 100_000])
def test_chunk_size_changes_nothing(recogniser: SphinxRecogniser, size: int) -> None:
    words = "four eight two one"
    assert final(hear(recogniser, audio_of(words), DIGITS, size)) == final(
        hear(recogniser, audio_of(words), DIGITS)
    )


def test_level_changes_nothing_much(recogniser: SphinxRecogniser) -> None:
    quiet = (np.frombuffer(audio_of("check my balance"), "<i2") // 10).astype("<i2").tobytes()
    assert final(hear(recogniser, quiet, MENU)).text == "check my balance"


def test_two_utterances_at_once_do_not_mix(recogniser: SphinxRecogniser) -> None:
    posted: list[RecogniserEvent] = []
    digits, menu = (recogniser.open(n, g, posted.append) for n, g in ((1, DIGITS), (2, MENU)))
    for a, b in zip(
        pieces(audio_of("four eight two one")), pieces(audio_of("check my balance")), strict=False
    ):
        digits.feed(a)
        menu.feed(b)
    digits.finish()
    menu.finish()
    texts = {event.utterance: event.text for event in posted if isinstance(event, Transcript)}
    assert texts == {1: "four eight two one", 2: "check my balance"}


@pytest.mark.parametrize("pcm16", [b"", bytes(2), bytes(64_000)], ids=["nothing", "one sample", "silence"])
def test_no_speech_is_a_rejected_transcript(recogniser: SphinxRecogniser, pcm16: bytes) -> None:
    assert final(hear(recogniser, pcm16, MENU)).text == ""


def test_nothing_is_posted_after_cancel(recogniser: SphinxRecogniser) -> None:
    posted: list[RecogniserEvent] = []
    recognition = recogniser.open(1, MENU, posted.append)
    recognition.feed(audio_of("check my balance")[:8000])
    posted.clear()
    recognition.cancel()
    recognition.feed(audio_of("check my balance"))
    recognition.finish()
    assert posted == []


@pytest.mark.parametrize("grammar", [Grammar("zh", ("还款",)), Grammar("en")], ids=["language", "empty"])
def test_a_grammar_that_cannot_be_used_is_lost_once(recogniser: SphinxRecogniser, grammar: Grammar) -> None:
    events = hear(recogniser, audio_of("check my balance"), grammar)
    assert [type(event) for event in events] == [RecogniserLost]


def test_sentences_with_unknown_words_do_not_spoil_the_others(recogniser: SphinxRecogniser) -> None:
    grammar = replace(MENU, sentences=(*MENU.sentences, "pay my qwrtzl loan"))
    assert final(hear(recogniser, audio_of("check my balance"), grammar)).text == "check my balance"


def test_old_grammars_make_room_for_new_ones(recogniser: SphinxRecogniser) -> None:
    for number in range(70):
        grammar = replace(MENU, sentences=(*MENU.sentences, *(["goodbye"] * number)))
        recogniser.transcribe(1, bytes(8000), grammar)
    assert final(hear(recogniser, audio_of("check my balance"), MENU)).text == "check my balance"
