"""Labelled sounds of callers enter a bench or a training: interruptions, backchannels, coughs, noise.

    shared/speech  real people and rooms  --+
    audio_fixtures synthetic callers      --+--> cut, 8 kHz, -26 dBFS, exact onset and end --> Sound
    espeak-ng, flite                      --+
    hums, coughs, music (made here)       --+

The halves "tuning" and "test" share no talker, no synthetic voice, no half of a noise recording and no
random seed. What takes long to make is kept in var/bench.
"""

from __future__ import annotations

import functools
import hashlib
import json
import shutil
import subprocess
import sys
import threading
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import numpy as np
import yaml
from numpy.typing import NDArray
from scipy.signal import butter, lfilter, resample_poly, sosfilt

from audio_fixtures import telephone
from bench.result import SPEECH
from ivr import audio, config
from ivr.tts.espeak import EspeakSynthesiser

Half = Literal["tuning", "test"]
Kind = Literal["interruption", "command", "backchannel", "cough", "noise", "music", "talker"]
Wave = NDArray[np.float64]

RATE_HZ = audio.RATE_HZ
LEVEL_DB = -26.0
FIXTURES = Path(__file__).parents[1] / "audio_fixtures"
KEPT = Path(__file__).parents[1] / "var" / "bench"


@dataclass(frozen=True)
class Sound:
    kind: Kind
    source: str
    """voice or speaker id or file"""
    language: str
    text: str
    """"" where nobody knows"""
    pcm16: NDArray[np.int16]
    """8 kHz, -26 dBFS RMS over its active frames"""
    onset: int
    """first active sample"""
    end: int
    """last active sample + 1"""


COMMANDS = {
    "en": (
        "no|stop|wait|agent|help|repeat|goodbye|excuse me|hold on|wait a minute|speak to a person|"
        "next payment|no no no|stop it|wait wait|operator|please stop|human|cancel|my balance|"
        "pay off my loan|hang on|start over|go back|that's wrong|no thanks|listen|hello|not that|never mind|"
        "what|yes please|i have a question|one moment|be quiet|sorry|why|yes|which one|new card|"
        "a person please|i want to pay off my loan|can i talk to someone"
    ).split("|"),
    "zh": (
        "等一下|不要|人工|停|不对|等等|不是|帮助|再说一遍|转人工|停一下|我要还款|没有|查余额|再见|不用了"
    ).split("|"),
}
"""short interruptions"""
CONTINUED = {
    "en": (
        "okay stop|okay but wait|yeah but no|right but i want something else|oh no|oh wait|"
        "okay i got it stop|i see but|yeah stop|oh sorry wait|uh no|uh no wait|"
        "okay thank you i want an agent|right stop there|yeah i know that|um i want to pay|"
        "uh can you repeat that|okay next|oh that is wrong"
    ).split("|"),
    "zh": "好了停|对不起|是不是|好我知道了|嗯等一下|哦不对|对我要转人工|嗯不要".split("|"),
}
"""interruptions that begin as a backchannel does"""
BACKCHANNELS = {
    "en": (
        "uh huh|okay|yeah|right|i see|oh|aha|ok|yep|sure|oh okay|yeah yeah|ah|uh huh uh huh|"
        "okay okay|alright|good|oh i see|got it|ah okay"
    ).split("|"),
    "zh": "嗯|对|好|是|哦|嗯嗯|对对|好的|是的|哦好|对对对|啊".split("|"),
}
_SPLIT: dict[Half, dict[str, tuple[str, ...]]] = {
    "tuning": {
        "talkers": (*"1688 1998 2033".split(),),
        "digits": (*"george nicolas".split(),),
        "flite": (*"slt kal16".split(),),
        "fixtures": (*"flite-slt flite-kal16 festival-slt festival-kal espeak-us-f".split(),),
        "en-us": (
            *(
                "m1 m3 m5 f1 f3 f5 croak Alex Andrea Gene Lee Mario adam anika belinda caleb ed "
                "grandma ian klatt klatt3 marcelo pablo robert steph travis zac"
            ).split(),
        ),
        "en": (*"m1 m5 f1 f5 aunty iven linda quincy rob sandro".split(),),
        "cmn": (*"m1 m3 m5 f1 f3 f5 Alex Andrea Mario adam anika belinda klatt".split(),),
    },
    "test": {
        "talkers": (*"2414 2609 3005".split(),),
        "digits": (*"jackson yweweler".split(),),
        "flite": (*"rms awb".split(),),
        "fixtures": (*"flite-rms flite-awb espeak-gb espeak-us".split(),),
        "en-us": (
            *(
                "m2 m4 m6 m7 f2 f4 Alicia Andy Annie Denis Hugo Jacky Michael antonio benjamin boris "
                "david edward grandpa john klatt2 max paul pedro steph2 victor norbert"
            ).split(),
        ),
        "en": (*"m2 m6 f2 f4 iven2 miguel shelby steph3 kaukovalta".split(),),
        "cmn": (*"m2 m4 m6 f2 f4 Alicia Andy Annie Denis Hugo david klatt2".split(),),
    },
}
"""who belongs to which half; a variant of espeak-ng belongs to one in all its languages"""
_ACCENTS = ("en-us", "en-us", "en-us", "en-us-nyc", "en", "en-gb-x-rp", "en-gb-scotland", "en-029")


