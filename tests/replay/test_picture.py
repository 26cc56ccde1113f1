"""The picture of a recorded call: everything that was decided is in it."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from typer.testing import CliRunner

from ivr import cli, config
from ivr.asr.none import NoRecognition
from ivr.audio import SILENCE, frames, read_wav, write_wav
from ivr.events import Expectation, Grammar, Kind, RecogniserEvent, Transcript
from ivr.replay import canvas, timeline
from ivr.replay.picture import Picture
from ivr.replay.recorded import judge_recording
from ivr.replay.timeline import Look
from ivr.store.recording import interleave
from tests.running_server import ROOT

WAV = ROOT / "audio_fixtures" / "wav"
Entry = tuple[int, Kind, dict[str, Any]]
WORDS = "what is my balance"
SECOND = frames(1000)

DECISIONS: list[Entry] = [
    (0, Kind.PROMPT_STARTED, {"prompt": 1, "text": "hello", "reply_gap_ms": None}),
    (20, Kind.DUCKED, {"on": True, "onset_at": 15}),
    (30, Kind.DUCKED, {"on": False, "onset_at": 15}),
    (30, Kind.SPEECH_IGNORED,
     {"onset_at": 15, "end_at": 25, "reason": "backchannel", "scores": {"floor": 0.21}}),
    (50, Kind.DUCKED, {"on": True, "onset_at": 45}),
    (55, Kind.BARGE_IN, {"by": "speech", "onset_at": 45, "rule": "sustained", "scores": {"floor": 0.93}}),
    (55, Kind.SPEECH_STARTED, {"onset_at": 45}),
    (56, Kind.PROMPT_ENDED, {"prompt": 1, "frames": 56, "complete": False}),
    (70, Kind.SPEECH_ENDED, {"onset_at": 45, "end_at": 60, "reason": "ignored", "rule": "unknown"}),
    (70, Kind.PROMPT_RESUMED, {"prompt": 2, "from_frame": 12, "reason": "not_understood"}),
    (71, Kind.PROMPT_STARTED, {"prompt": 2, "text": "hello", "reply_gap_ms": None}),
    (99, Kind.PROMPT_ENDED, {"prompt": 2, "frames": 29, "complete": True}),
    (110, Kind.SPEECH_STARTED, {"onset_at": 105}),
    (150, Kind.SPEECH_ENDED, {"onset_at": 105, "end_at": 137, "reason": "silence", "rule": "complete"}),
    (150, Kind.TRANSCRIPT, {"utterance": 2, "text": "<b>&", "confidence": 0.875, "alternatives": []}),
    (160, Kind.KEYS, {"keys": "12#", "reason": "full"}),
    (170, Kind.NO_INPUT, {}),
    (180, Kind.RECOGNISER_LOST, {"utterance": 3, "reason": "timeout"}),
    (190, Kind.SPEECH_STARTED, {"onset_at": 185}),
    (200, Kind.CALL_ENDED, {"outcome": "abandoned", "by": "caller", "status": 200}),
]  # fmt: skip
BOT_STRETCH = [(0, 99)]


class Always:
    """Understands the same in every utterance."""

    languages = frozenset({"en"})

    def open(
        self, utterance: int, grammar: Grammar, post: Callable[[RecogniserEvent], None]
    ) -> NoRecognition:
        return NoRecognition(utterance, lambda _: post(Transcript(utterance, WORDS, 0.9)))


@pytest.fixture(scope="module")
def channels() -> tuple[bytes, bytes]:
    """The bot talks for six seconds; the caller answers half a second later."""
    talk = (read_wav(WAV / "hours-slt.wav") * 3)[: len(SILENCE) * 6 * SECOND]
    answer = SILENCE * (6 * SECOND + 25) + read_wav(WAV / "balance-kal.wav") + SILENCE * 2 * SECOND
    return answer, talk.ljust(len(answer), b"\0")


@pytest.fixture(scope="module")
def entries(channels: tuple[bytes, bytes]) -> list[Entry]:
    return judge_recording(*channels, Expectation(Grammar("en", (WORDS,)), None), config.Settings(), Always())


def band(line: timeline.Timeline, side: str, look: Look) -> list[tuple[int, int]]:
    return [(b.first, b.last) for b in line.bands if (b.side, b.look) == (side, look)]


def test_states_become_bands() -> None:
    line = timeline.build(DECISIONS, 200, BOT_STRETCH)
    assert band(line, "bot", Look.PLAYING) == [(0, 54), (71, 99)]
    assert band(line, "bot", Look.DOUBT) == [(20, 29), (50, 54)]
    assert band(line, "bot", Look.STOPPED) == [(55, 70)]
    assert band(line, "caller", Look.DOUBT) == [(15, 29), (45, 54)]
    assert band(line, "caller", Look.IGNORED) == [(15, 25), (45, 60)]
    assert band(line, "caller", Look.SPEECH) == [(105, 137), (185, 199)]
    assert band(line, "caller", Look.ENDING) == [(138, 150)]


def test_decisions_become_labels_and_tell_their_scores() -> None:
    line = timeline.build(DECISIONS, 200, BOT_STRETCH)
    labels = {mark.label: mark for mark in line.marks}
    assert list(labels) == [
        "ducked", "full again", "ignored: backchannel", "stopped: sustained after 200 ms",
        "resumed: not understood", "turn: complete 260 ms", "“<b>&” 0.88", "keys 12#", "no input",
        "recogniser lost",
    ]  # fmt: skip
    assert "floor 0.93" in labels["stopped: sustained after 200 ms"].tip
    assert "reason: backchannel" in labels["ignored: backchannel"].tip
    assert labels["“<b>&” 0.88"].at == 105


def test_a_call_that_ends_before_its_recording_leaves_nothing_open() -> None:
    open_speech: Entry = (10, Kind.SPEECH_STARTED, {"onset_at": 5})
    end: Entry = (50, Kind.CALL_ENDED, {"outcome": "error", "by": "bot", "status": 200})
    line = timeline.build([open_speech, end], 200, [])
    assert band(line, "caller", Look.SPEECH) == [(5, 50)]
    assert [mark.label for mark in line.marks] == ["call ended: error"]


def test_a_voice_that_is_stopped_in_its_last_frame_leaves_no_band() -> None:
    stop: Entry = (100, Kind.BARGE_IN, {"by": "key", "onset_at": 100})
    assert not band(timeline.build([stop], 200, BOT_STRETCH), "bot", Look.STOPPED)


def test_the_png_has_the_size_of_the_layout(
    tmp_path: Path, channels: tuple[bytes, bytes], entries: list[Entry]
) -> None:
    picture = Picture("call.wav", *channels, entries)
    picture.write_png(tmp_path / "call.png")
    with Image.open(tmp_path / "call.png") as image:
        image.load()
        assert image.format == "PNG"
        assert image.size == (2 * picture.width, 2 * picture.height)
        assert len(image.convert("RGB").getcolors(1 << 24) or []) > 10


def test_the_html_holds_every_decision_and_nothing_from_outside(
    tmp_path: Path, channels: tuple[bytes, bytes], entries: list[Entry]
) -> None:
    Picture("call.wav", *channels, entries + DECISIONS).write_html(tmp_path / "call.html")
    page = (tmp_path / "call.html").read_text(encoding="utf-8")
    rows = unescape(page)
    assert WORDS in page
    for at, kind, data in entries + DECISIONS:
        assert f"<td>{timeline.clock(at)}</td><td>{kind.value}</td><td>{timeline.details(data)}</td>" in rows
    assert not re.search(r"https?:|\bsrc=|\bhref=|@import|url\(", page)
    assert "<b>" not in page


def test_the_html_is_well_formed(tmp_path: Path, channels: tuple[bytes, bytes]) -> None:
    Picture('<call> & "more".wav', *channels, DECISIONS).write_html(tmp_path / "call.html")
    open_tags: list[str] = []

    class Checker(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            if tag != "meta":
                open_tags.append(tag)

        def handle_endtag(self, tag: str) -> None:
            assert open_tags.pop() == tag

        def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            pass

    Checker().feed((tmp_path / "call.html").read_text(encoding="utf-8"))
    assert not open_tags


def test_a_long_call_is_wrapped_into_rows() -> None:
    def height(seconds: int) -> int:
        return Picture("call.wav", SILENCE * seconds * SECOND, b"", []).height

    head = 2 * height(20) - height(40)
    assert height(41) == height(60) == head + 3 * (height(20) - head)
    assert height(600) == height(200)  # rows of a minute


def test_labels_of_one_row_do_not_meet() -> None:
    crowd: list[Entry] = [(at, Kind.KEYS, {"keys": "1234", "reason": "full"}) for at in range(0, 1000, 7)]
    picture = Picture("call.wav", SILENCE * 1000, b"", crowd)
    (row,) = picture._rows
    width = canvas.text_width("keys 1234", 13)
    for lane in range(row.lanes_above):
        places = sorted(label.text_x for label in row.above if label.lane == lane)
        assert all(later - sooner > width for sooner, later in pairwise(places))


def test_a_call_without_audio_can_be_drawn(tmp_path: Path) -> None:
    picture = Picture("call.wav", b"", b"", [])
    picture.write_png(tmp_path / "call.png")
    picture.write_html(tmp_path / "call.html")
    assert "no decision" in (tmp_path / "call.html").read_text(encoding="utf-8")


def test_chinese_is_in_the_html_and_never_a_row_of_boxes(tmp_path: Path) -> None:
    said: Entry = (5, Kind.TRANSCRIPT, {"text": "我要人工", "confidence": 0.9})
    picture = Picture("call.wav", SILENCE * 50, b"", [said])
    picture.write_png(tmp_path / "call.png")
    picture.write_html(tmp_path / "call.html")
    assert "“我要人工” 0.90" in (tmp_path / "call.html").read_text(encoding="utf-8")


# --- the command --------------------------------------------------------------------------------


@pytest.fixture
def replay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str]]:
    """`ivr replay` in an empty folder, without a recogniser: its exit code and what it printed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cli, "errors", cli.console)
    flow = ROOT / "flows" / "hotline_en.yaml"
    Path("config.yaml").write_text(
        f"asr: {{engine: none}}\nflows: {{default: {flow}, transfers: {{agents: 'sip:agents@127.0.0.1'}}}}\n",
        encoding="utf-8",
    )

    def run(*words: str) -> tuple[int, str]:
        result = CliRunner().invoke(cli.app, ["replay", *words])
        return result.exit_code, result.output

    return run


