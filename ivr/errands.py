"""What a call does for its flow besides talking: it asks other systems and records messages. Requests and
frames enter; their ends leave, as events for the flow. Like call.py it reads no clock: time is frames.

    profile   the caller's profile, waited for a moment when the call begins
    ask       --> services, and what is said meanwhile when they take their time (filler)
    record    frames from the tone on, until the caller is silent, presses a key or time is up
"""

from __future__ import annotations

from ivr.audio import FRAME_BYTES, frames
from ivr.events import (
    CallFacts,
    Expectation,
    Frame,
    Grammar,
    KeyRules,
    KeysEntered,
    ListenEvent,
    MessageRecorded,
    NoInput,
    ProfileFound,
    RequestEnded,
    SpeechEnded,
)
from ivr.flow.actions import RecordMessage, Request, Say
from ivr.line import Line
from ivr.listen.listener import Listener
from ivr.rooms import Rooms

FILLER_FRAMES = frames(900)
"""an answer that comes sooner needs no "one moment please" """
_GRACE_FRAMES = frames(2000)
"""beyond the time that a request may take, until it is given up here"""
_MESSAGE_END_MS = 3000
_MESSAGE_NO_INPUT_MS = 6000


class Errands:
    def __init__(self, facts: CallFacts, line: Line, listener: Listener, rooms: Rooms) -> None:
        self._facts, self._line, self._listener, self._rooms = facts, line, listener, rooms
        self._profile_until: int | None = None
        self._request: Request | None = None
        self._asked_at = 0
        self._filled = False
        self._message: RecordMessage | None = None
        self._heard = bytearray()

    @property
    def recording(self) -> bool:
        return self._message is not None

    # --- other systems -----------------------------------------------------------------------

    def profile(self, at: int) -> ProfileFound | None:
        """Asked for at the first frame; what is known when the wait is over, None before."""
        wait_ms = self._rooms.services.profile_ms
        if not wait_ms or not self._facts.caller:
            return ProfileFound(None, "" if not wait_ms else "no number")
        if self._profile_until is None:
            self._profile_until = at + frames(wait_ms)
            self._rooms.services.profile(self._facts, self._line.post)
        return ProfileFound(None, "no answer in time", wait_ms) if at >= self._profile_until else None

    def ask(self, at: int, request: Request) -> None:
        self._request, self._asked_at, self._filled = request, at, False
        self._rooms.services.request(
            request.number, request.service, request.method, request.path, request.body,
            request.timeout_ms, request.retries, self._line.post,
        )  # fmt: skip

    def filler(self, at: int, talking: bool) -> Say | None:
        """What is said because the answer takes its time; once."""
        due = self._request and not self._filled and at - self._asked_at >= FILLER_FRAMES
        if not due or talking or self._request is None:
            return None
        self._filled = True
        return self._request.filler

    def ended(self, event: RequestEnded) -> None:
        if self._request and event.number == self._request.number:
            self._request = None

    def cancel(self) -> None:
        """Something broke: nothing is waited for any more."""
        self._request = self._message = None

    # --- each frame -----------------------------------------------------------------------------

    def frame(self, frame: Frame) -> list[RequestEnded | MessageRecorded]:
        """What has come to its end by time alone."""
        ended: list[RequestEnded | MessageRecorded] = []
        request = self._request
        if request:
            longest_ms = request.timeout_ms * (1 + request.retries)
            if frame.at - self._asked_at > frames(longest_ms) + _GRACE_FRAMES:
                self._request = None
                ended.append(RequestEnded(request.number, 0, reason="no answer in time", took_ms=longest_ms))
        if self._message:
            self._heard += frame.heard
            if len(self._heard) >= frames(self._message.max_ms) * FRAME_BYTES:
                ended.append(self._kept(len(self._heard)))
        return ended

    # --- messages ------------------------------------------------------------------------------

    def record(self, at: int, message: RecordMessage) -> None:
        self._message, self._heard = message, bytearray()
        self._listener.open(
            at,
            Expectation(
                Grammar(""), KeyRules(1, 1), no_input_ms=_MESSAGE_NO_INPUT_MS, max_speech_ms=message.max_ms,
                complete_timeout_ms=_MESSAGE_END_MS, incomplete_timeout_ms=_MESSAGE_END_MS,
            ),
        )  # fmt: skip

    def heard(self, event: ListenEvent) -> MessageRecorded | None:
        """While a message is recorded: its end."""
        match event:
            case SpeechEnded(reason="silence" | "too_long"):
                return self._kept(len(self._heard) - frames(_MESSAGE_END_MS) * FRAME_BYTES)
            case KeysEntered():
                return self._kept(len(self._heard))
            case NoInput():
                self._message = None
                return MessageRecorded(0)
        return None

    def _kept(self, length: int) -> MessageRecorded:
        assert self._message
        message, self._message = self._message, None
        pcm16 = bytes(self._heard[: max(length, FRAME_BYTES)])
        file = self._rooms.keep_message(message.box, self._facts.call, pcm16)
        return MessageRecorded(len(pcm16) // FRAME_BYTES, file)
