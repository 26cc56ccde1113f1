"""One client's connection: Wyoming events enter; transcripts and audio leave.

transcribe, audio-start, audio-chunk ..., audio-stop --> transcript-chunk ..., transcript
synthesize                                           --> audio-start, audio-chunk ..., audio-stop
describe --> info                               ping --> pong
"""

from __future__ import annotations

import logging
import threading
from typing import Any, BinaryIO

from wyoming.asr import Transcribe
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.error import Error
from wyoming.event import Event, read_event, write_event
from wyoming.info import AsrModel, AsrProgram, Attribution, Describe, Info, TtsProgram, TtsVoice
from wyoming.ping import Ping, Pong
from wyoming.tts import Synthesize

from ivr.asr import Recogniser, Recognition, wire
from ivr.audio import RATE_HZ, resample
from ivr.events import Partial, RecogniserEvent, RecogniserLost, Transcript
from ivr.tts import Synthesiser, SynthesisError

log = logging.getLogger(__name__)

LARGEST_CHUNK_BYTES = 1_000_000


class Session:
    def __init__(
        self, reader: BinaryIO, writer: BinaryIO, recogniser: Recogniser, synthesiser: Synthesiser
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._recogniser = recogniser
        self._synthesiser = synthesiser
        self._sending = threading.Lock()
        self._recognition: Recognition | None = None
        self._rate_hz = RATE_HZ

    def run(self) -> None:
        """Until the client goes. Raises ValueError for a request that makes no sense and OSError
        when the connection breaks."""
        try:
            while (event := read_event(self._reader)) is not None:
                self._take(event)
        finally:
            if self._recognition:
                self._recognition.cancel()

    def _take(self, event: Event) -> None:
        if Transcribe.is_type(event.type):
            grammar = wire.grammar_of(event)
            if self._recognition:
                self._recognition.cancel()
            self._recognition = self._recogniser.open(0, grammar, self._recognised)
        elif AudioStart.is_type(event.type):
            self._rate_hz = AudioStart.from_event(event).rate
        elif AudioChunk.is_type(event.type):
            self._hear(event)
        elif AudioStop.is_type(event.type):
            if self._recognition:
                self._recognition.finish()
                self._recognition = None
        elif Synthesize.is_type(event.type):
            self._speak(event)
        elif Describe.is_type(event.type):
            self._send(_info(self._recogniser, self._synthesiser))
        elif Ping.is_type(event.type):
            self._send(Pong(Ping.from_event(event).text).event())

    def _hear(self, event: Event) -> None:
        pcm16 = event.payload or b""
        if len(pcm16) > LARGEST_CHUNK_BYTES or len(pcm16) % 2:
            raise ValueError(f"an audio chunk of {len(pcm16)} bytes")
        if self._recognition:
            self._recognition.feed(resample(pcm16, self._rate_hz, RATE_HZ))

    def _recognised(self, event: RecogniserEvent) -> None:
        match event:
            case Partial():
                self._send(wire.chunk(event))
            case Transcript():
                self._send(wire.answer(event))
            case RecogniserLost():
                self._send(Error(event.reason).event())

    def _speak(self, event: Event) -> None:
        # from the raw event: wyoming's dataclass keeps either the voice's name or its language
        voice = event.data.get("voice") or {}
        language = str(voice.get("language") or "en").replace("-", "_").split("_")[0]
        try:
            self._send(AudioStart(rate=RATE_HZ, width=2, channels=1).event())
            for pcm16 in self._synthesiser.speak(
                str(event.data["text"]), language, str(voice.get("name") or "")
            ):
                self._send(AudioChunk(rate=RATE_HZ, width=2, channels=1, audio=pcm16).event())
            self._send(AudioStop().event())
        except KeyError as error:
            raise ValueError("a synthesize event without text") from error
        except SynthesisError as error:
            log.error("%s", error)
            self._send(Error(str(error)).event())

    def _send(self, event: Event) -> None:
        with self._sending:
            write_event(event, self._writer)


def _info(recogniser: Recogniser, synthesiser: Synthesiser) -> Event:
    ours = Attribution(name="ivr", url="")
    about: dict[str, Any] = {"attribution": ours, "installed": True, "version": None}
    models = [
        AsrModel(
            name=recogniser.name, description=recogniser.name, languages=sorted(recogniser.languages), **about
        )
    ]
    voices = [
        TtsVoice(name=language, description=synthesiser.name, languages=[language], speakers=None, **about)
        for language in sorted(synthesiser.languages)
    ]
    return Info(
        asr=[AsrProgram(name="ivr", description="ivr speech", models=models, **about)],
        tts=[TtsProgram(name="ivr", description="ivr speech", voices=voices, **about)],
    ).event()
