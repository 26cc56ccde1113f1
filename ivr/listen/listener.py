"""All that a call needs to listen: frames, keys and turns enter; listening events leave."""

from __future__ import annotations

from typing import Literal

from ivr.audio import frames
from ivr.config import Listen
from ivr.events import BargedIn, BargeIn, Digit, Expectation, Frame, ListenEvent, NoInput
from ivr.listen.bargein import BargeInJudge
from ivr.listen.keys import TypedKeys
from ivr.listen.turns import HeardAudio, Turn, Utterance
from ivr.listen.vad import Classify, VoiceActivity, VoiceState


class Listener:
    """One for a call, called from one thread.

    A turn is open from `open` until it has its answer (SpeechEnded by silence or length,
    KeysEntered, NoInput) or until `close`. Announce a prompt with `prompt` before the `open`
    that follows it, so that neither typed-ahead keys nor the no-input time run ahead of it.
    """

    def __init__(self, settings: Listen, classify: Classify | None = None) -> None:
        self._settings = settings
        self._voice = VoiceActivity(settings, classify)
        self._heard = HeardAudio(settings)
        self._turn: Turn | None = None
        self._playing = False
        self._judge: BargeInJudge | None = None
        """of the prompt that plays, until it is interrupted"""
        self._ignored_until = -1
        """the last frame under a prompt that goes on: speech that ends by then is no answer"""
        self._taken_until = -1
        """speech up to this frame had its utterance"""
        self._typed = TypedKeys()
        self._late: list[ListenEvent] = []
        """events of `open`, told by the next call"""
        self._held = False

    def open(self, at: int, expectation: Expectation) -> None:
        """The caller's turn begins; prompts may still be playing. A turn still open is void."""
        self._late = self.close(at)
        self._turn = Turn(expectation, self._settings)
        if expectation.keys is None:
            self._typed.clear()

    def close(self, at: int) -> list[ListenEvent]:
        """The turn is void or over. Speech that goes on is told whole in the next turn."""
        events, self._late = self._late, []
        if self._turn and self._turn.utterance:
            events += self._turn.utterance.end(at, self._voice.last_voiced_at, "stopped")
        self._turn = None
        return events

    def prompt(self, policy: BargeIn | None) -> None:
        """A prompt begins to play, or (None) nothing plays any more."""
        self._playing = policy is not None
        self._judge = BargeInJudge(policy, self._settings) if policy else None
        if policy and self._turn:
            self._turn.wait_anew()
        if policy == "off":
            self._typed.clear()  # as VoiceXML 2.0, section 4.1.5: what must be heard voids earlier keys

    def hold(self, on: bool) -> None:
        """While the far side holds us, its audio is not the caller's and time stands still."""
        self._held = on

    def frame(self, frame: Frame) -> list[ListenEvent]:
        events, self._late = self._late, []
        if self._held:
            return events
        self._heard.add(frame)
        end_frames = self._turn.end_silence_frames if self._turn else frames(self._settings.end_ms)
        self._voice.hear(frame.at, frame.heard, end_frames)
        events += self._judge_speech(frame.at)
        events += self._wait(frame.at)
        events += self._enter_keys(frame.at)
        events += self._utter(frame)
        return events

    def digit(self, digit: Digit) -> list[ListenEvent]:
        events, self._late = self._late, []
        events += self._enter_keys(digit.at)  # those typed ahead come first
        if self._typed.is_stray(digit.at, digit.key):
            return events
        if self._judge:
            if not self._judge.stops("key"):
                return events
            events += self._interrupt(digit.at, "key", digit.at)
        if self._turn is None or self._turn.keys:
            self._typed.add(digit.key)
        return events + self._enter_keys(digit.at)

    def _judge_speech(self, at: int) -> list[ListenEvent]:
        if self._judge is None:
            return []
        stops = self._judge.stops("voice" if self._voice.voiced else "silence")
        if stops and self._voice.state is VoiceState.SPEAKING:
            return self._interrupt(at, "speech", self._onset_at)
        self._ignored_until = at
        return []

    def _interrupt(self, at: int, by: Literal["speech", "key"], onset_at: int) -> list[ListenEvent]:
        self._judge = None
        if by == "speech":
            self._ignored_until = onset_at - 1
        return [BargedIn(at, by, onset_at)]

    def _wait(self, at: int) -> list[ListenEvent]:
        """The no-input time, or once keys have begun the time to the next key."""
        turn = self._turn
        if turn is None or turn.utterance:
            return []
        if turn.keys and turn.keys.begun:
            entered = turn.keys.wait(at)
            return self._answered(entered) if entered else []
        if self._playing:
            return []
        given_up = turn.wait()
        if given_up and self._voice.state is VoiceState.QUIET:  # never in the first ms of an answer
            return self._answered(NoInput(at))
        return []

    def _enter_keys(self, at: int) -> list[ListenEvent]:
        """The first key voids what is being said."""
        events: list[ListenEvent] = []
        while self._typed and self._turn and self._turn.keys:
            if self._judge:
                events += self._interrupt(at, "key", at)
            if self._turn.utterance:
                events += self._turn.utterance.end(at, self._voice.last_voiced_at, "key")
                self._taken_until = self._voice.last_voiced_at
                self._turn.utterance = None
            keys = self._turn.keys
            entered = keys.press(at, self._typed.take())
            if entered:
                events += self._answered(entered)
                if entered.reason == "full":
                    self._typed.after_full(at, keys)
        return events

    def _utter(self, frame: Frame) -> list[ListenEvent]:
        turn = self._turn
        if turn is None:
            return []
        if turn.utterance:
            events = turn.utterance.go_on(frame)
        elif self._speech_counts(turn):
            onset_at, pcm16 = self._heard.since(self._onset_at)
            turn.utterance = Utterance(onset_at)
            events = turn.utterance.begin(frame.at, pcm16)
        else:
            return []
        if self._voice.state is VoiceState.QUIET:
            events += self._answered(*turn.utterance.end(frame.at, self._voice.last_voiced_at, "silence"))
        elif turn.too_long:
            self._taken_until = frame.at
            events += self._answered(*turn.utterance.end(frame.at, self._voice.last_voiced_at, "too_long"))
        return events

    def _speech_counts(self, turn: Turn) -> bool:
        return (
            not turn.keys_begun
            and self._voice.state in (VoiceState.SPEAKING, VoiceState.STOPPING)
            and self._voice.last_voiced_at > max(self._ignored_until, self._taken_until)
        )

    @property
    def _onset_at(self) -> int:
        return max(self._voice.onset_at, self._taken_until + 1)

    def _answered(self, *events: ListenEvent) -> list[ListenEvent]:
        self._turn = None
        return list(events)
