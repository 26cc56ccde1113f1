"""A recorded call as a line: what the call asks for is remembered, what is heard never changes."""

from __future__ import annotations

import wave
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from ivr import config
from ivr.asr.none import NoRecogniser
from ivr.audio import FRAME_BYTES, SILENCE, AudioError, frames, read_wav, resample, write_wav
from ivr.events import (
    CallEvent,
    Digit,
    Expectation,
    Frame,
    Grammar,
    HungUp,
    Kind,
    Played,
    PlayStarted,
    Transcript,
)
from ivr.flow import loader
from ivr.replay import recorded
from ivr.replay.recorded import RecordedLine, judge_recording, read_channels, stretches
from ivr.store.recording import interleave
from ivr.tts.spoken import say_as
from tests.running_server import ROOT

WAV = ROOT / "audio_fixtures" / "wav"
TALK = (np.resize([2000, -2000], FRAME_BYTES // 2)).astype("<i2").tobytes()
ANSWER = Expectation(Grammar("en", ("what is my balance",)), None)
Act = Callable[[RecordedLine], None]


def channel(*parts: tuple[bytes, int]) -> bytes:
    return b"".join(frame * count for frame, count in parts)


def play(line: RecordedLine, acts: dict[int, list[Act]]) -> Iterator[CallEvent]:
    """What the line tells, without its frames; `acts` are done while their frame is handled."""
    for event in line.events():
        if isinstance(event, Frame):
            for act in acts.get(event.at, []):
                act(line)
        else:
            yield event


def says(prompt: int) -> Act:
    return lambda line: line.play(prompt, SILENCE)


def test_stretches_bridge_pauses_within_a_prompt() -> None:
    bridged, apart = frames(1400), frames(1600)
    bot = channel((SILENCE, 5), (TALK, 10), (SILENCE, bridged), (TALK, 10), (SILENCE, apart), (TALK, 1))
    second = 25 + bridged + apart
    assert stretches(bot) == [(5, 24 + bridged), (second, second)]


def test_silence_has_no_stretch() -> None:
    offset = np.full(FRAME_BYTES // 2, 500, "<i2").tobytes()
    assert stretches(b"") == stretches(SILENCE * 9) == stretches(offset * 9) == []


def test_a_prompt_lasts_as_long_as_the_bot_talks() -> None:
    line = RecordedLine(SILENCE * 12, channel((SILENCE, 4), (TALK, 5), (SILENCE, 3)))
    assert list(play(line, {0: [says(1)]})) == [
        PlayStarted(4, 1),
        Played(8, 1, 5, True),
        HungUp(12, "caller", 200),
    ]


def test_each_frame_comes_with_its_audio_whatever_the_call_does() -> None:
    caller, bot = channel((SILENCE, 2), (TALK, 2)), channel((TALK, 3), (SILENCE, 1), (TALK, 1))
    told = []
    line = RecordedLine(caller, bot)
    for event in line.events():
        if isinstance(event, Frame):
            told.append(event)
            line.play(event.at, TALK)
            line.clear()
            line.transfer("sip:1@example.com")
            line.duck(True)
    assert b"".join(frame.heard for frame in told) == caller + SILENCE
    assert b"".join(frame.played for frame in told) == bot
    assert [frame.at for frame in told] == list(range(5))


def test_a_cleared_prompt_ends_with_the_next_frame_and_the_next_begins_at_once() -> None:
    line = RecordedLine(b"", TALK * 10)
    acts: dict[int, list[Act]] = {0: [says(1), says(2)], 4: [RecordedLine.clear], 6: [says(3)]}
    assert list(play(line, acts)) == [
        PlayStarted(1, 1),
        Played(5, 1, 4, False),
        Played(5, 2, 0, False),
        PlayStarted(7, 3),
        Played(9, 3, 3, True),
        HungUp(10, "caller", 200),
    ]


def test_said_and_cleared_in_one_frame() -> None:
    line = RecordedLine(b"", TALK * 5)
    acts: dict[int, list[Act]] = {1: [says(1)], 2: [RecordedLine.clear, says(2)]}
    assert list(play(line, acts))[:3] == [PlayStarted(2, 1), Played(3, 1, 1, False), PlayStarted(3, 2)]


def test_pieces_of_a_prompt_are_one_prompt() -> None:
    line = RecordedLine(b"", TALK * 4)
    acts: dict[int, list[Act]] = {0: [says(1), says(1)], 2: [says(1)]}
    assert [type(event) for event in play(line, acts)] == [PlayStarted, Played, HungUp]


def test_posted_events_come_before_the_next_frame() -> None:
    line = RecordedLine(SILENCE * 3, b"")
    said = Transcript(1, "yes", 1.0)
    order: list[object] = []
    for event in line.events():
        order.append(event.at if isinstance(event, Frame) else event)
        if isinstance(event, Frame) and event.at == 1:
            line.post(said)
    assert order == [0, 1, said, 2, HungUp(3, "caller", 200)]


def test_a_call_that_hangs_up_is_over() -> None:
    line = RecordedLine(SILENCE * 9, b"")
    assert list(play(line, {3: [RecordedLine.hang_up]})) == [HungUp(3, "bot", 200)]


def test_a_call_can_be_told_that_the_bot_begins_to_talk() -> None:
    gap = frames(2000)
    line = RecordedLine(
        b"", channel((SILENCE, 2), (TALK, 3), (SILENCE, gap), (TALK, 3)), lambda at: Digit(at, "*")
    )
    told = []
    for event in line.events():
        if isinstance(event, Digit):
            assert line.talking
            assert line.rest() == TALK * 3
            line.play(event.at, TALK)
        elif isinstance(event, Frame) and event.at == 10:
            line.play(99, TALK)  # while the bot is silent
        if not isinstance(event, Frame):
            told.append(event)
    again = 5 + gap
    assert told == [
        Digit(2, "*"),
        PlayStarted(2, 2),
        Played(4, 2, 3, True),
        Played(11, 99, 0, True),
        Digit(again, "*"),
        PlayStarted(again, again),
        Played(again + 2, again, 3, True),
        HungUp(again + 3, "caller", 200),
    ]


def test_every_stretch_is_a_prompt_and_every_turn_is_heard() -> None:
    answer = read_wav(WAV / "balance-kal.wav")
    caller = SILENCE * 100 + answer + SILENCE * 100
    bot = channel((TALK, 50), (SILENCE, len(caller) // FRAME_BYTES - 50), (TALK, 50))
    entries = judge_recording(caller, bot, ANSWER, config.Settings(), NoRecogniser())
    kinds = [kind for _, kind, _ in entries]
    assert [kind for kind in kinds if kind is not Kind.LISTEN] == [
        Kind.PROMPT_STARTED,
        Kind.PROMPT_ENDED,
        Kind.SPEECH_STARTED,
        Kind.SPEECH_ENDED,
        Kind.PROMPT_STARTED,
        Kind.PROMPT_ENDED,
        Kind.CALL_ENDED,
    ]
    assert entries == judge_recording(caller, bot, ANSWER, config.Settings(), NoRecogniser())


def test_under_the_policy_off_nothing_stops_the_voice() -> None:
    caller = SILENCE * 50 + read_wav(WAV / "balance-kal.wav") + SILENCE * 50
    bot = TALK * (len(caller) // FRAME_BYTES)
    entries = judge_recording(caller, bot, ANSWER, config.Settings(), NoRecogniser(), "off")
    assert Kind.BARGE_IN not in [kind for _, kind, _ in entries]


def test_an_empty_recording_is_a_call_without_a_frame() -> None:
    entries = judge_recording(b"", b"", ANSWER, config.Settings(), NoRecogniser())
    assert [kind for _, kind, _ in entries] == [Kind.CALL_ENDED]


def test_the_first_question_of_a_flow() -> None:
    flow = loader.load(ROOT / "flows" / "hotline_en.yaml", say_as, {"agents": "sip:agents@127.0.0.1"})
    assert recorded.first_question(flow) == (flow.expectation("main"), "speech")


# --- files --------------------------------------------------------------------------------------


def test_channels_of_a_recording(tmp_path: Path) -> None:
    caller, bot = TALK * 3, SILENCE * 3
    write_wav(tmp_path / "call.wav", interleave(caller, bot), channels=2)
    assert read_channels(tmp_path / "call.wav") == (caller, bot)


def test_a_mono_file_is_the_caller_alone(tmp_path: Path) -> None:
    write_wav(tmp_path / "call.wav", TALK)
    assert read_channels(tmp_path / "call.wav") == (TALK, SILENCE)


def test_another_rate_is_brought_to_ours(tmp_path: Path) -> None:
    path = tmp_path / "wide.wav"
    with wave.open(str(path), "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(16000)
        wav.writeframes(TALK * 50)
    assert read_channels(path)[0] == resample(TALK * 50, 16000, 8000)


def header_with(position: int, value: int) -> bytes:
    """A WAV whose header says something else at one place."""
    data = bytearray((WAV / "yes-plain.wav").read_bytes())
    data[position] = value
    return bytes(data)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "no such file"),
        (b"", "cut off"),
        (b"not audio at all", "RIFF"),
        (header_with(20, 7), "unknown format: 7"),
        (header_with(34, 8), "8 bit"),
        (header_with(22, 4), "remix 1 2"),
        ((WAV / "yes-plain.wav").read_bytes()[:44], "no audio"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, content: bytes | None, words: str) -> None:
    path = tmp_path / "call.wav"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(AudioError, match=r"call\.wav") as failure:
        read_channels(path)
    assert words in str(failure.value)


def test_a_file_that_is_too_long_is_cut_by_whoever_wants_it(tmp_path: Path) -> None:
    write_wav(tmp_path / "call.wav", SILENCE * frames(3_700_000))
    with pytest.raises(AudioError, match="trim 0 3600"):
        read_channels(tmp_path / "call.wav")
