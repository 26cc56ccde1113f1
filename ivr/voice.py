"""What the bot says in one call: prompts enter in order, audio goes to the line; tells the listener
what may interrupt the prompt that plays, and the journal what was heard of each.

    Say --> prepared, or ready in the cache? --yes--> line.play
                    |
                    no: keeps its place in the queue; sentences come as PromptAudio from the background

    stop: silence at once; resume: what was cut off goes on from the last pause before the cut
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from ivr import audio
from ivr.events import BargeIn, Kind, Played, PlayStarted, PromptAudio, PromptFailed
from ivr.flow.actions import Say
from ivr.line import Line
from ivr.listen.listener import Listener
from ivr.rooms import Rooms

log = logging.getLogger(__name__)

SLOW = 1.3
"""how much longer speech takes for a caller who asked for it slower"""


@dataclass(slots=True)
class _Prepared:
    """An answer made before it is certain that it is wanted; another thread makes it."""

    say: Say
    pieces: list[bytes] = field(default_factory=list)
    done: bool = False


@dataclass(slots=True)
class _Cut:
    """A prompt that was interrupted."""

    say: Say
    frames: int = 0
    """how much of it was heard"""


class Voice:
    """`write(kind, at, **data)` writes into the call's journal."""

    def __init__(self, line: Line, listener: Listener, rooms: Rooms, write: Callable[..., None]) -> None:
        self._line = line
        self._listener = listener
        self._rooms = rooms
        self._write = write
        self._prompts: dict[int, Say] = {}
        """prompts that have not ended yet, in the order in which they play"""
        self._count = 0
        self._announced = 0
        """the prompt whose policy the listener follows"""
        self._audio: dict[int, bytearray] = {}
        """what was handed to the line of prompts that may have to be resumed"""
        self._whole: set[int] = set()
        """prompts whose audio is complete"""
        self._cut: dict[int, _Cut] = {}
        """prompts that the last interruption cut off, in their order"""
        self._prepared: _Prepared | None = None

    @property
    def talking(self) -> bool:
        """Something plays or waits to be played."""
        return bool(self._prompts)

    @property
    def secret(self) -> bool:
        return any(say.secret for say in self._prompts.values())

    @property
    def policies(self) -> list[BargeIn]:
        """What may interrupt the prompts that play or wait."""
        return [say.barge_in for say in self._prompts.values()]

    def say(self, say: Say) -> None:
        self._cut.clear()  # the conversation has gone on
        self._speak(say, self._made(say))

    def prepare(self, say: Say) -> None:
        """Make it in the background, in case it is what comes next; nothing tells if it does not."""
        if self._prepared and self._prepared.say == say:
            return
        if self._rooms.prompts.ready(say.text, say.language, say.voice, say.recording) is None:
            self._prepared = prepared = _Prepared(say)
            self._rooms.background(lambda: self._make(prepared))

    def duck(self, on: bool) -> None:
        self._line.duck(on)

    def stop(self) -> None:
        """Silence at once; what must be heard in any case is said after all."""
        unheard = {n: say for n, say in list(self._prompts.items())[1:] if say.barge_in == "off"}
        cut = {n: _Cut(say) for n, say in self._prompts.items() if n not in unheard}
        self._line.clear()
        self._line.duck(False)
        for say in unheard.values():
            self.say(say)
        self._cut = cut

    def resume(self) -> int | None:
        """Nobody wanted to interrupt: what was cut off goes on from the last pause before the cut. The
        frame of the first prompt from which it does; None when nothing is left to say."""
        cut, self._cut = self._cut, {}
        resumed_from: int | None = None
        for prompt, entry in cut.items():
            pcm16 = bytes(self._audio.pop(prompt, b"")) if prompt in self._whole else None
            start = audio.pause_before(pcm16, entry.frames) if pcm16 else 0
            self._speak(entry.say, pcm16[start * audio.FRAME_BYTES :] if pcm16 else self._made(entry.say))
            resumed_from = start if resumed_from is None else resumed_from
        return resumed_from

    def _made(self, say: Say) -> bytes | None:
        """Audio that is there already."""
        prepared, self._prepared = self._prepared, None
        if prepared and prepared.done and prepared.say == say:
            return b"".join(prepared.pieces)
        return self._rooms.prompts.ready(say.text, say.language, say.voice, say.recording)

    def _speak(self, say: Say, pcm16: bytes | None) -> None:
        self._count += 1
        prompt = self._count
        if not self._prompts:
            self._announce(prompt, say)  # now, so that no-input time does not run ahead of it
        self._prompts[prompt] = say
        if pcm16 is not None:
            self._play(prompt, pcm16, last=True)
            return
        self._play(prompt, b"", last=False)  # keeps its place in the queue
        self._rooms.background(lambda: self._synthesise(prompt, say))

    def _play(self, prompt: int, pcm16: bytes, last: bool) -> None:
        say = self._prompts.get(prompt)
        if say and say.slow:
            pcm16 = audio.slowed(pcm16, SLOW)
        self._audio.setdefault(prompt, bytearray()).extend(pcm16)
        if last:
            self._whole.add(prompt)
        if prompt in self._prompts:
            self._line.play(prompt, pcm16, last)

    def started(self, event: PlayStarted, turn_ended_at: int | None) -> None:
        """`turn_ended_at`: last frame of the caller's turn that this prompt answers, if it does."""
        say = self._prompts[event.prompt]
        gap_ms = None if turn_ended_at is None else audio.ms(event.at - turn_ended_at - 1)
        self._write(Kind.PROMPT_STARTED, event.at, prompt=event.prompt, text=say.shown, reply_gap_ms=gap_ms)
        if event.prompt != self._announced:
            self._announce(event.prompt, say)

    def ended(self, event: Played) -> None:
        self._prompts.pop(event.prompt, None)
        if event.prompt in self._cut:
            self._cut[event.prompt].frames = event.frames
        else:
            self._audio.pop(event.prompt, None)
            self._whole.discard(event.prompt)
        self._write(
            Kind.PROMPT_ENDED, event.at, prompt=event.prompt, frames=event.frames, complete=event.complete
        )
        if not self._prompts:
            self._listener.prompt(None)

    def made(self, event: PromptAudio | PromptFailed) -> None:
        """From the background; a prompt that was interrupted only keeps it, in case it is resumed."""
        if isinstance(event, PromptFailed):
            self._write(Kind.PROMPT_FAILED, None, prompt=event.prompt, reason=event.reason)
        if event.prompt in self._prompts or event.prompt in self._cut:
            piece = (event.pcm16, event.last) if isinstance(event, PromptAudio) else (b"", True)
            self._play(event.prompt, *piece)

    def _announce(self, prompt: int, say: Say) -> None:
        self._announced = prompt
        self._listener.prompt(say.barge_in)

    def _make(self, prepared: _Prepared) -> None:
        """In the background."""
        say = prepared.say
        try:
            prepared.pieces += self._rooms.prompts.stream(say.text, say.language, say.voice, say.fixed)
            prepared.done = True
        except Exception:  # it is made again, and told, when it is really wanted
            log.warning("an answer could not be prepared", exc_info=True)

    def _synthesise(self, prompt: int, say: Say) -> None:
        """In the background: the sentences come back as events."""
        try:
            for pcm16 in self._rooms.prompts.stream(say.text, say.language, say.voice, say.fixed):
                self._line.post(PromptAudio(prompt, pcm16, last=False))
        except Exception as error:  # whatever it is, the call has to go on without this prompt
            log.exception("prompt %d could not be spoken", prompt)
            self._line.post(PromptFailed(prompt, str(error)))
        else:
            self._line.post(PromptAudio(prompt, b"", last=True))