class Material:
    """All sounds of one half. The same seed gives the same sounds."""

    def __init__(self, half: Half, seed: int = 1) -> None:
        self.half: Half = half
        self.seed = seed
        self._who = _SPLIT[half]

    def interruptions(self) -> list[Sound]:
        """Phrases of people reading, strings of digits, and sentences of the fixtures' synthetic callers."""
        return self._kept("interruption", self._interruptions)

    def commands(self) -> list[Sound]:
        """One to six words by synthetic voices."""
        return self._kept("command", self._commands)

    def backchannels(self) -> list[Sound]:
        """Words by synthetic voices, hums by a model of the voice, hums grown from a person's vowel."""
        return self._kept("backchannel", self._backchannels)

    def coughs(self) -> list[Sound]:
        return self._kept("cough", self._coughs)

    def noises(self) -> list[Sound]:
        return self._kept("noise", self._noises)

    def music(self) -> list[Sound]:
        return self._kept("music", self._music)

    def talkers(self) -> list[Sound]:
        """2 to 5 seconds of people who are not the caller."""
        return self._kept("talker", self._talkers)

    def continued(self) -> list[Sound]:
        """Commands that begin as a backchannel does: "okay stop"."""
        return self._kept("command", self._continued, "continued")

    def _kept(
        self, kind: Kind, make: Callable[[np.random.Generator], Iterator[Sound]], name: str = ""
    ) -> list[Sound]:
        name = name or kind
        path = KEPT / f"material-{self.half}-{self.seed}-{name}-{_version()}.npz"
        if path.exists():
            return _load(path)
        rng = np.random.default_rng(zlib.crc32(f"{self.half} {self.seed} {name}".encode()))
        sounds = list(make(rng))
        _save(path, sounds)
        return sounds

    # --- speech of people and of the fixtures

    def _interruptions(self, rng: np.random.Generator) -> Iterator[Sound]:
        for path in self._recordings("talkers", "-", self._who["talkers"]):
            for phrase in _phrases(_read(path), rng, most=8):
                yield _sound("interruption", path.stem, "en", "", phrase)
        for speaker in self._who["digits"]:
            takes = [_trimmed(_read(x)) for x in sorted((SPEECH / "digits").glob(f"*_{speaker}_*.wav"))]
            names = [x.name[0] for x in sorted((SPEECH / "digits").glob(f"*_{speaker}_*.wav"))]
            for _ in range(26 if takes else 0):
                chosen = rng.integers(len(takes), size=rng.integers(2, 6))
                parts = [y for i in chosen for y in (takes[i], np.zeros(int(rng.integers(160, 1000))))]
                yield _sound(
                    "interruption", speaker, "en", " ".join(names[i] for i in chosen), np.concatenate(parts)
                )
        manifest = yaml.safe_load((FIXTURES / "manifest.yaml").read_text(encoding="utf-8"))
        for entry in manifest["utterances"]:
            clean = entry["condition"] in ("clean", "mu-law", "a-law", "soft", "loud")
            plain = entry["words"] and not {"parts", "keep"} & entry.keys()
            if entry.get("voice") in self._who["fixtures"] and clean and plain:
                wave = _read(FIXTURES / entry["wav"])
                yield _sound("interruption", entry["voice"], "en", entry["words"], wave)

    def _talkers(self, rng: np.random.Generator) -> Iterator[Sound]:
        paths = sorted((SPEECH / "crowd").glob("*.wav"))
        for path in paths[:12] if self.half == "tuning" else paths[12:]:
            for _ in range(2):  # other phrases, or the same ones with another end
                for phrase in _phrases(_read(path), rng, most=4, seconds=(2.0, 5.0), pause=2):
                    yield _sound("talker", path.stem, "en", "", phrase)

    def _recordings(self, folder: str, mark: str, speakers: tuple[str, ...]) -> list[Path]:
        if not SPEECH.is_dir():
            _say_once("the recordings of people are missing: shared/speech")
        return [x for x in sorted((SPEECH / folder).glob("*.wav")) if x.name.split(mark)[0] in speakers]

    # --- synthetic speech

    def _commands(self, rng: np.random.Generator) -> Iterator[Sound]:
        yield from self._spoken("command", COMMANDS, {"en": 220, "zh": 60}, rng)

    def _continued(self, rng: np.random.Generator) -> Iterator[Sound]:
        yield from self._spoken("command", CONTINUED, {"en": 120, "zh": 40}, rng)

    def _backchannels(self, rng: np.random.Generator) -> Iterator[Sound]:
        yield from self._spoken("backchannel", BACKCHANNELS, {"en": 150, "zh": 50}, rng)
        for number in range(100):
            text, wave = hum(rng)
            yield _sound("backchannel", f"hum-{self.half}-{self.seed}-{number}", "", text, wave)
        voices = {x.stem: _read(x) for x in self._recordings("talkers", "-", self._who["talkers"])}
        crowd = sorted((SPEECH / "crowd").glob("*.wav"))
        voices |= {x.stem: _read(x) for x in (crowd[:12] if self.half == "tuning" else crowd[12:])}
        for name, recording in voices.items():
            for _ in range(3):
                made = grown_hum(recording, rng)
                if made:
                    yield _sound("backchannel", f"{name}-hum", "", *made)

    def _spoken(
        self, kind: Kind, texts: dict[str, list[str]], counts: dict[str, int], rng: np.random.Generator
    ) -> Iterator[Sound]:
        """Every text in turn, by a random voice, at a random rate, shifted a little in pitch and formants."""
        jobs = []
        for language, count in counts.items():
            for number in range(count):
                text = texts[language][number % len(texts[language])]
                jobs.append((language, text, self._voice(language, rng), *self._manner(rng)))
        with ThreadPoolExecutor(2) as pool:  # for flite; espeak-ng takes turns
            waves = list(pool.map(lambda job: _speak(job[2], job[1], job[3]), jobs))
        for (language, text, voice, _, warp), wave in zip(jobs, waves, strict=True):
            if wave.any():
                yield _sound(kind, voice, language, text, warped(wave, warp))

    def _voice(self, language: str, rng: np.random.Generator) -> str:
        if language == "zh":
            return f"cmn+{rng.choice(self._who['cmn'])}"
        if rng.random() < 0.3 and _has_flite():
            return f"flite-{rng.choice(self._who['flite'])}"
        accent = str(rng.choice(_ACCENTS))
        variants = self._who["en-us" if accent.startswith("en-us") else "en"]
        return f"{accent}+{rng.choice(variants)}"

    @staticmethod
    def _manner(rng: np.random.Generator) -> tuple[int, float]:
        """Words a minute, and the factor by which the voice becomes lower."""
        return int(rng.choice([130, 145, 160, 180, 205])), float(
            rng.choice([0.86, 0.92, 1.0, 1.0, 1.08, 1.16])
        )

    # --- what is no speech

    def _coughs(self, rng: np.random.Generator) -> Iterator[Sound]:
        for number in range(80):
            name, make = (("cough", cough), ("throat", throat))[number % 4 == 3]
            yield _sound("cough", f"{name}-{self.half}-{self.seed}-{number}", "", "", make(rng))

    def _noises(self, rng: np.random.Generator) -> Iterator[Sound]:
        for path in sorted((SPEECH / "noise").glob("*.wav")):
            wave = _read(path)
            middle = len(wave) // 2
            wave = wave[:middle] if self.half == "tuning" else wave[middle:]
            for _ in range(16):
                size = int(RATE_HZ * rng.uniform(0.3, 4))
                start = int(rng.integers(len(wave) - size))
                yield _sound(
                    "noise",
                    path.name,
                    "",
                    "",
                    _faded(wave[start : start + size], float(rng.choice([2, 20, 200]))),
                )
        made = {"thud": telephone.thud, "crackle": telephone.crackle, "breath": breath, "clicks": clicks,
                "ringing": telephone.ringing, "hiss": hiss, "rustle": rustle}  # fmt: skip
        for name, make in made.items():
            for number in range(2 if name in ("ringing", "crackle", "thud") else 6):
                yield _sound("noise", f"{name}-{self.half}-{self.seed}-{number}", "", "", make(rng))

    def _music(self, rng: np.random.Generator) -> Iterator[Sound]:
        for number in range(60):
            yield _sound("music", f"music-{self.half}-{self.seed}-{number}", "", "", music(rng))


