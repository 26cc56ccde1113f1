"""Everything that happens in a call, as small frozen values; nothing here does anything.

Time inside a call is counted in frames of 20 ms since the call was answered (`at`), never
read from a clock. Audio is PCM, signed 16 bit, little endian, mono, 8000 Hz (`pcm16`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Words:
    """Keys interrupt, and speech in which so many expected words were recognised."""

    count: int


@dataclass(frozen=True, slots=True)
class Hotwords:
    """Keys interrupt, and one of these phrases."""

    phrases: tuple[str, ...]
    """lower case words, one blank between"""


BargeIn = Literal["off", "keys", "speech"] | Words | Hotwords
"""What may interrupt a prompt: nothing, keys only, keys and speech of the caller, or keys and words."""

Completeness = Literal["complete", "extensible", "incomplete"]
"""How what was said so far stands to what is expected: a whole answer that nothing can follow, a
whole answer that may go on, or the beginning of one."""


# --- the line tells the call ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Frame:
    """One 20 ms tick: what the caller said and what left for the caller in the same tick."""

    at: int
    """frames since answer; rises by one each frame"""
    heard: bytes
    """caller's audio, pcm16, 320 bytes"""
    played: bytes
    """our audio that really left, pcm16, 320 bytes"""


@dataclass(frozen=True, slots=True)
class Digit:
    """A key pressed by the caller (RFC 4733 or SIP INFO)."""

    at: int
    key: str
    """one of 0-9 * # A-D"""


@dataclass(frozen=True, slots=True)
class PlayStarted:
    """The first frame of a prompt has left."""

    at: int
    prompt: int


@dataclass(frozen=True, slots=True)
class Played:
    """A prompt has ended."""

    at: int
    prompt: int
    frames: int
    """how much of it left, in frames"""
    complete: bool
    """False when it was cleared before its end"""


@dataclass(frozen=True, slots=True)
class Held:
    """The far side put us on hold, or took us back (RFC 3264, section 8.4)."""

    at: int
    on: bool


@dataclass(frozen=True, slots=True)
class TransferEnded:
    """The outcome of a blind transfer (RFC 3515)."""

    at: int
    outcome: TransferOutcome
    status: int
    """the final SIP status of the new call, as far as the far side told us"""


@dataclass(frozen=True, slots=True)
class RequestEnded:
    """Another system answered, or did not."""

    number: int
    """of the request that it answers"""
    status: int
    """HTTP status; 0: no answer (`reason` tells why)"""
    data: Any = field(default=None, repr=False)
    """the JSON of the answer"""
    reason: str = ""
    took_ms: int = 0


@dataclass(frozen=True, slots=True)
class ProfileFound:
    """What the customer system knows of the calling number; None: nothing, or it did not answer."""

    profile: dict[str, Any] | None = field(repr=False)
    reason: str = ""
    took_ms: int = 0


@dataclass(frozen=True, slots=True)
class MessageRecorded:
    """The caller's message has ended."""

    frames: int
    """its length; 0: nothing was said"""
    file: str = ""
    """where it lies"""


BackendEvent = RequestEnded | ProfileFound


@dataclass(frozen=True, slots=True)
class HungUp:
    """The call is over; no event follows."""

    at: int
    by: Literal["caller", "bot", "error"]
    status: int
    """SIP status of the end: 200 for a BYE"""


class TransferOutcome(StrEnum):
    COMPLETED = "completed"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"


LineEvent = Frame | Digit | PlayStarted | Played | Held | TransferEnded | HungUp


