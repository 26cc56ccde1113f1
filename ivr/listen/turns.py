"""A caller's turn: frames and an expectation enter; utterances with their pre-roll leave."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from ivr.audio import frames
from ivr.config import Listen
from ivr.events import Completeness, Expectation, ListenEvent, SpeechAudio, SpeechEnded, SpeechStarted
from ivr.listen.keys import KeyCollector


class HeardAudio:
    """The last seconds of the caller, because an utterance begins before it is noticed, and
    speech may begin before its turn."""

    def __init__(self, settings: Listen) -> None:
        self._pre_roll_frames = frames(settings.pre_roll_ms)
        size = self._pre_roll_frames + frames(settings.start_ms) + frames(settings.max_speech_ms)
        self._frames: deque[tuple[int, bytes]] = deque(maxlen=size)

    def add(self, at: int, pcm16: bytes) -> None:
        self._frames.append((at, pcm16))

    def last(self, count: int) -> bytes:
        """The last so many frames, as far as they are kept."""
        first = max(0, len(self._frames) - count)
        return b"".join(pcm16 for _, pcm16 in islice(self._frames, first, None))

    def since(self, onset_at: int) -> tuple[int, bytes]:
        """All audio from the pre-roll before the onset until now. An onset older than what is
        kept moves forward: the onset that holds is returned with the audio."""
        kept = list(self._frames)
        onset = next(i for i, (at, _) in enumerate(kept) if at >= onset_at)
        if len(kept) == self._frames.maxlen:
            onset = max(onset, self._pre_roll_frames)
        first = max(0, onset - self._pre_roll_frames)
        return kept[onset][0], b"".join(pcm16 for _, pcm16 in kept[first:])


_COUNTED = ("digits", "phone", "card", "id_number", "spelling")


@dataclass(slots=True)
class Utterance:
    """Speech on its way to the recogniser: one SpeechStarted, then audio, then one SpeechEnded."""

    onset_at: int
    frames: int = 0
    """since SpeechStarted; a caller who began before the turn still has all its time"""

    def begin(self, at: int, pcm16: bytes) -> list[ListenEvent]:
        return [SpeechStarted(at, self.onset_at), SpeechAudio(at, pcm16)]

    def go_on(self, at: int, pcm16: bytes) -> list[ListenEvent]:
        self.frames += 1
        return [SpeechAudio(at, pcm16)]

    def end(
        self,
        at: int,
        last_voiced_at: int,
        reason: Literal["silence", "too_long", "key", "stopped", "ignored"],
        rule: Completeness | Literal["unknown"] = "unknown",
    ) -> list[ListenEvent]:
        return [SpeechEnded(at, self.onset_at, max(self.onset_at, last_voiced_at), reason, rule)]


class Turn:
    """What is expected of the caller and what has come of it so far.

    How long a silence must be to end it depends on what was recognised, in the sense of VoiceXML's
    complete and incomplete timeouts: short after a whole answer, long after the beginning of one, and
    in between where nothing was recognised or the answer may go on.
    """

    def __init__(self, expectation: Expectation, settings: Listen) -> None:
        def wanted(ms: int | None, otherwise_ms: int) -> int:
            return frames(otherwise_ms if ms is None else ms)

        self.grammar = expectation.grammar
        self.utterance: Utterance | None = None
        self.keys = KeyCollector(expectation.keys, settings.inter_key_ms) if expectation.keys else None
        complete = wanted(expectation.complete_timeout_ms, settings.complete_timeout_ms)
        unknown = max(complete, frames(settings.end_ms))
        incomplete = max(unknown, wanted(expectation.incomplete_timeout_ms, settings.incomplete_timeout_ms))
        # Who says digits pauses between their groups, and a shorter number may be a whole answer.
        counting = any(slot.type in _COUNTED for slot in expectation.grammar.slots)
        if counting and expectation.complete_timeout_ms is None:
            complete = (complete + unknown) // 2  # half a number is easily taken for a whole one
        self._timeouts: dict[Completeness | Literal["unknown"], int] = {
            "complete": complete,
            "extensible": incomplete if counting else (complete + unknown) // 2,
            "unknown": incomplete if counting else unknown,
            "incomplete": incomplete,
        }
        self.understood: Completeness | Literal["unknown"] = "unknown"
        """what the recogniser makes of the speech before the present silence"""
        self._max_speech_frames = wanted(expectation.max_speech_ms, settings.max_speech_ms)
        self._no_input_frames = wanted(expectation.no_input_ms, settings.no_input_ms)
        self._waited_frames = 0

    @property
    def end_frames(self) -> int:
        """silence that ends the turn, as things stand"""
        return self._timeouts[self.understood]

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
