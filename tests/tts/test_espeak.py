"""Real speech of espeak-ng: how long, how loud, in which order, and always the same."""

import subprocess
import sys
import threading

import numpy as np
import pytest

from ivr import audio, config
from ivr.tts import SynthesisError, engines, finish
from ivr.tts import espeak as espeak_module
from ivr.tts.espeak import EspeakSynthesiser

GREETING = "Hello, and welcome to Example Finance. How can I help you today?"


def samples(pcm16):
    return np.frombuffer(pcm16, dtype="<i2").astype(float)


def seconds(pcm16):
    return len(pcm16) / 2 / audio.RATE_HZ


@pytest.mark.parametrize(
    ("text", "language", "shortest_s", "longest_s"),
    [
        ("Good morning, this is your bank speaking.", "en", 1.5, 4),
        ("您好，请问有什么可以帮您？", "zh", 1.5, 4.5),
        ("Yes.", "en", 0.15, 0.8),
        ("好", "zh", 0.1, 0.8),
    ],
)
def test_speech_is_heard_at_an_even_level(espeak, text, language, shortest_s, longest_s):
    [piece] = espeak.speak(text, language)
    wave = samples(piece)
    assert shortest_s < seconds(piece) < longest_s
    assert abs(wave).max() < 32767 * 10 ** (finish.PEAK_DBFS / 20) + 1
    loudest = np.sort(np.sqrt((wave[: len(wave) // 80 * 80].reshape(-1, 80) ** 2).mean(axis=1)))[-10:]
    assert -27 < 20 * np.log10(np.sqrt((loudest**2).mean()) / 32768) < -10


def test_little_silence_stands_before_the_speech(espeak):
    for text, language in [(GREETING, "en"), ("请问您要还款吗？", "zh")]:
        wave = samples(next(espeak.speak(text, language)))
        assert np.flatnonzero(abs(wave) > 300)[0] < audio.RATE_HZ * 60 / 1000


def test_sentences_come_one_by_one_with_a_pause_between(espeak, monkeypatch):
    made = []
    speak = espeak_module._Library.speak
    monkeypatch.setattr(
        espeak_module._Library, "speak", lambda self, text, rate: made.append(text) or speak(self, text, rate)
    )
    pieces = espeak.speak(GREETING, "en")
    assert made == []
    first = next(pieces)
    assert made == ["Hello, and welcome to Example Finance."]
    second = next(pieces)
    assert len(made) == 2
    assert next(pieces, None) is None
    silent = [np.flatnonzero(abs(samples(piece))[::-1] > 100)[0] / 8 for piece in (first, second)]
    assert silent[0] >= finish.PAUSE_MS - 20 > finish.TAIL_MS + 20 >= silent[1]


def test_the_language_is_heard(espeak):
    english, mandarin = (b"".join(espeak.speak("四零七一", language)) for language in ("en", "zh"))
    assert seconds(english) > 1.5 * seconds(mandarin)


def test_a_named_voice_and_the_rate_are_heard(espeak):
    plain = b"".join(espeak.speak(GREETING, "en"))
    assert b"".join(espeak.speak(GREETING, "en", "en-us")) == plain
    assert b"".join(espeak.speak(GREETING, "en", "en-us+m3")) != plain
    fast = EspeakSynthesiser(config.Tts(rate_wpm=240))
    assert seconds(b"".join(fast.speak(GREETING, "en"))) < 0.8 * seconds(plain)
    assert fast.name != espeak.name
    assert "1.52" in espeak.name
    assert "160" in espeak.name


def test_the_same_text_always_gives_the_same_samples(espeak):
    """Whatever was spoken before, and in another process too."""
    texts = [(GREETING, "en", ""), ("您的余额是五千元五角。", "zh", ""), ("Yes.", "en", "en-us+m3")]
    before = [b"".join(espeak.speak(*text)) for text in texts]
    for other in ("One.", "Some other sentence, longer than the first.", "是"):
        list(espeak.speak(other, "en"))
        assert [b"".join(espeak.speak(*text)) for text in texts] == before
    program = (
        "import sys; from ivr import config; from ivr.tts import engines\n"
        "list(engines.create(config.Tts()).speak('Shh, thin zebras.', 'en'))\n"
        f"sys.stdout.buffer.write(b''.join(engines.create(config.Tts()).speak({GREETING!r}, 'en')))"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, timeout=60)
    assert run.stdout == before[0]


def test_threads_do_not_mix_their_voices(espeak):
    texts = [(GREETING, "en"), ("您好，请问有什么可以帮您？请说。", "zh")] * 2
    alone = [list(espeak.speak(*text)) for text in texts]
    together = [[] for _ in texts]

    def speak(number):
        for _ in range(5):
            together[number].append(list(espeak.speak(*texts[number])))

    threads = [threading.Thread(target=speak, args=(number,)) for number in range(len(texts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert together == [[pieces] * 5 for pieces in alone]


@pytest.mark.parametrize("text", ["", "...", " \n ", "、。"])
def test_nothing_to_say_is_silence(espeak, text):
    assert list(espeak.speak(text, "en")) == []


@pytest.mark.parametrize("text", ["a\0b", "\ud800 yes", "<b>&amp;</b> [[xx]]", "x" * 300])
def test_odd_text_is_spoken(espeak, text):
    assert b"".join(espeak.speak(text, "en"))


@pytest.mark.parametrize("voice", ["martian", "en-us+nobody", "en-us+../../en_dict", "+m3"])
def test_an_unknown_voice_is_named(espeak, voice):
    with pytest.raises(SynthesisError) as caught:
        next(espeak.speak("Hello.", "en", voice))
    assert f"'{voice}'" in str(caught.value)
    assert "tts.voices in config.yaml" in str(caught.value)
    assert list(espeak.speak("Hello.", "en"))


def test_trouble_shows_at_the_start(monkeypatch):
    with pytest.raises(SynthesisError, match="'martian'"):
        engines.create(config.Tts(voices={"en": "martian"}))
    monkeypatch.setattr(espeak_module, "_library", espeak_module._Library)
    monkeypatch.setattr(espeak_module.espeakng_loader, "get_library_path", lambda: "/nowhere/libespeak.so")
    with pytest.raises(SynthesisError, match=r"/nowhere/libespeak\.so.*pip install"):
        engines.create(config.Tts())


def test_an_unknown_language_is_named(espeak):
    with pytest.raises(SynthesisError, match=r"'fr' \(known: en, zh\)"):
        next(espeak.speak("Bonjour.", "fr"))
