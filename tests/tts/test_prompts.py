"""The prompt cache over real speech, real files and real processes."""

import logging
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from ivr import audio
from ivr.tts import SynthesisError
from ivr.tts.prompts import Prompts

TEXT = "Welcome. How can I help you?"


class Counting:
    """The real voice, counting what is asked of it."""

    def __init__(self, espeak):
        self.espeak, self.name, self.languages, self.spoken = espeak, espeak.name, espeak.languages, []

    def speak(self, text, language, voice=""):
        self.spoken.append(text)
        return self.espeak.speak(text, language, voice)


@dataclass
class Item:
    text: str
    language: str = "en"
    voice: str = ""
    recording: Path | None = None


@pytest.fixture
def voice(espeak):
    return Counting(espeak)


def speak(prompts, text=TEXT, keep=True):
    return b"".join(prompts.stream(text, "en", "", keep))


def test_a_kept_prompt_is_ready_at_once_for_others_too(voice, tmp_path):
    first = Prompts(voice, tmp_path / "cache")
    assert first.ready(TEXT, "en", "", None) is None
    spoken = speak(first)
    for prompts in (first, Prompts(voice, tmp_path / "cache")):
        assert prompts.ready(TEXT, "en", "", None) == spoken
    assert voice.spoken == [TEXT]
    assert first.ready(TEXT, "zh", "") is None
    assert first.ready(TEXT, "en", "en-us+m3") is None
    voice.name += " newer"
    assert first.ready(TEXT, "en", "") is None


def test_a_prompt_made_by_another_process_is_ready(voice, tmp_path):
    program = (
        "import sys; from pathlib import Path; from ivr import config\n"
        "from ivr.tts import engines; from ivr.tts.prompts import Prompts\n"
        f"prompts = Prompts(engines.create(config.Tts()), Path({str(tmp_path)!r}))\n"
        f"for _ in range(20): list(prompts.stream({TEXT!r}, 'en', '', True))\n"
    )
    pair = [subprocess.Popen([sys.executable, "-W", "ignore", "-c", program]) for _ in range(2)]
    assert [process.wait(60) for process in pair] == [0, 0]
    assert len(list(tmp_path.iterdir())) == 1  # no unfinished file is left
    assert Prompts(voice, tmp_path).ready(TEXT, "en", "") == b"".join(voice.speak(TEXT, "en"))


def test_what_is_not_kept_never_lands_on_disk(voice, tmp_path):
    prompts = Prompts(voice, tmp_path)
    assert speak(prompts, keep=False)
    assert list(tmp_path.iterdir()) == []
    assert prompts.ready(TEXT, "en", "") is None


def test_a_prompt_cut_off_by_the_caller_is_not_kept(voice, tmp_path):
    prompts = Prompts(voice, tmp_path)
    pieces = prompts.stream(TEXT, "en", "", keep=True)
    assert next(pieces)
    pieces.close()
    assert prompts.ready(TEXT, "en", "") is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("damage", [lambda c: c[:-100], lambda c: b"", lambda c: c[:500] + b"\7" + c[501:]])
def test_a_damaged_file_is_made_again(voice, tmp_path, damage):
    spoken = speak(Prompts(voice, tmp_path))
    [file] = tmp_path.iterdir()
    whole = file.read_bytes()
    file.write_bytes(damage(whole))
    prompts = Prompts(voice, tmp_path)
    assert prompts.ready(TEXT, "en", "") is None
    report = prompts.fill([Item(TEXT)])
    assert (report.made, report.kept, report.failed) == (1, 0, [])
    assert file.read_bytes() == whole
    assert prompts.ready(TEXT, "en", "") == spoken


def test_a_folder_that_cannot_be_written_costs_one_warning(voice, tmp_path, caplog):
    in_the_way = tmp_path / "cache"
    in_the_way.write_text("a file, not a folder")
    prompts = Prompts(voice, in_the_way)
    for text in (TEXT, "Goodbye."):
        assert prompts.ready(text, "en", "") is None
        assert prompts.ready(text, "en", "") is None
        spoken = speak(prompts, text)
        assert prompts.ready(text, "en", "") == spoken
    [record] = caplog.records
    assert record.levelno == logging.WARNING
    assert str(in_the_way) in record.message
    assert "memory" in record.message


def test_a_full_disk_leaves_nothing_behind(voice, tmp_path, caplog, monkeypatch):
    def full(self, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    prompts = Prompts(voice, tmp_path)
    assert speak(prompts) == prompts.ready(TEXT, "en", "")
    assert list(tmp_path.iterdir()) == []
    assert "No space left on device" in caplog.text


def test_memory_is_bounded(voice, tmp_path):
    size = len(speak(Prompts(voice, tmp_path)))
    in_the_way = tmp_path / "file"
    in_the_way.touch()
    prompts = Prompts(voice, in_the_way, memory_bytes=size + size // 2)
    speak(prompts)
    speak(prompts)
    assert prompts.ready(TEXT, "en", "")
    speak(prompts, TEXT + " Please say yes or no.")
    assert prompts.ready(TEXT, "en", "") is None


def test_a_recording_plays_in_place_of_synthesis(voice, tmp_path):
    wav = tmp_path / "hello.wav"
    audio.write_wav(wav, b"\1\2" * 800)
    prompts = Prompts(voice, tmp_path / "cache")
    assert prompts.ready(TEXT, "en", "", wav) == b"\1\2" * 800
    audio.write_wav(wav, b"\3\4" * 900)
    assert prompts.ready(TEXT, "en", "", wav) == b"\3\4" * 900
    assert voice.spoken == []


def test_an_unreadable_recording_is_reported_and_its_text_spoken(voice, tmp_path, caplog):
    broken, missing = tmp_path / "broken.wav", tmp_path / "missing.wav"
    broken.write_bytes(b"not a WAV file")
    items = [Item(TEXT, recording=broken), Item("Goodbye.", recording=missing)]
    prompts = Prompts(voice, tmp_path / "cache")
    report = prompts.fill(items)
    assert (report.made, report.kept) == (2, 0)
    assert [str(path) in message for path, message in zip((broken, missing), report.failed, strict=True)]
    assert caplog.records == []
    for _ in range(2):
        assert prompts.ready(TEXT, "en", "", broken) == b"".join(voice.espeak.speak(TEXT, "en"))
    [record] = caplog.records
    assert str(broken) in record.message
    assert Prompts(voice, tmp_path / "other").ready(TEXT, "en", "", missing) is None


def test_fill_counts_and_tells_its_progress(voice, tmp_path):
    wav = tmp_path / "hello.wav"
    audio.write_wav(wav, bytes(1600))
    items = [Item("One."), Item("Two."), Item("One."), Item("", recording=wav), Item("X", voice="martian")]
    seen = []
    report = Prompts(voice, tmp_path / "cache").fill(items, seen.append)
    assert (report.made, report.kept) == (2, 2)
    assert "'martian'" in report.failed[0]
    assert seen == [1, 2, 3, 4, 5]
    assert Prompts(voice, tmp_path / "cache").fill(items[:4]).kept == 4


def test_a_failing_voice_raises_and_nothing_is_kept(voice, tmp_path):
    prompts = Prompts(voice, tmp_path)
    with pytest.raises(SynthesisError):
        list(prompts.stream(TEXT, "en", "martian", keep=True))
    assert list(tmp_path.iterdir()) == []
