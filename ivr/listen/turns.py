"""A caller's turn: frames and an expectation enter; utterances with their pre-roll leave."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Literal

from ivr.audio import frames
from ivr.config import Listen
from ivr.events import Expectation, Frame, ListenEvent, SpeechAudio, SpeechEnded, SpeechStarted
from ivr.listen.keys import KeyCollector


class HeardAudio:
    """The last seconds of the caller, because an utterance begins before it is noticed, and
    speech may begin before its turn."""

    def __init__(self, settings: Listen) -> None:
        self._pre_roll_frames = frames(settings.pre_roll_ms)
        size = self._pre_roll_frames + frames(settings.start_ms) + frames(settings.max_speech_ms)
        self._frames: deque[tuple[int, bytes]] = deque(maxlen=size)

    def add(self, frame: Frame) -> None:
        self._frames.append((frame.at, frame.heard))

    def since(self, onset_at: int) -> tuple[int, bytes]:
        """All audio from the pre-roll before the onset until now. An onset older than what is
        kept moves forward: the onset that holds is returned with the audio."""
        kept = list(self._frames)
        onset = next(i for i, (at, _) in enumerate(kept) if at >= onset_at)
        if len(kept) == self._frames.maxlen:
            onset = max(onset, self._pre_roll_frames)
        first = max(0, onset - self._pre_roll_frames)
        return kept[onset][0], b"".join(pcm16 for _, pcm16 in kept[first:])


@dataclass(slots=True)
class Utterance:
    """Speech on its way to the recogniser: one SpeechStarted, then audio, then one SpeechEnded."""

    onset_at: int
    frames: int = 0
    """since SpeechStarted; a caller who began before the turn still has all its time"""

    def begin(self, at: int, pcm16: bytes) -> list[ListenEvent]:
        return [SpeechStarted(at, self.onset_at), SpeechAudio(at, pcm16)]

    def go_on(self, frame: Frame) -> list[ListenEvent]:
        self.frames += 1
        return [SpeechAudio(frame.at, frame.heard)]

    def end(
        self, at: int, last_voiced_at: int, reason: Literal["silence", "too_long", "key", "stopped"]
    ) -> list[ListenEvent]:
        return [SpeechEnded(at, self.onset_at, max(self.onset_at, last_voiced_at), reason)]


class Turn:
    """What is expected of the caller and what has come of it so far."""

    def __init__(self, expectation: Expectation, settings: Listen) -> None:
        def wanted(ms: int | None, otherwise_ms: int) -> int:
            return frames(otherwise_ms if ms is None else ms)

        self.utterance: Utterance | None = None
        self.keys = KeyCollector(expectation.keys, settings.inter_key_ms) if expectation.keys else None
        self.end_silence_frames = wanted(expectation.end_silence_ms, settings.end_ms)
        self._max_speech_frames = wanted(expectation.max_speech_ms, settings.max_speech_ms)
        self._no_input_frames = wanted(expectation.no_input_ms, settings.no_input_ms)
        self._waited_frames = 0

    @property
    def keys_begun(self) -> bool:
        """The caller answers by keys: speech no longer counts."""
        return self.keys is not None and self.keys.begun

    @property
    def too_long(self) -> bool:
        return self.utterance is not None and self.utterance.frames >= self._max_speech_frames

    def wait(self) -> bool:
        """One more frame without speech, key or prompt; True once that was too many."""
        self._waited_frames += 1
        return self._waited_frames >= self._no_input_frames

    def wait_anew(self) -> None:
        self._waited_frames = 0
