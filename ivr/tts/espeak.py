"""espeak-ng in this process: a text enters, finished 8 kHz speech leaves, a sentence a piece.

The library is one state machine with global variables: one lock, one current voice. Its
pitch flutter and roughness run on from sentence to sentence, so the same text would never
sound the same twice; both are switched off, and a text gives the same samples always (a
breathy variant such as +f3 keeps random breath, of the same length).
"""

from __future__ import annotations

import ctypes
import functools
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import espeakng_loader

from ivr import config
from ivr.tts import SynthesisError, finish, sentences

# speak_lib.h of espeak-ng 1.52
_OUTPUT_SYNCHRONOUS = 2
_DONT_EXIT = 0x8000
_CHARS_UTF8 = 1
_RATE = 1
_VOLUME = 2
_POSITION_CHARACTER = 1
_OK = 0

_VOLUME_PERCENT = 70  # headroom for resampling; finish sets the level

_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class _Voice(ctypes.Structure):
    """The head of espeak_VOICE."""

    _fields_ = (("name", ctypes.c_char_p), ("languages", ctypes.c_char_p), ("identifier", ctypes.c_char_p))


class _Library:
    """libespeak-ng, loaded once a process; every use, loading too, holds _LOCK."""

    def __init__(self) -> None:
        path = espeakng_loader.get_library_path()
        data = espeakng_loader.get_data_path()
        try:
            self._lib = ctypes.CDLL(path)
        except OSError as error:
            raise SynthesisError(f"espeak-ng: cannot load its library ({error}); {_REINSTALL}") from error
        self.rate_hz: int = self._lib.espeak_Initialize(_OUTPUT_SYNCHRONOUS, 0, os.fsencode(data), _DONT_EXIT)
        if self.rate_hz <= 0:
            raise SynthesisError(f"espeak-ng: cannot read its data in {data}; {_REINSTALL}")
        self._data = Path(data)
        self._lib.espeak_Info.restype = ctypes.c_char_p
        self._lib.espeak_GetCurrentVoice.restype = ctypes.POINTER(_Voice)
        self.version = self._lib.espeak_Info(None).decode()
        self._made: list[bytes] = []
        self._callback = _CALLBACK(self._take)  # kept here: the library holds a bare pointer
        self._lib.espeak_SetSynthCallback(self._callback)
        self._voice = ""

    def _take(self, samples: ctypes.c_void_p, count: int, _events: int) -> int:
        if count > 0:
            self._made.append(ctypes.string_at(samples, 2 * count))
        return 0

    def speak(self, sentence: str, rate_wpm: int) -> bytes:
        """Needs a voice. pcm16 at rate_hz."""
        self._made.clear()
        text = sentence.replace("\0", " ").encode("utf-8", errors="replace")
        self._lib.espeak_SetParameter(_RATE, rate_wpm, 0)
        self._lib.espeak_SetParameter(_VOLUME, _VOLUME_PERCENT, 0)
        result = self._lib.espeak_Synth(
            text, len(text) + 1, 0, _POSITION_CHARACTER, 0, _CHARS_UTF8, None, None
        )
        if result != _OK:
            raise SynthesisError(f"espeak-ng: voice '{self._voice}' failed with code {result}")
        return b"".join(self._made)

    def use(self, voice: str) -> None:
        """A voice is a language of espeak-ng, perhaps with a variant: en-us+f3."""
        if voice == self._voice:
            return
        self._voice = ""
        definition = self._definition(voice)
        file = os.memfd_create("voice")  # the library reads files only, of short lower-case names
        try:
            os.write(file, definition)
            result = self._lib.espeak_ng_SetVoiceByFile(f"/proc/self/fd/{file}".encode())
        finally:
            os.close(file)
        if result != _OK:
            raise SynthesisError(f"espeak-ng: cannot load the voice '{voice}', code {result}")
        self._voice = voice

    def _definition(self, voice: str) -> bytes:
        language, _, variant = voice.partition("+")
        if not language or self._lib.espeak_SetVoiceByName(language.encode()) != _OK:
            raise SynthesisError(f"espeak-ng: no voice '{voice}'; {_VOICES}")
        identifier = os.fsdecode(self._lib.espeak_GetCurrentVoice().contents.identifier)
        lines = (self._data / "lang" / identifier).read_bytes().splitlines()
        if variant:
            file = self._data / "voices" / "!v" / variant
            if file.parent.name != "!v" or not file.is_file():
                raise SynthesisError(f"espeak-ng: no variant '{variant}' for the voice '{voice}'; {_VOICES}")
            lines += [x for x in file.read_bytes().splitlines() if not x.startswith((b"language", b"name"))]
        return b"\n".join([*lines, b"flutter 0", b"roughness 0", b""])


_REINSTALL = "reinstall it with: pip install --force-reinstall espeakng-loader"
_VOICES = "see tts.voices in config.yaml; known are en-us, en-gb, cmn, yue and more; variants: en-us+f3"
_LOCK = threading.Lock()
_library = functools.cache(_Library)


class EspeakSynthesiser:
    """A Synthesiser. Raises SynthesisError at once when the library or a voice of the
    settings is missing."""

    def __init__(self, settings: config.Tts) -> None:
        with _LOCK:
            self._library = _library()
            for voice in settings.voices.values():
                self._library.use(voice)
        self._voices = dict(settings.voices)
        self._rate_wpm = settings.rate_wpm
        self.languages = frozenset(self._voices)
        voices = ", ".join(f"{language}={voice}" for language, voice in sorted(self._voices.items()))
        self.name = (
            f"espeak-ng {self._library.version} {voices}, {settings.rate_wpm} wpm, steady, {finish.SOUND}"
        )

    def speak(self, text: str, language: str, voice: str = "") -> Iterator[bytes]:
        """One piece a sentence, made when it is asked for; nothing for a text without words."""
        voice = voice or self._voices.get(language, "")
        if not voice:
            known = ", ".join(sorted(self._voices))
            raise SynthesisError(
                f"espeak-ng: no voice for the language '{language}' (known: {known}); "
                "name one under tts.voices in config.yaml"
            )
        parts = sentences.split(text)
        for number, sentence in enumerate(parts, start=1):
            with _LOCK:
                self._library.use(voice)
                raw = self._library.speak(sentence, self._rate_wpm)
            piece = finish.finish(raw, self._library.rate_hz, last=number == len(parts))
            if piece:
                yield piece
