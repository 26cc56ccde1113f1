"""What the bot says in one call: prompts enter in order, audio goes to the line; tells the listener
what may interrupt the prompt that plays, and the journal what was heard of each.

    Say --> ready in the cache? --yes--> line.play
                    |
                    no: keeps its place in the queue; sentences come as PromptAudio from the background
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from ivr import audio
from ivr.events import Kind, Played, PlayStarted, PromptAudio, PromptFailed
from ivr.flow.actions import Say
from ivr.line import Line
from ivr.listen.listener import Listener
from ivr.rooms import Rooms

log = logging.getLogger(__name__)


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

    @property
    def talking(self) -> bool:
        """Something plays or waits to be played."""
        return bool(self._prompts)

    @property
    def secret(self) -> bool:
        return any(say.secret for say in self._prompts.values())

    def say(self, say: Say) -> None:
        self._count += 1
        prompt = self._count
        if not self._prompts:
            self._announce(prompt, say)  # now, so that no-input time does not run ahead of it
        self._prompts[prompt] = say
        pcm16 = self._rooms.prompts.ready(say.text, say.language, say.voice, say.recording)
        if pcm16 is not None:
            self._line.play(prompt, pcm16)
            return
        self._line.play(prompt, b"", last=False)  # keeps its place in the queue
        self._rooms.background(lambda: self._synthesise(prompt, say))

    def stop(self) -> None:
        """Silence at once; what must be heard in any case is said after all."""
        unheard = [say for say in list(self._prompts.values())[1:] if say.barge_in == "off"]
        self._line.clear()
        for say in unheard:
            self.say(say)

    def started(self, event: PlayStarted, turn_ended_at: int | None) -> None:
        """`turn_ended_at`: last frame of the caller's turn that this prompt answers, if it does."""
        say = self._prompts[event.prompt]
        gap_ms = None if turn_ended_at is None else audio.ms(event.at - turn_ended_at - 1)
        self._write(Kind.PROMPT_STARTED, event.at, prompt=event.prompt, text=say.shown, reply_gap_ms=gap_ms)
        if event.prompt != self._announced:
            self._announce(event.prompt, say)

    def ended(self, event: Played) -> None:
        self._prompts.pop(event.prompt, None)
        self._write(
            Kind.PROMPT_ENDED, event.at, prompt=event.prompt, frames=event.frames, complete=event.complete
        )
        if not self._prompts:
            self._listener.prompt(None)

    def made(self, event: PromptAudio | PromptFailed) -> None:
        """From the background; too late for a prompt that was interrupted."""
        if isinstance(event, PromptFailed):
            self._write(Kind.PROMPT_FAILED, None, prompt=event.prompt, reason=event.reason)
        if event.prompt in self._prompts:
            piece = (event.pcm16, event.last) if isinstance(event, PromptAudio) else (b"", True)
            self._line.play(event.prompt, *piece)

    def _announce(self, prompt: int, say: Say) -> None:
        self._announced = prompt
        self._listener.prompt(say.barge_in)

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
