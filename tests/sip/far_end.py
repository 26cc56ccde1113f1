"""A SipEndpoint in a process of its own: settings as JSON in argv, commands as JSON lines in, what
happens as JSON lines out. PJSIP lives once in a process, and never in that of pytest.

python -m tests.sip.far_end '{"port": 5060, "rtp_port": 20000, "sip": {...}, "timeouts": {...}}'
"""

from __future__ import annotations

import json
import logging
import sys
import threading
from collections import deque
from dataclasses import asdict
from typing import Any

import numpy as np

from ivr.audio import RATE_HZ
from ivr.config import Sip
from ivr.events import Frame
from ivr.sip.endpoint import IncomingCall, SipEndpoint, SipError, Timeouts
from ivr.sip.phone_line import PhoneLine

_printing = threading.Lock()


def tell(event: str, **data: Any) -> None:
    with _printing:
        print(json.dumps({"event": event, **data}), flush=True)


def tone(hz: float, seconds: float) -> bytes:
    samples = np.arange(int(RATE_HZ * seconds))
    return np.rint(8000 * np.sin(2 * np.pi * hz / RATE_HZ * samples)).astype("<i2").tobytes()


class Conversation:
    """Reads one line in a thread of its own and remembers the last two seconds of it."""

    def __init__(self, line: PhoneLine) -> None:
        self.line = line
        self.frames = self.gaps = 0
        self.heard: deque[bytes] = deque(maxlen=100)
        self.played: deque[bytes] = deque(maxlen=100)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for event in self.line.events():
            if isinstance(event, Frame):
                self.gaps += event.at != self.frames
                self.frames += 1
                self.heard.append(event.heard)
                self.played.append(event.played)
            else:
                tell(type(event).__name__, line=self.line.leg, **asdict(event))  # type: ignore[call-overload]


class FarEnd:
    def __init__(self, settings: dict[str, Any]) -> None:
        self.calls: dict[int, Conversation] = {}
        self.on_answer: dict[str, Any] = {}
        """what each new incoming line does at once: {"play": [hz, seconds], "hang_up": true}"""
        self.endpoint = SipEndpoint(
            Sip(**settings["sip"]),
            port=settings["port"],
            rtp_port=settings["rtp_port"],
            on_call=self._on_call,
            on_refused=lambda reason: tell("refused", reason=reason),
            timeouts=Timeouts(**settings.get("timeouts", {})),
        )

    def _on_call(self, call: IncomingCall) -> None:
        tell("call", line=call.line.leg, account=call.account, caller=call.caller, called=call.called,
             sip_call_id=call.sip_call_id)  # fmt: skip
        self.calls[call.line.leg] = Conversation(call.line)
        if play := self.on_answer.get("play"):
            call.line.play(1, tone(*play))
        if self.on_answer.get("hang_up"):
            call.line.hang_up()

    def do(self, command: str, line: int = 0, **given: Any) -> None:
        """One command; `answer` tells a question's answer."""
        if command == "on_answer":
            self.on_answer = given
        elif command == "play":
            self.calls[line].line.play(given.get("prompt", 1), tone(given["hz"], given["seconds"]))
        elif command == "clear":
            self.calls[line].line.clear()
        elif command == "hang_up":
            self.calls[line].line.hang_up()
        elif command == "transfer":
            self.calls[line].line.transfer(given["uri"])
        elif command == "digits":
            self.endpoint.send_digits(line, given["keys"])
        elif command == "stop_accepting":
            self.endpoint.stop_accepting()
        elif command == "dial":
            threading.Thread(target=self._dial, kwargs=given, daemon=True).start()
        elif command == "registered":
            tell("answer", registered=self.endpoint.registered())
        elif command == "heard":
            self._heard(self.calls[line], **given)
        elif command == "resources":
            # Read from another thread than the owner's: plain sizes, good enough to wait for.
            tell("answer", legs=len(self.endpoint._calls.legs), timers=len(self.endpoint._calls.timers),
                 ports=len(self.endpoint._calls.ports._free))  # fmt: skip
        else:
            raise ValueError(command)

    def _dial(self, **given: Any) -> None:
        try:
            result = self.endpoint.dial(**given)
        except SipError as error:
            tell("dialled", error=str(error))
            return
        if result.line:
            self.calls[result.line.leg] = Conversation(result.line)
        tell("dialled", outcome=result.outcome, status=result.status, call_id=result.sip_call_id,
             line=result.line.leg if result.line else 0)  # fmt: skip

    def _heard(self, call: Conversation, hz: tuple[float, ...] = (), frames: int = 10) -> None:
        """Level and tones (amplitude of each frequency) of the last frames, and counts since answer."""
        samples = np.frombuffer(b"".join(list(call.heard)[-frames:]), "<i2").astype(float)
        turns = np.arange(len(samples)) / RATE_HZ
        amplitudes = [
            float(2 * abs(np.mean(samples * np.exp(-2j * np.pi * tone_hz * turns)))) if len(samples) else 0.0
            for tone_hz in hz
        ]
        silent = sum(not any(frame) for frame in list(call.played)[-frames:])
        tell("answer", frames=call.frames, gaps=call.gaps, tones=amplitudes, silent_played=silent,
             rms=float(np.sqrt(np.mean(samples**2))) if len(samples) else 0.0,
             dropped=call.line.frames_dropped)  # fmt: skip


def main() -> int:
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    far_end = FarEnd(json.loads(sys.argv[1]))
    try:
        far_end.endpoint.start()
    except SipError as error:
        tell("failed", error=str(error))
        return 3
    tell("ready", capacity=far_end.endpoint.capacity)
    try:
        for text in sys.stdin:
            far_end.do(**json.loads(text))
    finally:
        far_end.endpoint.close()
    tell("closed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
