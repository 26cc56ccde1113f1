"""Two-channel calls with exact labels: the material of one half enters; scenes and their audio leave.

    call          2-3 turns of the caller (or none: no profile), then the bot talks without end while
                  events come every 5-8 s
    turn scene    the bot is silent; eight turns, some with a pause inside

The same half, seed and number give the same samples.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from audio_fixtures import telephone
from audio_fixtures.telephone import Wave
from bench.material import LEVEL_DB, Half, Material, Sound
from bench.turn_callers import Caller, Callers, pick, split
from bench.turn_labels import Event, EventKind, Line, Scene, SpokenTurn
from bench.turn_line import heard, some_line
from ivr import config
from ivr.flow import loader
from ivr.flow.flow import Flow
from ivr.tts import engines as voices
from ivr.tts.spoken import say_as

SEED = 20261125
RATE = telephone.RATE_HZ
EVENTS_A_CALL = 9
TURNS_A_SCENE = 8
BOT_DB = -20.0
NOISES = ["white", "pink", "recorded", "babble"]
LONGEST_NOISE = 3 * RATE
MIX: dict[str, dict[EventKind | None, float]] = {
    "human": {"interruption": 0.36, "backchannel": 0.12, "cough": 0.1, "noise": 0.1, "music": 0.06,
              "talker": 0.14, None: 0.12},
    "synthetic": {"command": 0.32, "backchannel": 0.28, "cough": 0.06, "noise": 0.08, "music": 0.05,
                  "talker": 0.1, None: 0.11},
}  # fmt: skip
"""what an event is, by the caller; None is nothing but the bot's echo"""

Audio = tuple[NDArray[np.int16], NDArray[np.int16]]
"""caller and bot, as the server hears and plays them"""


@functools.cache
def hotline() -> Flow:
    transfers = {"agents": "sip:agents@127.0.0.1:9"}
    return loader.load(Path("flows/hotline_en.yaml"), say_as, transfers)


@functools.cache
def spoken_prompts() -> list[Wave]:
    """Sentence by sentence, as the hotline says them."""
    synthesiser = voices.create(config.Tts())
    pieces = [p for say in hotline().fixed_prompts() for p in synthesiser.speak(say.text, "en")]
    return [telephone.at_level(np.frombuffer(p, "<i2") / 32768, BOT_DB) for p in pieces]


class _Tape:
    """The caller's channel while it is put together: sounds at places, in samples."""

    def __init__(self, usual_db: float, rng: np.random.Generator) -> None:
        self.usual_db = usual_db
        self._rng = rng
        self._pieces: list[tuple[int, Wave]] = []
        self.at = RATE

    def put(self, sound: Sound, relative_db: float | None = None) -> tuple[float, float, float]:
        """At the tape's place, which moves to the sound's end: first and last ms, relative level. None:
        the caller's own level, which varies by 3 dB."""
        level_db = float(self._rng.uniform(-3, 3)) if relative_db is None else relative_db
        gain = 10 ** ((self.usual_db + level_db - LEVEL_DB) / 20)
        self._pieces.append((self.at, np.clip(sound.pcm16 / 32768 * gain, -1, 1)))
        first, last = self.at + sound.onset, self.at + sound.end
        self.at += len(sound.pcm16)
        return first * 1000 / RATE, last * 1000 / RATE, round(level_db, 1)

    def wait(self, seconds: float) -> None:
        self.at += round(seconds * RATE)

    def wave(self) -> Wave:
        whole = np.zeros(self.at)
        for at, piece in self._pieces:
            whole[at : at + len(piece)] += piece
        return whole


