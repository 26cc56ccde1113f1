"""Whatever is said, pressed, played, opened and closed in whatever order: the rules that always hold."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from ivr.config import Listen
from ivr.events import (
    BargedIn,
    BargeIn,
    KeyRules,
    KeysEntered,
    ListenEvent,
    NoInput,
    SpeechAudio,
    SpeechEnded,
    SpeechStarted,
)
from tests.listen.scripted import PRE_ROLL, ScriptedCaller, expect

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
        self.utterance: SpeechStarted | None = None
        self.spoken = b""
        self.told_at = -1
        self.superseded = False
        """a turn was opened over an utterance whose end has not been told yet"""

    @rule(count=st.one_of(LONG, SHORT), speech=st.booleans())
    def hear(self, count: int, speech: bool) -> None:
        for _ in range(count):
            told = self.caller.says(1) if speech else self.caller.silent(1)
            if not self.held:
                self.delivered.append(self.caller.audio[-1])
                self.frame_numbers.append(self.caller.at)
            self.check(told)

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
            if isinstance(event, BargedIn):
                self.check_barge_in(event)
            else:
                assert self.turn, "nothing after the end of a turn"
                self.check_answer(event)

    def check_barge_in(self, event: BargedIn) -> None:
        assert not self.interrupted
        assert self.policy == "speech" or (self.policy == "keys" and event.by == "key")
        assert event.onset_at <= event.at
        self.interrupted = True

    def check_answer(self, event: ListenEvent) -> None:
        match event:
            case SpeechStarted():
                assert self.utterance is None
                assert self.policy is None or self.interrupted, "no utterance begins under a prompt"
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
                self.turn = self.superseded or event.reason == "key"  # superseded: the new turn is open
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