def test_the_command_writes_both(
    replay: Callable[..., tuple[int, str]], channels: tuple[bytes, bytes]
) -> None:
    write_wav(Path("call.wav"), interleave(*channels), channels=2)
    Path("there").mkdir()
    for out, stem in (
        ((), "call"),
        (("--out", "there"), "there/call"),
        (("--out", "there/b.png"), "there/b"),
    ):
        code, output = replay("--picture", "call.wav", *out)
        assert code == 0, output
        assert f"{stem}.png\n{stem}.html\n" in output
        assert Path(f"{stem}.png").is_file()
        assert Path(f"{stem}.html").is_file()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--picture none.wav", "none.wav: there is no such file"),
        ("--picture config.yaml", "config.yaml: no WAV of 16-bit PCM"),
        ("--picture call.wav --out nowhere/call", "no folder nowhere"),
        ("--picture call.wav --only yes", "leave out --only"),
        ("--out there", "--out goes with --picture"),
    ],
)
def test_what_is_wrong_is_said(replay: Callable[..., tuple[int, str]], words: str, message: str) -> None:
    write_wav(Path("call.wav"), SILENCE * 10)
    code, output = replay(*words.split())
    assert code == 2
    assert message in output


def test_a_flow_that_asks_nothing_cannot_be_the_measure(replay: Callable[..., tuple[int, str]]) -> None:
    Path("flow.yaml").write_text(
        "flow: dumb\nlanguage: en\nstart: bye\nsteps:\n  bye:\n    hang_up: goodbye\n",
        encoding="utf-8",
    )
    Path("config.yaml").write_text("flows: {default: flow.yaml}\n", encoding="utf-8")
    write_wav(Path("call.wav"), SILENCE * 10)
    code, output = replay("--picture", "call.wav")
    assert code == 2
    assert "asks nothing" in output
