"""Whatever is said, pressed, played, opened and closed in whatever order: the rules that always hold."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from ivr.config import Listen
from ivr.events import (
    BargedIn,
    BargeIn,
    Completeness,
    Ducked,
    KeyRules,
    KeysEntered,
    ListenEvent,
    NoInput,
    SpeechAudio,
    SpeechEnded,
    SpeechIgnored,
    SpeechStarted,
)
from tests.listen.scripted import PRE_ROLL, ScriptedCaller, Sound, expect

LONG = st.integers(1, 60)
SHORT = st.integers(1, 8)
KEYS = st.one_of(
    st.none(),
    st.builds(
        KeyRules,
        max_keys=st.integers(1, 4),
        terminator=st.sampled_from(["#", "*", ""]),
        inter_key_ms=st.sampled_from([200, 1000]),
    ),
)


class Conversation(RuleBasedStateMachine):
    """Each event is checked as it comes, against what the test itself knows of turn and prompt."""

    def __init__(self) -> None:
        super().__init__()
        self.caller = ScriptedCaller(Listen(max_speech_ms=1000))
        self.delivered: list[bytes] = []
        """frames that reached the listener: not those heard on hold"""
        self.frame_numbers: list[int] = []
        self.held = False
        self.turn = False
        self.keys_expected = False
        self.policy: BargeIn | None = None
        self.interrupted = False
        self.ducked = False
        self.utterance: SpeechStarted | None = None
        self.spoken = b""
        self.told_at = -1
        self.superseded = False
        """a turn was opened over an utterance whose end has not been told yet"""

    @rule(
        count=st.one_of(LONG, SHORT),
        sound=st.sampled_from([None, "floor", "backchannel", "noise", "unsure"]),
        below_db=st.sampled_from([0, 12]),
    )
    def hear(self, count: int, sound: Sound | None, below_db: int) -> None:
        for _ in range(count):
            told = self.caller.says(1, sound, below_db) if sound else self.caller.silent(1)
            if not self.held:
                self.delivered.append(self.caller.audio[-1])
                self.frame_numbers.append(self.caller.at)
            self.check(told)

    @rule(text=st.sampled_from(["agent", "uh huh"]), completeness=st.sampled_from(["complete", "incomplete"]))
    def recognise(self, text: str, completeness: Completeness) -> None:
        self.caller.recognised(text, completeness)

    @rule(known=st.booleans())
    def know(self, known: bool) -> None:
        self.caller.profile.known = known

    @rule(keys=st.text("0123456789*#", min_size=1, max_size=3))
    def press(self, keys: str) -> None:
        for key in keys:
            self.check(self.caller.presses(key))

    @rule(keys=KEYS, no_input_ms=st.sampled_from([0, 500]), max_speech_ms=st.sampled_from([400, 1000]))
    def open(self, keys: KeyRules | None, no_input_ms: int, max_speech_ms: int) -> None:
        self.superseded = self.superseded or self.utterance is not None
        self.caller.open(expect(keys, no_input_ms, max_speech_ms))
        self.turn, self.keys_expected = True, keys is not None

    @rule()
    def close(self) -> None:
        self.check(self.caller.close())
        assert self.utterance is None
        self.turn = False

    @rule(policy=st.sampled_from(["off", "keys", "speech", None]))
    def prompt(self, policy: BargeIn | None) -> None:
        self.caller.listener.prompt(policy)
        self.policy, self.interrupted = policy, False

    @rule(on=st.booleans())
    def hold(self, on: bool) -> None:
        self.caller.listener.hold(on)
        self.held = on

    def check(self, told: list[ListenEvent]) -> None:
        for event in told:
            assert self.told_at <= event.at <= self.caller.at, "time goes on"
            self.told_at = event.at
            if isinstance(event, BargedIn | Ducked | SpeechIgnored):
                self.check_judgement(event)
            else:
                assert self.turn, "nothing after the end of a turn"
                self.check_answer(event)

    def check_judgement(self, event: BargedIn | Ducked | SpeechIgnored) -> None:
        assert event.onset_at <= event.at
        match event:
            case Ducked():
                assert event.on is not self.ducked
                assert not event.on or (self.policy == "speech" and not self.interrupted)
                self.ducked = event.on
            case SpeechIgnored():
                assert self.ducked
                assert self.policy == "speech" and not self.interrupted
            case BargedIn():
                assert not self.interrupted
                assert self.policy == "speech" or (self.policy == "keys" and event.by == "key")
                assert self.ducked or event.by == "key"
                self.interrupted, self.ducked = True, False

    def check_answer(self, event: ListenEvent) -> None:
        match event:
            case SpeechStarted():
                assert self.utterance is None
                assert self.policy is None or self.interrupted or self.ducked, "no utterance begins unjudged"
                self.utterance, self.spoken = event, b""
            case SpeechAudio():
                assert self.utterance
                self.spoken += event.pcm16
                assert self.spoken == self.heard_since(self.utterance.onset_at)
            case SpeechEnded():
                assert self.utterance
                assert self.spoken
                assert event.onset_at == self.utterance.onset_at <= event.end_at <= event.at
                self.utterance = None
                self.turn = self.superseded or event.reason in (
                    "key",
                    "ignored",
                )  # superseded: the new turn is open
                self.superseded = False
            case KeysEntered():
                assert self.keys_expected
                assert self.utterance is None
                assert event.keys or event.reason == "terminator"
                self.turn = False
            case NoInput():
                assert self.utterance is None
                assert self.policy is None
                self.turn = False

    def heard_since(self, onset_at: int) -> bytes:
        onset = self.frame_numbers.index(onset_at)
        return b"".join(self.delivered[max(0, onset - PRE_ROLL) :])

    @invariant()
    def an_utterance_belongs_to_a_turn(self) -> None:
        assert self.turn or self.utterance is None


TestConversation = Conversation.TestCase
TestConversation.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