class SceneMaker:
    """`calls` scenes with events come first, then turn scenes, by number."""

    def __init__(self, half: Half, calls: int) -> None:
        self._calls = calls
        self._half = half
        self._material = Material(half)
        self._callers = Callers(self._material, hotline().expectation("main").grammar.sentences)
        self._sounds: dict[EventKind, list[Sound]] = {
            "cough": self._material.coughs(),
            "noise": self._material.noises(),
            "music": self._material.music(),
            "talker": self._material.talkers(),
        }
        self._strangers = [x for x in self._material.backchannels() if x.source.startswith("hum-")]

    def scene(self, number: int) -> tuple[Scene, Audio]:
        rng = np.random.default_rng([SEED, self._half == "test", number])
        return self._call(number, rng) if number < self._calls else self._turns(number, rng)

    # --- the bot talks ------------------------------------------------------------------------------

    def _call(self, number: int, rng: np.random.Generator) -> tuple[Scene, Audio]:
        people = self._callers.readers * 2 + self._callers.counters
        if number % 2:
            caller = self._callers.person(people[number // 2 % len(people)])
        else:
            caller = self._callers.synthetic("zh" if number % 10 == 0 else "en", rng)
        tape = _Tape(LEVEL_DB + float(rng.uniform(-3, 3)), rng)
        profile = rng.random() < 0.65
        turns = [self._enrol(tape, caller, rng) for _ in range(int(rng.integers(2, 4)) if profile else 0)]
        began = tape.at
        tape.wait(rng.uniform(5.5, 7))
        events = [e for e in (self._event(tape, caller, profile, rng) for _ in range(EVENTS_A_CALL)) if e]
        bot = bot_track(tape.at - began, rng)
        playback = (began * 1000 / RATE, tape.at * 1000 / RATE)
        tape.wait(2)
        line = some_line(rng, NOISES)
        wave = tape.wave()
        played = np.concatenate([np.zeros(began), bot, np.zeros(len(wave) - began - len(bot))])
        audio = self._audio(wave, played, line, tape.usual_db, rng)
        scene = Scene(number, "main", caller.name, profile, line, tuple(events), tuple(turns), playback,
                      len(audio[0]) * 1000 / RATE)  # fmt: skip
        return scene, audio

    def _enrol(self, tape: _Tape, caller: Caller, rng: np.random.Generator) -> SpokenTurn:
        sound = self._callers.turn(caller, rng)
        first, last, _ = tape.put(sound)
        tape.wait(rng.uniform(3.4, 4))
        return SpokenTurn("enrolment", first, last, 0, caller.name, caller.made, sound.text)

    def _event(self, tape: _Tape, caller: Caller, profile: bool, rng: np.random.Generator) -> Event | None:
        """The next one; afterwards the tape is where the one after it begins."""
        began, mix = tape.at, MIX[caller.made]
        kind = list(mix)[int(rng.choice(len(mix), p=list(mix.values())))]
        event = None
        if kind is not None:
            sound, level_db = self._sound(kind, caller, profile, rng)
            first, last, level_db = tape.put(sound, level_db)
            event = Event(kind, first, last, sound.source, _made(sound, caller), sound.language, sound.text,
                          level_db)  # fmt: skip
        tape.at = max(began + round(RATE * rng.uniform(5, 8)), tape.at + round(3.5 * RATE))
        return event

    def _sound(
        self, kind: EventKind, caller: Caller, profile: bool, rng: np.random.Generator
    ) -> tuple[Sound, float | None]:
        """And its level relative to the caller's; None for the caller's own."""
        if kind in ("interruption", "command"):
            return caller.interrupt(rng), None
        if kind == "backchannel":
            # a stranger's would be no backchannel where the caller's voice is known
            return caller.listen(rng) if caller.listen and (profile or rng.random() < 0.5) else pick(
                self._strangers, rng
            ), None
        sounds = self._sounds[kind]
        if kind == "talker":
            own = caller.name.split(" ")[0]
            sounds = [sound for sound in sounds if not sound.source.startswith(own)]
        low, high = {"cough": (-6, 3), "noise": (-15, 0), "music": (-20, -5), "talker": (-20, -5)}[kind]
        return shortened(pick(sounds, rng), LONGEST_NOISE), float(rng.uniform(low, high))

    # --- the caller talks ------------------------------------------------------------------------------

    def _turns(self, number: int, rng: np.random.Generator) -> tuple[Scene, Audio]:
        kind = ("phrase", "digits", "sentence")[number % 3]
        names = self._callers.counters if kind == "digits" else self._callers.readers
        person = self._callers.person(names[number // 3 % len(names)])
        caller = person if kind != "sentence" else self._callers.synthetic("en", rng)
        tape = _Tape(LEVEL_DB + float(rng.uniform(-3, 3)), rng)
        turns = []
        for _ in range(TURNS_A_SCENE):
            parts = self._parts(caller, kind, rng)
            pause_s = rng.uniform(0.2, 0.7)
            level_db = float(rng.uniform(-3, 3))
            first, last, _ = tape.put(parts[0], level_db)
            for part in parts[1:]:
                tape.wait(pause_s)
                _, last, _ = tape.put(part, level_db)
            text = " ".join(part.text for part in parts).strip()
            pause_ms = round(1000 * pause_s) if len(parts) > 1 else 0
            turns.append(SpokenTurn(kind, first, last, pause_ms, caller.name, caller.made, text))
            tape.wait(rng.uniform(3.6, 4.6))
        line = some_line(rng, NOISES, quiet=True)
        wave = tape.wave()
        audio = self._audio(wave, np.zeros(len(wave)), line, tape.usual_db, rng)
        step = "balance_card" if kind == "digits" else "main"
        scene = Scene(number, step, caller.name, False, line, (), tuple(turns), None,
                      len(audio[0]) * 1000 / RATE)  # fmt: skip
        return scene, audio

    def _parts(self, caller: Caller, kind: str, rng: np.random.Generator) -> list[Sound]:
        """One piece, or (every other turn) two that belong together."""
        paused = rng.random() < 0.5
        if kind == "digits":
            count = 2 if paused else 4
            strings = [x for x in caller.phrases if len(x.text.split()) == count]
            return [pick(strings, rng) for _ in range(4 // count)]
        if not caller.say:
            phrase = self._callers.turn(caller, rng)
            return [*split(phrase, rng.uniform(0.3, 0.7))] if paused else [phrase]
        text = self._callers.sentence(rng)
        words, sentence = text.split(), caller.say(text)
        if not paused or len(words) < 3:
            return [sentence]
        cut = len(" ".join(words[: int(rng.integers(1, len(words)))]))
        return [*split(sentence, cut / len(text), 0.08)]

    # --- the line ------------------------------------------------------------------------------------

    def _audio(self, wave: Wave, bot: Wave, line: Line, usual_db: float, rng: np.random.Generator) -> Audio:
        def noise(samples: int, rng: np.random.Generator) -> Wave:
            match line.noise:
                case "white":
                    return telephone.white(samples, rng)
                case "pink":
                    return telephone.pink(samples, rng)
                case "recorded":
                    recorded = [x for x in self._sounds["noise"] if x.source.endswith(".wav")]
                    return looped([pick(recorded, rng) for _ in range(4)], samples)
            crowd = [pick(self._sounds["talker"], rng).pcm16 / 32768 for _ in range(5)]
            return telephone.babble(samples, crowd, rng)

        caller = heard(wave, bot, line, usual_db, noise, rng)
        return caller, np.frombuffer(telephone.to_pcm16(bot), "<i2")[: len(caller)]


def bot_track(samples: int, rng: np.random.Generator) -> Wave:
    """Sentences with a speaker's pauses between them; the last one is cut."""
    pieces: list[Wave] = []
    sentences = spoken_prompts()
    while sum(map(len, pieces)) < samples:
        pieces += [sentences[int(rng.integers(len(sentences)))], telephone.silence(rng.uniform(150, 500))]
    return np.concatenate(pieces)[:samples]


def looped(sounds: Iterable[Sound], samples: int) -> Wave:
    return np.resize(np.concatenate([sound.pcm16 for sound in sounds]) / 32768, samples)


def shortened(sound: Sound, samples: int) -> Sound:
    if sound.end - sound.onset <= samples:
        return sound
    end = sound.onset + samples
    pcm16 = sound.pcm16[:end].copy()
    pcm16[-160:] = (pcm16[-160:] * np.linspace(1, 0, 160)).astype(np.int16)
    return Sound(sound.kind, sound.source, sound.language, sound.text, pcm16, sound.onset, end)


def _made(sound: Sound, caller: Caller) -> str:
    if sound.source.endswith("-hum"):
        return "grown"
    recorded = sound.kind == "talker" or sound.source.endswith(".wav")
    own = sound.kind in ("interruption", "command") and caller.made == "human"
    return "human" if recorded or own else "synthetic"
