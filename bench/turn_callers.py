"""Who calls: the material of one half enters; callers leave who have one voice for all that they say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from bench import material as made_of
from bench.material import RATE_HZ, Material, Sound

SPOKEN_DIGITS = ("george", "nicolas", "jackson", "yweweler")


def pick(sounds: Sequence[Sound], rng: np.random.Generator) -> Sound:
    return sounds[int(rng.integers(len(sounds)))]


@dataclass(frozen=True)
class Caller:
    name: str
    made: Literal["human", "synthetic"]
    language: str
    interrupt: Callable[[np.random.Generator], Sound]
    listen: Callable[[np.random.Generator], Sound] | None
    """a sound of listening; None where there is none of this voice"""
    say: Callable[[str], Sound] | None
    """any text; None for a person"""
    phrases: tuple[Sound, ...] = ()
    """all that there is of a person"""


class Callers:
    def __init__(self, material: Material, sentences: Sequence[str]) -> None:
        """`sentences` are what a synthetic caller says in turns of its own."""
        self._material = material
        self._sentences = list(sentences)
        self._phrases: dict[str, list[Sound]] = {}
        for sound in material.interruptions():
            self._phrases.setdefault(speaker(sound), []).append(sound)
        self._hums: dict[str, list[Sound]] = {}
        for sound in material.backchannels():
            if sound.source.endswith("-hum"):
                self._hums.setdefault(speaker(sound), []).append(sound)
        self.readers = sorted(name for name in self._phrases if name.isdigit())
        self.counters = sorted(name for name in self._phrases if name in SPOKEN_DIGITS)

    def person(self, name: str) -> Caller:
        phrases, hums = self._phrases[name], self._hums.get(name)
        listen = (lambda rng: pick(hums, rng)) if hums else None
        return Caller(
            name, "human", "en", lambda rng: pick(phrases, rng), listen, None, phrases=tuple(phrases)
        )

    def synthetic(self, language: str, rng: np.random.Generator) -> Caller:
        """One voice, one rate, one throat."""
        voice = self._material._voice(language, rng)
        rate_wpm, warp = self._material._manner(rng)

        def speak(kind: made_of.Kind, text: str) -> Sound:
            wave = made_of.warped(made_of._speak(voice, text, rate_wpm), warp)
            return made_of._sound(kind, voice, language, text, wave)

        def interrupt(rng: np.random.Generator) -> Sound:
            texts = made_of.COMMANDS if rng.random() < 0.7 else made_of.CONTINUED
            return speak("command", str(rng.choice(texts[language])))

        return Caller(
            f"{voice} {rate_wpm} wpm x{warp:g}",
            "synthetic",
            language,
            interrupt,
            lambda rng: speak("backchannel", str(rng.choice(made_of.BACKCHANNELS[language]))),
            lambda text: speak("interruption", text),
        )

    def sentence(self, rng: np.random.Generator) -> str:
        return self._sentences[int(rng.integers(len(self._sentences)))]

    def turn(self, caller: Caller, rng: np.random.Generator) -> Sound:
        """Something of at least one second, for the caller's turns."""
        if caller.say:
            text = self.sentence(rng) if caller.language == "en" else "我想查一下我的余额还有多少钱"
            return caller.say(text)
        return pick([x for x in caller.phrases if x.end - x.onset > 8000], rng)


def split(sound: Sound, near: float, reach: float = 0.12) -> tuple[Sound, Sound]:
    """In two at the quietest 10 ms near that share of its length: what is before a pause sounds as if it
    went on, which two separate utterances would not."""
    size = RATE_HZ // 100
    length = sound.end - sound.onset
    first, last = (sound.onset + int(length * share) for share in (near - reach, near + reach))
    places = range(first, last, size // 2)
    levels = [float(np.square(sound.pcm16[at : at + size].astype(float)).sum()) for at in places]
    cut = places[int(np.argmin(levels))] + size // 2
    fade = np.linspace(1, 0, size // 2)
    before, after = sound.pcm16[:cut].astype(float), sound.pcm16[cut:].astype(float)
    before[-len(fade) :] *= fade
    fade = fade[: len(after)]
    after[: len(fade)] *= fade[::-1]
    whole = (sound.kind, sound.source, sound.language)
    return (
        Sound(*whole, sound.text, before.astype(np.int16), sound.onset, cut),
        Sound(*whole, "", after.astype(np.int16), 0, sound.end - cut),
    )


def speaker(sound: Sound) -> str:
    return sound.source.split("-")[0] if sound.source[0].isdigit() else sound.source
