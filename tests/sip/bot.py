"""A bot: far_end.py in a process of its own on free ports, driven with deadlines."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.free_ports import free_port
from tests.peers.raw_phone import RawPhone

ROOT = Path(__file__).parents[2]
Event = dict[str, Any]


class Bot:
    """`events` holds all that happened, `log` what it wrote to stderr; `wait` consumes in order."""

    def __init__(self, timeouts: dict[str, float] | None = None, port: int = 0, **sip: Any) -> None:
        self.port = port or free_port()
        settings = {
            "port": self.port,
            "rtp_port": free_port(100),
            "sip": {"port": self.port, **sip},
            "timeouts": timeouts or {},
        }
        self.uri = f"sip:8000@127.0.0.1:{self.port}"
        self.events: list[Event] = []
        self.log: list[str] = []
        self._waiting: list[Event] = []
        """those that nobody has waited for yet"""
        self._changed = threading.Condition()
        self._ended = False
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.sip.far_end", json.dumps(settings)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._readers = [
            threading.Thread(target=self._read_events, daemon=True),
            threading.Thread(target=self._read_log, daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    def _read_events(self) -> None:
        assert self._process.stdout
        for text in self._process.stdout:
            with self._changed:
                self.events.append(json.loads(text))
                self._waiting.append(self.events[-1])
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _read_log(self) -> None:
        assert self._process.stderr
        for text in self._process.stderr:
            with self._changed:
                self.log.append(text)
                self._changed.notify_all()

    # --- watch --------------------------------------------------------------------------------

    def wait(self, event: str, deadline_s: float = 10.0, **data: Any) -> Event:
        """The first such event that was not waited for yet."""

        def found() -> Event | None:
            return next((e for e in self._waiting if {**e, "event": event, **data} == e), None)

        with self._changed:
            self._changed.wait_for(lambda: found() is not None or self._ended, deadline_s)
            seen = found()
            assert seen is not None, f"no {event} {data} within {deadline_s} s; {self.story()}"
            self._waiting.remove(seen)
            return seen

    def wait_log(self, text: str, deadline_s: float = 10.0) -> str:
        def found() -> str | None:
            return next((line for line in self.log if text in line), None)

        with self._changed:
            self._changed.wait_for(lambda: found() is not None or self._ended, deadline_s)
            line = found()
            assert line is not None, f"'{text}' not logged; {self.story()}"
            return line

    def all(self, event: str, **data: Any) -> list[Event]:
        with self._changed:
            return [seen for seen in self.events if {**seen, "event": event, **data} == seen]

    def story(self) -> str:
        lines = [*map(str, self.events[-40:]), *self.log[-40:]]
        return "the bot told:\n  " + "\n  ".join(line.rstrip() for line in lines)

    # --- drive --------------------------------------------------------------------------------

    def do(self, command: str, **given: Any) -> None:
        assert self._process.stdin
        self._process.stdin.write(json.dumps({"command": command, **given}) + "\n")
        self._process.stdin.flush()

    def ask(self, command: str, **given: Any) -> Event:
        self.do(command, **given)
        return self.wait("answer")

    def ask_until(
        self, condition: Callable[[Event], bool], command: str, deadline_s: float = 10.0, **given: Any
    ) -> Event:
        """Asks again and again until the answer satisfies."""
        pause = threading.Event()
        for _ in range(int(deadline_s / 0.02)):
            if condition(answer := self.ask(command, **given)):
                return answer
            pause.wait(0.02)
        raise AssertionError(f"{command} {given} ended with {answer}; {self.story()}")

    def wait_hearing(self, line: int, hz: float, deadline_s: float = 10.0) -> None:
        """Until the line hears that tone and not the one an octave above."""
        self.ask_until(
            lambda answer: answer["tones"][0] > 5000 > 10 * answer["tones"][1],
            "heard", deadline_s, line=line, hz=[hz, 2 * hz],
        )  # fmt: skip

    def wait_idle(self, deadline_s: float = 10.0) -> None:
        """Until no leg, timer or media port is in use."""
        self.ask_until(lambda a: (a["legs"], a["timers"], a["ports"]) == (0, 0, 6), "resources", deadline_s)

    def connect(self, phone: RawPhone, **how: Any) -> int:
        """Call from a phone; the bot's number of the line, as soon as both are up."""
        phone.call(self.uri + (";transport=tcp" if phone.transport.kind == "tcp" else ""), **how)
        answer = phone.wait_answer()
        assert answer.status == 200, answer.start_line
        return self.line_of(phone)

    def line_of(self, phone: RawPhone) -> int:
        """The bot's number for the call that the phone has made."""
        assert phone.dialog
        return int(self.wait("call", sip_call_id=phone.dialog.call_id)["line"])

    def end(self) -> None:
        """Let it end in order."""
        assert self._process.stdin
        self._process.stdin.close()

    def close(self, deadline_s: float = 8.0) -> int:
        """End in order; the exit code."""
        self.end()
        try:
            return self._process.wait(deadline_s)
        finally:
            self._process.kill()
            self._process.wait()
            for reader in self._readers:
                reader.join()
            for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
                assert pipe
                pipe.close()

    def __enter__(self) -> Self:
        try:
            self.wait("ready")
        except AssertionError:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        code = self.close()
        assert code == 0, f"exit code {code}; {self.story()}"
        assert not any("Traceback" in line for line in self.log), self.story()
