"""All that a call needs to listen: frames, keys, partials and turns enter; listening events leave."""

from __future__ import annotations

from collections import deque
from math import inf
from typing import Literal

from ivr.audio import frames, rms_quantile
from ivr.config import Listen
from ivr.events import (
    BargedIn,
    BargeIn,
    Digit,
    Ducked,
    Expectation,
    Frame,
    ListenEvent,
    NoInput,
    Partial,
    SpeechEnded,
    SpeechIgnored,
)
from ivr.listen.bargein import STANDS_OUT_DB, BargeInJudge, Ruling
from ivr.listen.burst import BACKGROUND_FRAMES, LEVEL_FRAMES, Background, Burst
from ivr.listen.interjections import is_backchannel, is_stop
from ivr.listen.keys import TypedKeys
from ivr.listen.senses import Senses
from ivr.listen.turns import HeardAudio, Turn, Utterance
from ivr.listen.vad import VoiceActivity, VoiceState

NOISE_SHARE = 1 / 6
"""of a turn with its pre-roll and the silence after it is noise for certain"""
SETTLE_FRAMES = frames(600)
"""silence after a burst in doubt: until then the recogniser may still tell what was said"""


class Listener:
    """One for a call, called from one thread.

    A turn is open from `open` until it has its answer (SpeechEnded by silence or length,
    KeysEntered, NoInput) or until `close`. Announce a prompt with `prompt` before the `open`
    that follows it, so that neither typed-ahead keys nor the no-input time run ahead of it.
    """

    def __init__(self, settings: Listen, senses: Senses | None = None) -> None:
        self._settings = settings
        self._senses = senses or Senses.real(settings)
        self._voice = VoiceActivity(settings, self._senses.voiced)
        self._heard = HeardAudio(settings)
        self._turn: Turn | None = None
        self._playing = False
        self._judge: BargeInJudge | None = None
        """of the prompt that plays, until it is interrupted"""
        self._burst: Burst | None = None
        """what is being judged"""
        self._beside: deque[bytes] = deque(maxlen=BACKGROUND_FRAMES)
        """frames of no turn: the line, the echo, and what was ignored"""
        self._ignored: Background | None = None
        """with the speech in it that was ignored last"""
        self._ignored_until = -1
        """the last frame under a prompt that goes on: speech that ends by then is no answer"""
        self._taken_until = -1
        """speech up to this frame had its utterance"""
        self._judged_from = -1
        """onset of the last burst that was judged: what came before it was ignored"""
        self._at = -1
        self._played_at = -1
        """the last frame in which a prompt played"""
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
        """A prompt begins to play, or (None) nothing plays any more: what is in doubt then is an answer."""
        self._playing = policy is not None
        self._judge = BargeInJudge(policy, self._settings) if policy else None
        if self._burst and not (self._judge and self._judge.speech_may_stop):
            if self._burst.doubted:
                self._late.append(Ducked(self._at, False, self._burst.onset_at))
            self._burst = None
        if policy and self._turn:
            self._turn.wait_anew()
        if policy == "off":
            self._typed.clear()  # as VoiceXML 2.0, section 4.1.5: what must be heard voids earlier keys

    def hold(self, on: bool) -> None:
        """While the far side holds us, its audio is not the caller's and time stands still."""
        self._held = on

    def partial(self, partial: Partial) -> None:
        """What the recogniser believes of the utterance that is open."""
        if self._burst:
            self._burst.seen.text, self._burst.seen.confidence = partial.text, partial.confidence
            self._burst.seen.meaning = self._meaning(partial)
        if self._turn:
            self._turn.understood = partial.completeness

    def _meaning(self, partial: Partial) -> Literal["", "answer", "stop", "backchannel"]:
        if partial.completeness == "incomplete" or self._turn is None:
            return ""
        if is_backchannel(partial.text, self._turn.grammar):
            return "backchannel"
        return "stop" if is_stop(partial.text, self._turn.grammar) else "answer"

    def frame(self, frame: Frame) -> list[ListenEvent]:
        events, self._late = self._late, []
        self._at = frame.at
        if self._held:
            return events
        pcm16 = self._senses.clean(frame.heard, frame.played)
        self._heard.add(frame.at, pcm16)
        if self._playing:
            self._played_at = frame.at
        was = self._voice.state
        self._voice.hear(frame.at, pcm16, self._end_frames())
        if was is VoiceState.STOPPING and self._voice.state is VoiceState.SPEAKING and self._turn:
            self._turn.understood = "unknown"  # the caller goes on
        events += self._judge_burst(frame.at, pcm16)
        events += self._wait(frame.at)
        events += self._enter_keys(frame.at)
        events += self._utter(frame.at, pcm16)
        if self._judge or self._voice.state is VoiceState.QUIET:
            self._beside.append(pcm16)
        return events

    def digit(self, digit: Digit) -> list[ListenEvent]:
        events, self._late = self._late, []
        events += self._enter_keys(digit.at)  # those typed ahead come first
        if self._typed.is_stray(digit.at, digit.key):
            return events
        if self._judge:
            if not self._judge.key_stops:
                return events
            events += self._interrupt_by_key(digit.at)
        if self._turn is None or self._turn.keys:
            self._typed.add(digit.key)
        return events + self._enter_keys(digit.at)

    def _end_frames(self) -> int:
        if self._burst and self._burst.doubted:
            return SETTLE_FRAMES
        return self._turn.end_frames if self._turn else frames(self._settings.end_ms)

    # --- barge-in -----------------------------------------------------------------------------

    def _judge_burst(self, at: int, pcm16: bytes) -> list[ListenEvent]:
        judge, voice = self._judge, self._voice
        if judge is None:
            return []
        if not judge.speech_may_stop:
            self._ignored_until = at
            return []
        if self._burst is None and voice.voiced and self._may_begin(at):
            onset_at = max(voice.onset_at, self._ignored_until + 1)
            self._burst = Burst(onset_at, self._senses, self._heard, self._background())
        burst = self._burst
        if burst is None:
            self._ignored_until = at
            return []
        burst.hear(pcm16, voice.voiced, self._heard)
        if voice.state is VoiceState.QUIET and not burst.doubted:  # a click
            self._burst = None
            self._ignored_until = at
            return []
        events: list[ListenEvent] = []
        if not burst.doubted and voice.state is VoiceState.SPEAKING:
            burst.doubted = True
            self._judged_from = burst.onset_at
            events.append(Ducked(at, True, burst.onset_at))
        burst.seen.over = voice.state is VoiceState.QUIET
        if burst.doubted and (ruling := judge.rule(burst.seen)):
            if ruling.stop and self._senses.own_voice():
                burst.seen.echo = True
            else:
                events += self._carry_out(ruling, at, burst)
        return events

    def _background(self) -> Background:
        return Background(b"".join(self._beside), self._senses)

    def _may_begin(self, at: int) -> bool:
        """Speech that was ruled no interruption is not judged again before it pauses, unless it
        becomes louder than what is in the background, or as loud as the caller is."""
        background = self._ignored
        if self._voice.onset_at > self._ignored_until or background is None:
            return True
        lately = self._heard.last(LEVEL_FRAMES)
        if background.above_db(lately) >= STANDS_OUT_DB:
            return True
        profile = self._senses.profile
        level_db = profile.level_difference(lately, background.noise_rms) if profile.known else -inf
        return level_db >= self._settings.other_talker_db

    def _carry_out(self, ruling: Ruling, at: int, burst: Burst) -> list[ListenEvent]:
        self._burst = None
        scores = burst.seen.scores()
        if ruling.stop:
            self._judge = None
            self._ignored_until = burst.onset_at - 1
            for _ in range(min(at - burst.onset_at, len(self._beside))):
                self._beside.pop()  # it was the caller, no background
            return [BargedIn(at, "speech", burst.onset_at, ruling.rule, scores)]
        self._ignored_until = at
        self._ignored = self._background()
        end_at = self._voice.last_voiced_at
        events: list[ListenEvent] = [
            SpeechIgnored(at, burst.onset_at, end_at, ruling.rule, scores),  # type: ignore[arg-type]
            Ducked(at, False, burst.onset_at),
        ]
        if self._turn and self._turn.utterance:
            events += self._turn.utterance.end(at, end_at, "ignored")
            self._turn.utterance = None
        return events

    def _interrupt_by_key(self, at: int) -> list[ListenEvent]:
        self._judge = self._burst = None
        return [BargedIn(at, "key", at)]

    # --- turns --------------------------------------------------------------------------------

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
                events += self._interrupt_by_key(at)
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

    def _utter(self, at: int, pcm16: bytes) -> list[ListenEvent]:
        turn = self._turn
        if turn is None:
            return []
        if turn.utterance:
            events = turn.utterance.go_on(at, pcm16)
        elif self._speech_counts(turn):
            onset_at, since = self._heard.since(self._onset_at)
            turn.utterance = Utterance(onset_at)
            events = turn.utterance.begin(at, since)
        else:
            return []
        if self._burst:  # in doubt: what it is will be ruled first
            return events
        if self._voice.state is VoiceState.QUIET:
            events += self._end_utterance(turn.utterance, at, "silence")
        elif turn.too_long:
            self._taken_until = at
            events += self._end_utterance(turn.utterance, at, "too_long")
        return events

    def _end_utterance(
        self, utterance: Utterance, at: int, reason: Literal["silence", "too_long"]
    ) -> list[ListenEvent]:
        assert self._turn
        ended = utterance.end(at, self._voice.last_voiced_at, reason, self._turn.understood)
        # Nothing was played meanwhile: this voice is surely the caller's, and no echo is in it.
        if utterance.onset_at > self._played_at and isinstance(ended[-1], SpeechEnded):
            spoken = self._heard.since(utterance.onset_at)[1]
            self._senses.profile.enrol(spoken, rms_quantile(spoken, NOISE_SHARE))
        return self._answered(*ended)

    def _speech_counts(self, turn: Turn) -> bool:
        if turn.keys_begun or self._voice.state not in (VoiceState.SPEAKING, VoiceState.STOPPING):
            return False
        if self._burst:
            return self._burst.doubted
        return self._voice.last_voiced_at > max(self._ignored_until, self._taken_until)

    @property
    def _onset_at(self) -> int:
        return max(self._voice.onset_at, self._taken_until + 1, self._judged_from)

    def _answered(self, *events: ListenEvent) -> list[ListenEvent]:
        self._turn = None
        return list(events)