# --- a wave becomes a Sound --------------------------------------------------------------------


def _sound(kind: Kind, source: str, language: str, text: str, wave: Wave) -> Sound:
    """Cut to what is active, at the usual level, with 5 ms of fade outside."""
    margin = RATE_HZ // 200
    first, last = _active(wave)
    wave = np.concatenate([np.zeros(margin), wave, np.zeros(margin)])[first : last + 2 * margin].copy()
    fade = np.linspace(0, 1, margin, endpoint=False)
    wave[:margin] *= fade
    wave[len(wave) - margin :] *= fade[::-1]
    pcm16 = np.clip(np.rint(telephone.at_level(wave, LEVEL_DB) * 32768), -32768, 32767).astype(np.int16)
    return Sound(kind, source, language, text, pcm16, margin, len(pcm16) - margin)


def _envelope_db(wave: Wave, ms: int = 5) -> Wave:
    """Level of each window of `ms` milliseconds against the loud parts."""
    size = RATE_HZ * ms // 1000
    whole = wave[: len(wave) // size * size].reshape(-1, size)
    power = (whole**2).mean(axis=1)
    loud = power[power > power.max() * 10**-2.5].mean() if power.any() else 1.0
    return np.asarray(10 * np.log10(np.maximum(power, 1e-14) / loud))


def _active(wave: Wave) -> tuple[int, int]:
    """Within 5 ms: two windows in a row within 28 dB of the active level, or 9 dB above what is steady."""
    level = _envelope_db(wave)
    limit = max(-28.0, min(-18.0, float(np.percentile(level, 3)) + 9.0)) if len(level) > 20 else -28.0
    on = level > limit
    pairs = np.flatnonzero(on[1:] & on[:-1])
    if not len(pairs):
        return 0, len(wave)
    size = RATE_HZ // 200
    return int(pairs[0]) * size, min(len(wave), (int(pairs[-1]) + 2) * size)


def _trimmed(wave: Wave) -> Wave:
    first, last = _active(wave)
    return wave[first:last]


def _phrases(
    wave: Wave, rng: np.random.Generator, most: int, seconds: tuple[float, float] = (1.0, 4.0), pause: int = 6
) -> Iterator[Wave]:
    """Begins where the voice sets in after a pause of so many 10 ms; ends in a pause or a dip."""
    level = np.convolve(_envelope_db(wave, 10), np.ones(2) / 2, "same")
    noise = float(np.percentile(level, 5))
    quiet = level < max(-32.0, min(-15.0, noise + 8.0))
    starts = [i for i in range(pause, len(level)) if not quiet[i] and quiet[i - pause : i].all()]
    if not quiet[:3].all() and len(starts) < 2:
        starts.insert(0, 0)
    least, longest = (int(100 * x) for x in seconds)
    starts = [i for i in starts if len(level) - i >= least]
    chosen = sorted(rng.permutation(len(starts))[:most])
    for start in (starts[i] for i in chosen):
        wanted = start + int(rng.integers(least, longest + 1))
        ends = np.arange(start + least, min(len(level), start + longest) + 1)
        cost = np.concatenate([level, [-60.0]])[ends] + 0.25 * np.abs(ends - wanted)
        end = int(ends[np.argmin(cost)])
        yield wave[start * 80 : end * 80]


def warped(wave: Wave, factor: float) -> Wave:
    """Lower by this factor in pitch and formants, and as much longer: another throat."""
    up = round(100 * factor)
    return wave if up == 100 else np.asarray(resample_poly(wave, up, 100))


def _faded(wave: Wave, ms: float) -> Wave:
    size = min(len(wave) // 2, int(RATE_HZ * ms / 1000))
    fade = np.ones(len(wave))
    fade[:size] = np.linspace(0, 1, size)
    fade[len(wave) - size :] = np.linspace(1, 0, size)
    return wave * fade


def _read(path: Path) -> Wave:
    return np.frombuffer(audio.read_wav(path), "<i2") / 32768


# --- engines -----------------------------------------------------------------------------------


_ESPEAK = threading.Lock()


@functools.cache
def _espeak(rate_wpm: int) -> EspeakSynthesiser:
    return EspeakSynthesiser(config.Tts(rate_wpm=rate_wpm))


@functools.cache
def _has_flite() -> bool:
    if shutil.which("flite"):
        return True
    _say_once("flite is not installed: the material goes without its voices (apt-get install flite)")
    return False


@functools.cache
def _say_once(text: str) -> None:
    print(text, file=sys.stderr)


def _speak(voice: str, text: str, rate_wpm: int) -> Wave:
    if not voice.startswith("flite-"):
        with _ESPEAK:
            pieces = list(_espeak(rate_wpm).speak(text, voice.split("+")[0], voice))
        return np.frombuffer(b"".join(pieces), "<i2") / 32768
    with TemporaryDirectory() as folder:
        wav = Path(folder) / "speech.wav"
        manner = ["-voice", voice.removeprefix("flite-"), "--setf", f"duration_stretch={160 / rate_wpm}"]
        subprocess.run(["flite", *manner, "-t", text, "-o", str(wav)], check=True, timeout=60)
        return _read(wav)


# --- hums --------------------------------------------------------------------------------------


def _resonances(source: Wave, tracks: list[tuple[Wave, float]]) -> Wave:
    """Formants in a row; each a track in Hz over time and its bandwidth. Moves every 5 ms."""
    out = source
    step = RATE_HZ // 200
    for track, width in tracks:
        made, state = [], np.zeros(2)
        radius = np.exp(-np.pi * width / RATE_HZ)
        for at in range(0, len(out), step):
            turn = 2 * np.pi * min(track[at], 3800.0) / RATE_HZ
            poles = [1.0, -2 * radius * np.cos(turn), radius**2]
            piece, state = lfilter([sum(poles)], poles, out[at : at + step], zi=state)
            made.append(piece)
        out = np.concatenate(made)
    return np.asarray(out)


def _glottis(pitch_hz: Wave, rng: np.random.Generator, breathy: float) -> Wave:
    """Pulses that fall by 12 dB an octave, with jitter, shimmer and breath."""
    drift = np.cumsum(rng.standard_normal(len(pitch_hz))) * 2e-4
    phase = np.cumsum(pitch_hz * (1 + np.clip(drift, -0.03, 0.03)) / RATE_HZ)
    phase = phase + 0.004 * np.repeat(rng.standard_normal(len(phase) // 40 + 1), 40)[: len(phase)]
    within, opened = phase % 1, rng.uniform(0.5, 0.75)
    flow = np.where(within < opened, np.sin(np.pi * within / opened) ** 2 * (1 + within), 0)
    pulses = np.diff(flow, prepend=0)
    pulses = pulses / (np.abs(pulses).max() + 1e-9)
    shimmer = 1 + 0.08 * rng.standard_normal(int(phase[-1]) + 2)[phase.astype(int)]
    return np.asarray(pulses * shimmer + breathy * rng.standard_normal(len(pulses)) * (0.3 + flow))


def _line(size: int, *points: float) -> Wave:
    return np.interp(np.linspace(0, 1, size), np.linspace(0, 1, len(points)), points)


def _swell(size: int, rise_ms: float, fall_ms: float) -> Wave:
    at = np.arange(size) / RATE_HZ * 1000
    return np.minimum(1, at / rise_ms) ** 0.7 * np.minimum(1, at[::-1] / fall_ms)


_VOWELS = {"m": (270, 1100, 2200), "uh": (620, 1250, 2500), "ah": (760, 1200, 2500), "oh": (480, 850, 2400)}
_HUMS = ("mm", "mm", "mm-hm", "mm-hm", "uh-huh", "uh-huh", "aha", "oh", "hm", "mm-mm", "uh")


def hum(rng: np.random.Generator) -> tuple[str, Wave]:
    """A person's short sound of listening, by a source and a filter; every call another person."""
    text = str(rng.choice(_HUMS))
    pitch_hz, throat = rng.uniform(85, 260), rng.uniform(0.85, 1.2)
    breathy, parts = rng.uniform(0.02, 0.25), []
    first = {"mm": "m", "mm-hm": "m", "hm": "m", "mm-mm": "m", "oh": "oh", "aha": "ah"}.get(text, "uh")
    count = 2 if text in ("mm-hm", "uh-huh", "aha", "mm-mm") else 1
    for number in range(count):
        size = int(RATE_HZ * (rng.uniform(0.1, 0.24) if count == 2 else rng.uniform(0.16, 0.55)))
        kind = first if number == 0 or text != "uh-huh" or rng.random() < 0.7 else "m"
        rise = rng.uniform(0.95, 1.4) if number else rng.uniform(0.8, 1.15)
        contour = pitch_hz * _line(size, 1.0, rng.uniform(0.9, 1.15), rise)
        if number:
            contour *= rng.uniform(0.95, 1.3)
        voice = _glottis(contour, rng, breathy)
        aspirated = text in ("mm-hm", "uh-huh", "aha", "hm") and (number or text == "hm")
        if aspirated:
            part = int(RATE_HZ * rng.uniform(0.03, 0.1))
            voice[:part] = voice[:part] * 0.15 + 0.35 * rng.standard_normal(part)
        tracks = [
            (_line(size, f, f * rng.uniform(0.85, 1.15)) / throat, rng.uniform(60, 140))
            for f in _VOWELS[kind]
        ]
        wave = _resonances(voice, tracks)
        if kind == "m":  # the mouth is closed: a zero near 1 kHz, little above
            wave = np.asarray(lfilter([1, rng.uniform(0.3, 0.9)], [1], wave))
        wave = (
            wave
            / (np.sqrt((wave**2).mean()) + 1e-9)
            * _swell(size, rng.uniform(10, 60), rng.uniform(30, 120))
        )
        parts += [wave * rng.uniform(0.7, 1.2), np.zeros(int(RATE_HZ * rng.choice([0, 0, 0.03, 0.08])))]
    return text, np.concatenate(parts)


def grown_hum(recording: Wave, rng: np.random.Generator) -> tuple[str, Wave] | None:
    """A person's steadiest vowel or nasal, stretched period by period to a sound of listening."""
    found = _steady(recording, rng)
    if found is None:
        return None
    at, period = found
    text = str(rng.choice(["mm", "mm-hm", "uh-huh", "uh"]))
    parts = []
    change = rng.uniform(0.9, 1.15)
    for number in range(2 if "-" in text else 1):
        size = int(RATE_HZ * (rng.uniform(0.11, 0.24) if "-" in text else rng.uniform(0.18, 0.5)))
        wave, place, turn = np.zeros(size + 4 * period), float(period), rng.uniform(0.9, 1.2)
        low, high = max(period, at - 4 * period), min(len(recording) - 2 * period, at + 4 * period)
        grain_at, step = at, period
        while place < size:
            grain = recording[grain_at - period : grain_at + period] * np.hanning(2 * period)
            begin = int(place) - period
            wave[begin : begin + 2 * period] += grain * rng.uniform(0.9, 1.1)
            bend = 1 + (turn - 1) * place / size
            place += period * change / (bend * (1.15 if number else 1)) * rng.uniform(0.99, 1.01)
            if not low <= grain_at + step <= high:
                step = -step
            grain_at = int(np.clip(grain_at + step, low, high))
        wave = wave[:size]
        if text.startswith("mm"):  # closed lips
            wave = np.asarray(sosfilt(butter(1, rng.uniform(500, 900), fs=RATE_HZ, output="sos"), wave))
        if number:
            part = int(RATE_HZ * rng.uniform(0.03, 0.08))
            loud = np.abs(wave).max()
            wave[:part] = 0.3 * wave[:part] + 0.1 * loud * rng.standard_normal(part)
        wave = (
            wave
            / (np.sqrt((wave**2).mean()) + 1e-9)
            * _swell(size, rng.uniform(10, 50), rng.uniform(30, 120))
        )
        parts += [wave, np.zeros(int(RATE_HZ * rng.choice([0, 0.02, 0.06])))]
    return text, np.concatenate(parts)


def _steady(recording: Wave, rng: np.random.Generator) -> tuple[int, int] | None:
    """A strongly periodic place that is loud enough, and its period."""
    size, best = 400, []
    for at in range(size, len(recording) - 3 * size, 80):
        frame = recording[at : at + size]
        if (frame**2).mean() < 0.2 * (recording**2).mean():
            continue
        spectrum = np.abs(np.fft.rfft(frame * np.hanning(size), 1024)) ** 2
        same = np.fft.irfft(spectrum)[: size // 2]
        lag = 27 + int(np.argmax(same[27:110]))
        if same[lag] / (same[0] + 1e-12) > 0.6:
            best.append((float(same[lag] / same[0]), at + size // 2, lag))
    if len(best) < 5:
        return None
    best.sort(reverse=True)
    _, at, lag = best[int(rng.integers(min(len(best), 25)))]
    return at, lag


# --- coughs, breath, clicks --------------------------------------------------------------------


def cough(rng: np.random.Generator) -> Wave:
    """One to four in a row: the burst when the glottis opens, a hoarse tail, at times a voiced end."""
    low, throat_len = rng.uniform(90, 260), rng.uniform(0.85, 1.2)
    parts = []
    for _ in range(int(rng.integers(1, 5))):
        size = int(RATE_HZ * rng.uniform(0.15, 0.42))
        time_s = np.arange(size) / RATE_HZ
        burst = rng.standard_normal(size) * np.exp(-time_s / rng.uniform(0.012, 0.045))
        peak, width = rng.uniform(0.06, 0.16), rng.uniform(0.04, 0.1)
        shape = np.exp(-(((time_s - peak) / width) ** 2))
        pitch = low * _line(size, rng.uniform(1.0, 1.8), rng.uniform(0.8, 1.3), rng.uniform(0.6, 1.0))
        voice = _glottis(
            pitch * (1 + 0.15 * np.repeat(rng.standard_normal(size // 60 + 1), 60)[:size]), rng, 0.5
        )
        rough = rng.standard_normal(size) * (0.4 + 0.6 * (np.sin(2 * np.pi * np.cumsum(pitch) / RATE_HZ) > 0))
        voiced = rng.uniform(0, 0.8) if rng.random() < 0.6 else 0.0
        source = burst * rng.uniform(0.8, 2) + shape * (rough * rng.uniform(0.2, 0.7) + voiced * voice)
        f1, f2, f3 = rng.uniform(450, 900), rng.uniform(1100, 1900), rng.uniform(2200, 3200)
        tracks = [
            (
                _line(size, f * rng.uniform(0.8, 1.2), f, f * rng.uniform(0.7, 1.1)) / throat_len,
                rng.uniform(*w),
            )
            for f, w in ((f1, (120, 350)), (f2, (200, 500)), (f3, (300, 700)))
        ]
        wave = _resonances(source, tracks)
        if rng.random() < 0.5:  # in part past the formants
            wave = wave + rng.uniform(0.02, 0.15) * np.abs(wave).max() * source / np.abs(source).max()
        wave = wave / (np.sqrt((wave**2).mean()) + 1e-9) * rng.uniform(0.5, 1.2) * _swell(size, 3, 40)
        parts += [wave, np.zeros(int(RATE_HZ * rng.uniform(0.03, 0.3)))]
    return np.concatenate(parts)


def throat(rng: np.random.Generator) -> Wave:
    """Clearing the throat: a rough, low, rattling sound, often twice."""
    parts = []
    for _ in range(int(rng.integers(1, 4))):
        size = int(RATE_HZ * rng.uniform(0.2, 0.6))
        rattle_hz = _line(size, *rng.uniform(22, 70, 3))
        gate = 0.5 + 0.5 * np.sin(2 * np.pi * np.cumsum(rattle_hz) / RATE_HZ)
        gate = gate ** rng.uniform(1, 4)
        voice = _glottis(_line(size, *rng.uniform(70, 160, 3)), rng, 0.6)
        source = gate * (rng.uniform(0.2, 0.9) * voice + rng.uniform(0.1, 0.5) * rng.standard_normal(size))
        tracks = [
            (_line(size, *(f * rng.uniform(0.8, 1.2, 2))), w)
            for f, w in ((500, 180.0), (1300, 260.0), (2400, 400.0))
        ]
        parts += [_resonances(source, tracks) * _swell(size, rng.uniform(5, 80), rng.uniform(40, 150))]
        parts += [np.zeros(int(RATE_HZ * rng.uniform(0.02, 0.2)))]
    return np.concatenate(parts)


def breath(rng: np.random.Generator) -> Wave:
    size = int(RATE_HZ * rng.uniform(0.3, 1.4))
    wave = telephone.pink(size, rng) if rng.random() < 0.5 else telephone.white(size, rng)
    tracks = [
        (_line(size, *(f * rng.uniform(0.8, 1.2, 2))), rng.uniform(200, 600)) for f in (550, 1500, 2600)
    ]
    if rng.random() < 0.7:
        wave = _resonances(wave, tracks)
    return np.asarray(wave * np.sin(np.pi * np.linspace(0, 1, size) ** rng.uniform(0.5, 2)))


def hiss(rng: np.random.Generator) -> Wave:
    """Blowing, wind or a steady machine through a random band."""
    size = int(RATE_HZ * rng.uniform(0.4, 3))
    low = rng.uniform(100, 1500)
    band = butter(2, (low, min(3900, low * rng.uniform(1.5, 6))), "bandpass", fs=RATE_HZ, output="sos")
    slow = np.repeat(rng.uniform(0.5, 1, size // 800 + 2), 800)[:size]
    return _faded(np.asarray(sosfilt(band, rng.standard_normal(size))) * slow, rng.uniform(2, 150))


def clicks(rng: np.random.Generator) -> Wave:
    """Keyboard, dishes, a pen: short ringing hits."""
    wave = np.zeros(int(RATE_HZ * rng.uniform(0.4, 2)))
    for _ in range(int(rng.integers(2, 14))):
        size = int(RATE_HZ * rng.uniform(0.01, 0.15))
        time_s = np.arange(size) / RATE_HZ
        hit = rng.uniform(0.1, 1) * rng.standard_normal(size)
        for _ in range(int(rng.integers(0, 4))):
            hit += np.sin(2 * np.pi * rng.uniform(300, 3800) * time_s)
        at = int(rng.integers(max(1, len(wave) - size)))
        wave[at : at + size] += (hit * rng.uniform(0.2, 1) * np.exp(-time_s / rng.uniform(0.003, 0.04)))[
            : len(wave) - at
        ]
    return wave


def rustle(rng: np.random.Generator) -> Wave:
    """Cloth or paper over the microphone: noise in irregular strokes."""
    size = int(RATE_HZ * rng.uniform(0.5, 2))
    strokes = np.abs(
        np.asarray(
            sosfilt(butter(1, rng.uniform(3, 15), fs=RATE_HZ, output="sos"), rng.standard_normal(size))
        )
    )
    colour = telephone.pink(size, rng) + rng.uniform(0, 1) * telephone.white(size, rng)
    return _faded(colour * (strokes / strokes.max()) ** 1.5, 10)


# --- music -------------------------------------------------------------------------------------


def music(rng: np.random.Generator) -> Wave:
    """A few bars: chords, a tune, a bass and a beat, of random instruments, in any mixture."""
    beat_s = rng.uniform(0.25, 0.6)
    root = 110 * 2 ** (rng.integers(12) / 12)
    scale = np.array([0, 2, 4, 5, 7, 9, 11] if rng.random() < 0.6 else [0, 2, 3, 5, 7, 8, 10])
    beats = int(rng.integers(4, 10))
    whole = np.zeros(int(RATE_HZ * beat_s * (beats + 2)))
    parts = rng.random(4) < (0.7, 0.7, 0.5, 0.5)
    if not parts[:2].any():
        parts[int(rng.integers(2))] = True
    voices = [_instrument(rng) for _ in range(3)]
    degree = 0
    for beat in range(beats):
        at = beat * beat_s
        if beat % 2 == 0:
            degree = int(rng.choice([0, 3, 4, 5]))
            for third in (0, 2, 4):
                if parts[0]:
                    _add(whole, at, voices[0](_note(root, scale, degree + third), beat_s * 2), 0.5)
            if parts[2]:
                _add(whole, at, voices[2](_note(root / 2, scale, degree), beat_s * 1.8), 0.8)
        for half in range(2 if parts[1] else 0):
            if rng.random() < 0.7:
                tone = _note(root * 2, scale, degree + int(rng.integers(7)))
                _add(whole, at + half * beat_s / 2, voices[1](tone, beat_s * rng.uniform(0.4, 1)), 0.8)
        if parts[3]:
            size = int(RATE_HZ * 0.1)
            drum = rng.standard_normal(size) * np.exp(-np.arange(size) / RATE_HZ / rng.uniform(0.01, 0.04))
            _add(whole, at, drum, rng.uniform(0.3, 0.9))
    start = int(RATE_HZ * beat_s * rng.uniform(0, 1)) if rng.random() < 0.4 else 0
    return _faded(whole[start : int(RATE_HZ * beat_s * beats)], float(rng.choice([2, 30, 200])))


def _note(root: float, scale: NDArray[np.int_], degree: int) -> float:
    return float(root * 2 ** ((scale[degree % 7] + 12 * (degree // 7)) / 12))


def _add(whole: Wave, at_s: float, tone: Wave, loud: float) -> None:
    at = int(at_s * RATE_HZ)
    part = tone[: max(0, len(whole) - at)]
    whole[at : at + len(part)] += loud * part


def _instrument(rng: np.random.Generator) -> Callable[[float, float], Wave]:
    partials = rng.uniform(0.1, 1, 8) * np.arange(1, 9) ** -rng.uniform(0.5, 2)
    attack_s, decay_s = rng.choice([0.005, 0.02, 0.08]), rng.choice([0.1, 0.3, 1.5])
    vibrato, wobble_hz = rng.choice([0, 0.004, 0.01]), rng.uniform(4, 7)

    def play(pitch_hz: float, length_s: float) -> Wave:
        time_s = np.arange(int(RATE_HZ * length_s)) / RATE_HZ
        turn = 2 * np.pi * pitch_hz * (time_s + vibrato * np.sin(2 * np.pi * wobble_hz * time_s) / wobble_hz)
        tone = np.zeros(len(time_s))
        for number, loud in enumerate(partials, start=1):
            if number * pitch_hz < 3900:
                tone += loud * np.sin(number * turn)
        edges = np.minimum(1, np.minimum(time_s / attack_s, (length_s - time_s) / 0.02))
        return np.asarray(tone * np.exp(-time_s / decay_s) * edges)

    return play


# --- what is kept ------------------------------------------------------------------------------


@functools.cache
def _version() -> str:
    """Another version of this file, other recordings or engines: other sounds."""
    seen = [Path(__file__).read_bytes(), Path(telephone.__file__).read_bytes(), str(_has_flite()).encode()]
    seen += [f"{x.name} {x.stat().st_size}".encode() for x in sorted(SPEECH.glob("*/*.wav"))]
    return hashlib.sha1(b"\n".join(seen)).hexdigest()[:10]


def _save(path: Path, sounds: list[Sound]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    for old in path.parent.glob(path.name.replace(_version(), "*")):
        old.unlink(missing_ok=True)
    heads: list[dict[str, Any]] = []
    for sound in sounds:
        head = {k: v for k, v in asdict(sound).items() if k != "pcm16"}
        heads.append(head | {"samples": len(sound.pcm16)})
    part = path.with_suffix(f".part{id(sounds)}")
    with part.open("wb") as file:
        pcm16 = np.concatenate([x.pcm16 for x in sounds]) if sounds else np.zeros(0, np.int16)
        np.savez(file, pcm16=pcm16, heads=np.array(json.dumps(heads)))
    part.rename(path)


def _load(path: Path) -> list[Sound]:
    with np.load(path) as kept:
        pcm16, heads = kept["pcm16"], json.loads(str(kept["heads"]))
    sounds, at = [], 0
    for head in heads:
        size = head.pop("samples")
        sounds.append(Sound(pcm16=pcm16[at : at + size], **head))
        at += size
    return sounds
