"""A recorded two-channel call through the real call loop: what was heard and what had left enter, the
call's decisions leave as journal entries. Open loop: no decision changes the recording.

    caller --+--> Frame --> Call --play, clear--> only remembered: a prompt is playing
    bot -----+                                    while the bot's channel is active
"""

from __future__ import annotations

import wave
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from ivr import config
from ivr.audio import (
    FRAME_BYTES,
    FRAME_SAMPLES,
    RATE_HZ,
    SILENCE,
    AudioError,
    frames,
    resample,
    split_frames,
)
from ivr.call import Call
from ivr.events import (
    BargeIn,
    CallEvent,
    CallFacts,
    Expectation,
    Frame,
    HungUp,
    Kind,
    Played,
    PlayStarted,
    TransferEnded,
    TransferOutcome,
)
from ivr.flow.actions import Action, Listen, Say
from ivr.flow.flow import Flow
from ivr.flow.state import FlowEvent, State
from ivr.flow.steps import AskStep, ChooseStep, ListenStep, SayStep, SetStep
from ivr.listen.listener import Listener
from ivr.replay.player import MemoryJournal
from ivr.rooms import Recogniser, Rooms

LONGEST_S = 3600
FLOOR_RMS = 60.0
"""-55 dBFS: a louder frame of the bot's channel is its voice"""
BRIDGED_FRAMES = frames(1500)
"""a shorter pause of the bot lies within a prompt"""
TODAY = date(2026, 1, 1)
"""no date is asked for"""

Entry = tuple[int, Kind, dict[str, Any]]
"""journal entry: at in frames, kind, data"""