# --- what the flow expects of the caller (read by listen and asr) ----------------------------


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the values of a `one_of` slot."""

    value: str
    said: tuple[str, ...]
    """ways to say it; the value itself is none of them unless it stands here"""
    keys: str = ""
    """the keys that choose it; empty for none"""

    def __post_init__(self) -> None:
        object.__setattr__(self, "said", tuple(self.said))  # a list, where it came over a wire


@dataclass(frozen=True, slots=True)
class Slot:
    """A value that the caller may say, understood by the recogniser's grammar and by the flow."""

    type: Literal[
        "digits", "yes_no", "number", "money", "date", "time", "date_time", "phone", "card", "id_number",
        "id_tail", "spelling", "one_of", "text",
    ]  # fmt: skip
    min_length: int = 1
    """digits only: the fewest digits"""
    max_length: int = 20
    """digits only: the most digits"""
    choices: tuple[Choice, ...] = ()
    """one_of only: what may be chosen"""

    def __post_init__(self) -> None:
        """Choices that came over a wire are mappings still."""
        given: tuple[Choice | dict[str, Any], ...] = tuple(self.choices)
        choices = tuple(c if isinstance(c, Choice) else Choice(**c) for c in given)
        object.__setattr__(self, "choices", choices)


@dataclass(frozen=True, slots=True)
class Grammar:
    """What may be said at this moment: whole sentences, values, or both.

    Speech outside it must come back as a rejected transcript, not as the nearest sentence.
    """

    language: str
    """two letters: en, zh"""
    sentences: tuple[str, ...] = ()
    """lower case words, one blank between"""
    slots: tuple[Slot, ...] = ()


@dataclass(frozen=True, slots=True)
class KeyRules:
    """How keys are collected."""

    min_keys: int = 1
    max_keys: int = 1
    """collection ends at once when this many are in"""
    terminator: str = "#"
    """ends the collection and is not part of it; empty for none"""
    inter_key_ms: int | None = None
    """None: as the settings of the line say (config.Listen)"""


@dataclass(frozen=True, slots=True)
class Expectation:
    """One turn of the caller: what is expected and how long we wait for it. A time of None is as
    the settings of the line say (config.Listen)."""

    grammar: Grammar
    keys: KeyRules | None
    no_input_ms: int | None = None
    """from the end of the prompts to the first speech or key"""
    max_speech_ms: int | None = None
    complete_timeout_ms: int | None = None
    """silence that ends the turn after a whole answer (VoiceXML 2.0, section 6.3.2)"""
    incomplete_timeout_ms: int | None = None
    """silence that ends it after the beginning of an answer"""
    secret: bool = False
    """the answer must not reach journal, log or recording in clear"""


# --- listen tells the call -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    at: int
    onset_at: int
    """frame in which the speech began; the audio that follows starts at least 300 ms earlier"""


@dataclass(frozen=True, slots=True)
class SpeechAudio:
    """The next piece of the utterance, for the recogniser; the first one carries the pre-roll."""

    at: int
    pcm16: bytes


@dataclass(frozen=True, slots=True)
class SpeechEnded:
    at: int
    onset_at: int
    end_at: int
    """last frame with speech"""
    reason: Literal["silence", "too_long", "key", "stopped", "ignored"]
    """key, stopped and ignored: the utterance is void and needs no transcript"""
    rule: Completeness | Literal["unknown"] = "unknown"
    """which timeout ended it; unknown: nothing had been recognised"""


@dataclass(frozen=True, slots=True)
class BargedIn:
    """The caller interrupts: the voice must stop at once."""

    at: int
    by: Literal["speech", "key"]
    onset_at: int
    """frame in which the interruption began"""
    rule: str = "key"
    """what decided: listen/bargein.py names the rules"""
    scores: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ducked:
    """Something that may be an interruption began, or (False) was none: the voice goes on, quieter or
    at its level again."""

    at: int
    on: bool
    onset_at: int


@dataclass(frozen=True, slots=True)
class SpeechIgnored:
    """What was heard while the voice talked does not interrupt it."""

    at: int
    onset_at: int
    end_at: int
    reason: Literal[
        "backchannel", "noise", "other_talker", "echo", "background", "unsure", "no_hotword", "too_few_words"
    ]
    scores: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class KeysEntered:
    at: int
    keys: str
    reason: Literal["full", "terminator", "timeout"]


