"""ONE call, one loop: events of the line, the recogniser and the synthesiser enter in one order;
play, clear, transfer and hang-up leave. Read this first.

    line.events() --Frame--> listener --SpeechAudio--> recognition ---Transcript---+
                  --Digit--> listener --KeysEntered, NoInput-----------------------+
                           --Ducked, BargedIn--> voice.duck, voice.stop            |
    other systems <--Request-- errands --RequestEnded, MessageRecorded-------------+
                                                                                   v
    line.play() <-- prompts (cache or synthesis) <-- Say, Listen, ... <-- engine.step(state, event)

Runs in a thread of its own and reads no clock: time is the number of the frame, so a live call
and a WAV file go through the same lines.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import date
from typing import Any

from ivr.audio import frames
from ivr.errands import Errands
from ivr.events import (
    BargedIn,
    CallEvent,
    CallFacts,
    Digit,
    Ducked,
    Expectation,
    Frame,
    Grammar,
    Held,
    Hotwords,
    HungUp,
    KeysEntered,
    Kind,
    ListenEvent,
    NoInput,
    Partial,
    Played,
    PlayStarted,
    ProfileFound,
    PromptAudio,
    PromptFailed,
    RecogniserLost,
    RequestEnded,
    SpeechAudio,
    SpeechEnded,
    SpeechIgnored,
    SpeechStarted,
    Transcript,
    TransferEnded,
)
from ivr.flow.actions import Action, HangUp, Listen, Note, RecordMessage, Request, Say, Transfer
from ivr.flow.engine import Engine
from ivr.flow.state import FlowEvent, State
from ivr.line import Line
from ivr.listen import interjections
from ivr.listen.listener import Listener
from ivr.rooms import CallJournal, Recognition, Record, Rooms
from ivr.voice import Voice

log = logging.getLogger(__name__)

MASKED = "***"
SHORT_FRAMES = frames(800)
"""speech over a prompt that was not understood, no longer than this, was no interruption"""
_CUT_OFF = {"caller": "abandoned", "bot": "shutdown", "error": "line_lost"}
"""outcomes of calls that ended before their flow did"""


class Call:
    def __init__(
        self,
        line: Line,
        facts: CallFacts,
        engine: Engine,
        listener: Listener,
        rooms: Rooms,
        journal: CallJournal,
        today: date,
        record: Record | None = None,
    ) -> None:
        self._line = line
        self._facts = facts
        self._engine = engine
        self._listener = listener
        self._rooms = rooms
        self._journal = journal
        self._today = today
        self._recorder = record(self._recording_failed) if record else None
        self._state: State | None = None
        self._at = 0
        self._voice = Voice(line, listener, rooms, self._write)
        self._errands = Errands(facts, line, listener, rooms)
        self._finally: Transfer | RecordMessage | HangUp | None = None
        """what comes when the prompts have been played"""
        self._expectation: Expectation | None = None
        self._recognition: Recognition | None = None
        self._utterance = 0
        self._speaking = False
        """an utterance is open"""
        self._interrupted_frames = 0
        """how long the speech was for which the voice was stopped; 0: it was not"""
        self._interrupting = False
        """the voice was stopped for the speech that is heard now"""
        self._lost: RecogniserLost | None = None
        """the recogniser was lost while the caller speaks: told when the caller has ended"""
        self._turn_ended_at: int | None = None
        """last frame of the caller's turn that has not been answered yet"""
        self._outcome = ""
        self._failed = False

    @property
    def state(self) -> State | None:
        """Where the conversation stands; None before it began."""
        return self._state

    def run(self) -> str:
        """The whole call; returns its outcome."""
        for event in self._line.events():
            try:
                self._handle(event)
            except Exception as error:
                log.exception("call %s: %s", self._facts.call, type(event).__name__)
                self._give_up(type(event).__name__, error)
        return self._outcome

    # --- events in ------------------------------------------------------------------------------

    def _handle(self, event: CallEvent) -> None:
        match event:
            case Frame():
                self._frame(event)
            case Digit():
                self._heard(self._listener.digit(event))
            case PlayStarted():
                self._voice.started(event, self._turn_ended_at)
                self._turn_ended_at = None
            case Played():
                self._voice.ended(event)
                self._settle()
            case PromptAudio() | PromptFailed():
                self._voice.made(event)
            case Partial():
                if event.utterance == self._utterance and self._recognition:
                    self._listener.partial(event)
                    self._foresee(event)
            case Transcript() | RecogniserLost():
                if event.utterance == self._utterance and self._recognition:
                    self._recognised(event)
            case ProfileFound():
                self._begin(event)
            case RequestEnded():
                self._errands.ended(event)
                self._step(event)
            case Held():
                self._write(Kind.HOLD, on=event.on)
                self._listener.hold(event.on)
            case TransferEnded():
                self._write(Kind.TRANSFER_ENDED, outcome=event.outcome.value, status=event.status)
                self._step(event)
            case HungUp():
                self._hung_up(event)

    def _frame(self, frame: Frame) -> None:
        self._at = frame.at
        if self._recorder:
            self._recorder.frame(frame.heard, frame.played, self._secret())
        if self._state is None:  # the call is answered
            self._begin(self._errands.profile(frame.at))
        self._heard(self._listener.frame(frame))
        if filler := self._errands.filler(frame.at, self._voice.talking):
            self._voice.say(filler)
        for late in self._errands.frame(frame):
            self._step(late)

    def _begin(self, profile: ProfileFound | None) -> None:
        """With the caller's profile; None: it is still waited for."""
        if profile is None or self._state is not None:
            return
        if self._rooms.services.profile_ms:
            found = profile.profile is not None
            self._write(Kind.PROFILE, found=found, reason=profile.reason, took_ms=profile.took_ms)
        self._state, actions = self._engine.start(self._facts, self._today, profile.profile)
        self._perform(actions)

    def _secret(self) -> bool:
        listening = self._expectation is not None and self._expectation.secret
        return listening or self._voice.secret

    def _heard(self, events: list[ListenEvent]) -> None:
        for event in events:
            if self._errands.recording:
                if message := self._errands.heard(event):
                    self._step(message)
                continue
            match event:
                case Ducked():
                    self._write(Kind.DUCKED, on=event.on, onset_at=event.onset_at)
                    self._voice.duck(event.on)
                case SpeechIgnored():
                    self._write(
                        Kind.SPEECH_IGNORED,
                        onset_at=event.onset_at,
                        end_at=event.end_at,
                        reason=event.reason,
                        scores=event.scores,
                    )
                case BargedIn():
                    self._write(
                        Kind.BARGE_IN,
                        by=event.by,
                        onset_at=event.onset_at,
                        rule=event.rule,
                        scores=event.scores,
                    )
                    self._interrupting = event.by == "speech"
                    self._voice.stop()
                case SpeechStarted():
                    self._write(Kind.SPEECH_STARTED, onset_at=event.onset_at)
                    self._open_recognition()
                case SpeechAudio():
                    if self._recognition:
                        self._recognition.feed(event.pcm16)
                case SpeechEnded():
                    self._speech_ended(event)
                case KeysEntered():
                    keys = MASKED if self._secret() else event.keys
                    self._write(Kind.KEYS, keys=keys, reason=event.reason)
                    self._turn_ended_at = event.at
                    self._step(event)
                case NoInput():
                    self._write(Kind.NO_INPUT)
                    self._step(event)

    # --- the caller's speech ----------------------------------------------------------------------

    def _open_recognition(self) -> None:
        self._utterance += 1
        self._speaking, self._lost = True, None
        assert self._expectation
        grammar = self._expectation.grammar
        if self._voice.talking:
            grammar = self._over_the_voice(grammar)
        if grammar.language in self._rooms.recogniser.languages:
            self._recognition = self._rooms.recogniser.open(self._utterance, grammar, self._line.post)

    def _over_the_voice(self, grammar: Grammar) -> Grammar:
        """Also what callers say over a prompt without answering it, and what alone may interrupt it."""
        policies = [policy for policy in self._voice.policies if isinstance(policy, Hotwords)]
        hotwords = [phrase for policy in policies for phrase in policy.phrases]
        more = (*interjections.interjections(grammar.language), *hotwords)
        return replace(grammar, sentences=tuple(dict.fromkeys((*grammar.sentences, *more))))

    def _foresee(self, partial: Partial) -> None:
        """Prepare the answer while the end of the turn is still being confirmed. The engine is a pure
        function: what it would do is thrown away."""
        if partial.completeness == "incomplete" or self._voice.talking or self._state is None:
            return
        _, actions = self._engine.step(self._state, Transcript(0, partial.text, partial.confidence))
        if say := next((action for action in actions if isinstance(action, Say)), None):
            self._voice.prepare(say)

    def _speech_ended(self, event: SpeechEnded) -> None:
        self._write(
            Kind.SPEECH_ENDED,
            onset_at=event.onset_at,
            end_at=event.end_at,
            reason=event.reason,
            rule=event.rule,
        )
        self._speaking = False
        self._interrupted_frames = event.end_at - event.onset_at + 1 if self._interrupting else 0
        self._interrupting = False
        if event.reason in ("key", "stopped", "ignored"):
            self._drop_recognition()
            return
        self._turn_ended_at = event.end_at
        if self._lost:
            self._step(self._lost)
        elif self._recognition:
            self._recognition.finish()
        else:  # no recogniser speaks this language: whatever was said is not understood
            self._step(Transcript(self._utterance, "", 0.0))

    def _drop_recognition(self) -> None:
        if self._recognition:
            self._recognition.cancel()
            self._recognition = None

    def _recognised(self, event: Transcript | RecogniserLost) -> None:
        self._recognition = None
        if isinstance(event, RecogniserLost):
            self._write(Kind.RECOGNISER_LOST, utterance=event.utterance, reason=event.reason)
            if self._speaking:  # we do not talk over the caller
                self._lost = event
                return
        else:
            secret = self._secret()
            self._write(
                Kind.TRANSCRIPT,
                utterance=event.utterance,
                text=MASKED if secret and event.text else event.text,
                confidence=round(event.confidence, 3),
                alternatives=[] if secret else [other.text for other in event.alternatives],
                compute_ms=event.compute_ms,
            )
            if self._no_answer(event):
                return
        self._step(event)

    def _no_answer(self, event: Transcript) -> bool:
        """Speech over a prompt that answers nothing: the voice goes on where it was cut off, or waits
        for what the caller wants."""
        if not self._interrupted_frames or self._expectation is None:
            return False
        grammar = self._expectation.grammar
        if interjections.is_stop(event.text, grammar):
            reason = None
        elif interjections.is_backchannel(event.text, grammar):
            reason = "backchannel"
        elif not event.text and self._interrupted_frames <= SHORT_FRAMES:
            reason = "not_understood"
        else:
            return False
        self._turn_ended_at = None
        if reason and (start := self._voice.resume()) is not None:
            self._write(Kind.PROMPT_RESUMED, from_frame=start, reason=reason)
        self._listener.open(self._at, self._expectation)
        return True

    # --- the flow's actions -------------------------------------------------------------------------

    def _step(self, event: FlowEvent) -> None:
        if self._state is None or self._outcome:
            return
        self._expectation = None
        self._state, actions = self._engine.step(self._state, event)
        self._perform(actions)

    def _perform(self, actions: tuple[Action, ...]) -> None:
        for action in actions:
            match action:
                case Say():
                    self._voice.say(action)
                case Listen():
                    self._expectation = action.expectation
                    self._write_listen(action.expectation)
                    self._listener.open(self._at, action.expectation)
                case Request():
                    self._errands.ask(self._at, action)
                case Transfer() | RecordMessage() | HangUp():
                    self._finally = action
                    if isinstance(action, HangUp):
                        self._outcome = action.outcome
                case Note():
                    if action.kind is Kind.ERROR:
                        log.warning("call %s: %s", self._facts.call, action.data)
                    self._journal.write(self._at, action.kind, action.data)
        self._settle()

    def _settle(self) -> None:
        """When everything has been said: pass the caller on, or hang up."""
        if self._voice.talking or not self._finally:
            return
        action, self._finally = self._finally, None
        if isinstance(action, Transfer):
            self._write(Kind.TRANSFER, to=action.to)
            self._line.transfer(action.to)
        elif isinstance(action, RecordMessage):
            self._errands.record(self._at, action)
        else:
            self._line.hang_up()

    # --- the end --------------------------------------------------------------------------------------

    def _hung_up(self, event: HungUp) -> None:
        self._drop_recognition()
        if self._recorder:
            self._recorder.close()
        if not self._outcome:
            self._outcome = _CUT_OFF[event.by] if self._state is not None else "cancelled"
        self._write(
            Kind.CALL_ENDED,
            event.at,
            outcome=self._outcome,
            by=event.by,
            status=event.status,
            frames=self._at + 1 if self._state is not None else 0,
            frames_late=self._line.frames_late,
            queue_drops=self._line.frames_dropped,
        )

    def _give_up(self, where: str, error: Exception) -> None:
        """Something broke: apologise once and pass the caller on as the flow says; if that fails
        too, hang up."""
        # the type alone: the text of an error may hold the caller's words
        self._write(Kind.ERROR, where=where, reason=type(error).__name__)
        self._drop_recognition()
        self._errands.cancel()
        if self._failed or self._state is None:
            self._outcome = "error"
            self._line.hang_up()
            return
        self._failed = True
        try:
            self._line.clear()
            self._state, actions = self._engine.give_up(self._state)
            self._perform(actions)
        except Exception:
            log.exception("call %s: cannot even apologise", self._facts.call)
            self._outcome = "error"
            self._line.hang_up()

    def _recording_failed(self, reason: str) -> None:
        log.error("call %s: recording ended early: %s", self._facts.call, reason)
        self._write(Kind.RECORDING_FAILED, reason=reason)

    # --- the journal ------------------------------------------------------------------------------------

    def _write(self, kind: Kind, at: int | None = None, **data: Any) -> None:
        """`at`: the frame in which it happened, if that is not this one."""
        self._journal.write(self._at if at is None else at, kind, data)

    def _write_listen(self, expectation: Expectation) -> None:
        self._write(
            Kind.LISTEN,
            sentences=len(expectation.grammar.sentences),
            slots=[slot.type for slot in expectation.grammar.slots],
            keys=expectation.keys is not None,
            secret=expectation.secret,
        )