def read_channels(path: Path) -> tuple[bytes, bytes]:
    """Caller (left) and bot (right) of a 16-bit PCM WAV of any rate, as pcm16; the bot of a mono file
    is silent. Raises AudioError."""
    convert = f"Convert it with: sox {path.name} -e signed-integer -b 16 out.wav"
    try:
        with wave.open(str(path), "rb") as wav:
            channels, width, rate = wav.getnchannels(), wav.getsampwidth(), wav.getframerate()
            length_s = wav.getnframes() / rate
            data = wav.readframes(wav.getnframes()) if length_s <= LONGEST_S else b""
    except FileNotFoundError as error:
        raise AudioError(
            f"{path}: there is no such file; calls are recorded into the folder of store.recordings_dir"
        ) from error
    except OSError as error:
        raise AudioError(f"{path}: cannot read this file: {error.strerror}") from error
    except (EOFError, wave.Error) as error:
        raise AudioError(
            f"{path}: no WAV of 16-bit PCM: {str(error) or 'it is cut off'}. {convert}"
        ) from error
    if width != 2 or channels not in (1, 2):
        raise AudioError(
            f"{path}: {8 * width} bit and {channels} channels; needs 16-bit PCM, the caller alone or caller "
            f"left and bot right. {convert}{' remix 1 2' if channels > 2 else ''}"
        )
    if length_s > LONGEST_S:
        raise AudioError(
            f"{path}: {length_s / 60:.0f} minutes long; at most {LONGEST_S // 60} can be judged. "
            f"Cut out a piece with: sox {path.name} piece.wav trim 0 {LONGEST_S}"
        )
    samples = np.frombuffer(data[: len(data) // (2 * channels) * 2 * channels], "<i2").reshape(-1, channels)
    if not samples.size:
        raise AudioError(f"{path}: there is no audio in it")
    caller, *other = (resample(channel.tobytes(), rate, RATE_HZ) for channel in samples.T)
    return caller, other[0] if other else bytes(len(caller))


def first_question(flow: Flow) -> tuple[Expectation, BargeIn] | None:
    """What a flow first expects of a caller, and what may interrupt the question; None where it asks
    nothing on its straight way."""
    name, seen = flow.start, set[str]()
    while name not in seen:
        seen.add(name)
        match flow.steps[name]:
            case ListenStep() | AskStep() as step:
                return flow.expectation(name), step.prompt[0].barge_in
            case SayStep() | SetStep() as step:
                name = step.next
            case ChooseStep() as step:
                name = step.otherwise
    return None


def stretches(pcm16: bytes) -> list[tuple[int, int]]:
    """First and last frame of each stretch in which this channel is active."""
    whole = np.frombuffer(b"".join(split_frames(pcm16)), dtype="<i2").reshape(-1, FRAME_SAMPLES)
    active = np.flatnonzero(whole.std(axis=1, dtype=np.float32) > FLOOR_RMS)  # std: an offset is no sound
    if not active.size:
        return []
    cuts = np.flatnonzero(np.diff(active) > BRIDGED_FRAMES)
    firsts, lasts = active[np.r_[0, cuts + 1]], active[np.r_[cuts, active.size - 1]]
    return [(int(first), int(last)) for first, last in zip(firsts, lasts, strict=True)]


class RecordedLine:
    """A prompt waits until the bot's channel is active, and has ended when that stretch ends.

    `tell`: makes the event by which the call learns that the bot begins to talk, for a call that says
    its prompts only then. None of its prompts waits: one that it says while the bot is silent is over.
    """

    frames_late = 0
    frames_dropped = 0

    def __init__(self, caller: bytes, bot: bytes, tell: Callable[[int], CallEvent] | None = None) -> None:
        heard, played = split_frames(caller), split_frames(bot)
        count = max(len(heard), len(played))
        self._heard = heard + [SILENCE] * (count - len(heard))
        self._played = played + [SILENCE] * (count - len(played))
        self._bot = bot
        self._tell = tell
        self._ends = [-1] * count
        """for each frame the last one of the bot's stretch that it is in, or -1"""
        for first, last in stretches(bot):
            self._ends[first : last + 1] = [last] * (last + 1 - first)
        self._next = 0
        """the frame in which a prompt begins that is said now"""
        self._posted: deque[CallEvent] = deque()
        self._waiting: deque[int] = deque()
        self._playing: tuple[int, int] | None = None
        """prompt and its first frame"""
        self._over: list[tuple[int, int, bool]] = []
        """prompts to report with the next frame: number, frames, complete"""
        self._hung_up = False
        self.ducked = False

    @property
    def talking(self) -> bool:
        """The bot's channel is active in the next frame."""
        return self._next < len(self._ends) and self._ends[self._next] >= 0

    def rest(self) -> bytes:
        """What the bot's channel still says of this stretch."""
        if not self.talking:
            return b""
        return self._bot[self._next * FRAME_BYTES : (self._ends[self._next] + 1) * FRAME_BYTES]

    def events(self) -> Iterator[CallEvent]:
        for at in range(len(self._heard)):
            self._next = at
            yield from self._prompts_at(at)
            self._next = at + 1
            yield Frame(at, self._heard[at], self._played[at])
            yield from self._drain()
            if self._hung_up:
                yield HungUp(at, "bot", 200)
                return
        yield HungUp(len(self._heard), "caller", 200)

    def _prompts_at(self, at: int) -> Iterator[CallEvent]:
        over, self._over = self._over, []
        for prompt, frame_count, complete in over:
            yield Played(at, prompt, frame_count, complete)
            yield from self._drain()
        end = self._ends[at]
        if end < 0:
            return
        if self._tell and not self._waiting and self._begins(at):
            yield self._tell(at)
            yield from self._drain()
        if self._waiting and self._playing is None:
            self._playing = self._waiting.popleft(), at
            yield PlayStarted(at, self._playing[0])
            yield from self._drain()
        if self._playing and at == end:
            prompt, began = self._playing
            self._playing = None
            self._next = at + 1
            yield Played(at, prompt, at + 1 - began, True)
            yield from self._drain()

    def _begins(self, at: int) -> bool:
        return at == 0 or self._ends[at - 1] < 0

    def _drain(self) -> Iterator[CallEvent]:
        while self._posted:
            yield self._posted.popleft()

    def post(self, event: CallEvent) -> None:
        self._posted.append(event)

    def play(self, prompt: int, pcm16: bytes, last: bool = True) -> None:
        if prompt in self._waiting or (self._playing and self._playing[0] == prompt):
            return  # its next piece
        if self._tell and not self.talking:
            self._over.append((prompt, 0, True))
        else:
            self._waiting.append(prompt)

    def clear(self) -> None:
        if self._playing:
            prompt, began = self._playing
            self._over.append((prompt, self._next - began, False))
        self._over += [(prompt, 0, False) for prompt in self._waiting]
        self._playing = None
        self._waiting.clear()

    def duck(self, on: bool) -> None:
        self.ducked = on

    def transfer(self, uri: str) -> None:
        """Nobody is there to take the call: the recording goes on."""

    def hang_up(self) -> None:
        self._hung_up = True


class _SamePrompt:
    """A flow engine that says one prompt whenever the bot talks, and listens; whatever comes of it, it
    does the same again."""

    def __init__(self, line: RecordedLine, expectation: Expectation, policy: BargeIn) -> None:
        self._line = line
        self._listen = Listen(expectation)
        text = "(as recorded)"
        self._say = Say(text, text, expectation.grammar.language, barge_in=policy)

    def _actions(self) -> tuple[Action, ...]:
        return (self._say, self._listen) if self._line.talking else (self._listen,)

    def start(
        self, facts: CallFacts, today: date, profile: Mapping[str, Any] | None = None
    ) -> tuple[State, tuple[Action, ...]]:
        return State(today), self._actions()

    def step(self, state: State, event: FlowEvent) -> tuple[State, tuple[Action, ...]]:
        return state, self._actions()

    def give_up(self, state: State) -> tuple[State, tuple[Action, ...]]:
        return state, self._actions()


class _AsRecorded:
    """Prompts that need no synthesiser: what the bot's channel says from here on."""

    def __init__(self, line: RecordedLine) -> None:
        self._line = line

    def ready(self, text: str, language: str, voice: str, recording: Path | None) -> bytes | None:
        return self._line.rest()

    def stream(self, text: str, language: str, voice: str, keep: bool) -> Iterator[bytes]:
        yield self._line.rest()


def _bot_talks(at: int) -> CallEvent:
    """The one event of a line that makes a call take a step of its flow; left out of the entries."""
    return TransferEnded(at, TransferOutcome.COMPLETED, 200)


def judge_recording(
    caller: bytes,
    bot: bytes,
    expectation: Expectation,
    settings: config.Settings,
    recogniser: Recogniser,
    policy: BargeIn = "speech",
) -> list[Entry]:
    """What the call loop decides on a recording (pcm16): the journal's entries in their order.

    Each stretch of the bot's voice is one prompt under `policy`; in the pauses only the caller is heard.
    Speech that the recording cuts off has no end and no transcript.
    """
    line = RecordedLine(caller, bot, _bot_talks)
    journal = MemoryJournal()
    engine: Any = _SamePrompt(line, expectation, policy)
    rooms = Rooms(recogniser, _AsRecorded(line), background=lambda work: work())
    facts = CallFacts("recording", "", "replay", "", "", "")
    Call(line, facts, engine, Listener(settings.listen), rooms, journal, TODAY).run()
    return [entry for entry in journal.entries if entry[1] is not Kind.TRANSFER_ENDED]