@dataclass(frozen=True, slots=True)
class NoInput:
    at: int


ListenEvent = (
    SpeechStarted | SpeechAudio | SpeechEnded | BargedIn | Ducked | SpeechIgnored | KeysEntered | NoInput
)


# --- recogniser and synthesiser tell the call ------------------------------------------------


@dataclass(frozen=True, slots=True)
class Partial:
    """What the recogniser believes so far; may change."""

    utterance: int
    text: str
    completeness: Completeness = "incomplete"
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Alternative:
    text: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Transcript:
    """The final result of one utterance. An empty text means: speech, but nothing we expect."""

    utterance: int
    """the number given to `Recogniser.open`"""
    text: str
    confidence: float
    """0 to 1: how sure we are that this was said"""
    alternatives: tuple[Alternative, ...] = ()
    """other readings, best first, without `text` itself"""
    start_frame: int = 0
    """first frame with words, counted from the utterance's first audio"""
    end_frame: int = 0
    """frame after the last word, counted likewise"""
    compute_ms: int = 0
    """processor time that the recogniser spent on the utterance; 0 where not measured"""


@dataclass(frozen=True, slots=True)
class RecogniserLost:
    """The recogniser died or hangs; the utterance is lost and the caller has to repeat."""

    utterance: int
    reason: str


RecogniserEvent = Partial | Transcript | RecogniserLost


@dataclass(frozen=True, slots=True)
class PromptAudio:
    """A sentence of a prompt that was not in the cache is ready to be played."""

    prompt: int
    pcm16: bytes
    last: bool


@dataclass(frozen=True, slots=True)
class PromptFailed:
    prompt: int
    reason: str


PromptEvent = PromptAudio | PromptFailed

CallEvent = LineEvent | RecogniserEvent | PromptEvent | BackendEvent
"""All that arrives in a call's one queue."""


# --- the call tells the journal --------------------------------------------------------------


class Kind(StrEnum):
    """Kinds of journal entries; docs/journal.md lists their data."""

    CALL_STARTED = "call.started"
    PROMPT_STARTED = "prompt.started"
    PROMPT_ENDED = "prompt.ended"
    PROMPT_FAILED = "prompt.failed"
    LISTEN = "listen"
    SPEECH_STARTED = "speech.started"
    SPEECH_ENDED = "speech.ended"
    BARGE_IN = "barge_in"
    DUCKED = "ducked"
    SPEECH_IGNORED = "speech.ignored"
    PROMPT_RESUMED = "prompt.resumed"
    TRANSCRIPT = "transcript"
    RECOGNISER_LOST = "recogniser.lost"
    KEYS = "keys"
    NO_INPUT = "no_input"
    UNDERSTOOD = "understood"
    NO_MATCH = "no_match"
    ASKED_BACK = "asked_back"
    CORRECTED = "corrected"
    FLOW_ENTERED = "flow.entered"
    FLOW_LEFT = "flow.left"
    STEP = "step"
    SLOT = "slot"
    REQUEST = "request"
    REQUEST_ENDED = "request.ended"
    PROFILE = "profile"
    IDENTITY = "identity"
    MESSAGE = "message"
    HOLD = "hold"
    QUEUED = "queued"
    TRANSFER = "transfer"
    TRANSFER_ENDED = "transfer.ended"
    RECORDING_FAILED = "recording.failed"
    ERROR = "error"
    CALL_ENDED = "call.ended"


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One row of the journal. `data` holds only str, int, float, bool, None, lists and dicts."""

    call: str
    """our own id of the call"""
    seq: int
    """0, 1, 2 ... within the call, without gaps"""
    at: int
    kind: Kind
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CallFacts:
    """What is known of a call before the first word."""

    call: str
    """our own id"""
    sip_call_id: str
    node: str
    account: str
    caller: str
    """user part of From, or empty"""
    called: str
    """user part of the request URI, or empty"""
    direction: Literal["in", "out"] = "in"
