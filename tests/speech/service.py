"""A real speech service in a process of its own, for tests that kill, stop and starve it."""

from __future__ import annotations

import queue
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from ivr.asr.sphinx import SphinxRecogniser
from ivr.asr.wyoming_client import WyomingRecogniser
from ivr.audio import split_frames
from ivr.events import Grammar, Partial, RecogniserEvent
from ivr.supervisor import READY

WAIT_S = 30.0


class Service:
    """`ivr speech` at a Unix socket in `folder`."""

    def __init__(self, folder: Path, name: str = "speech") -> None:
        self.socket = folder / f"{name}.sock"
        self.uri = f"unix://{self.socket}"
        self._config = folder / "config.yaml"
        self._config.write_text("speech: {nice: 0}\n", encoding="utf-8")

    def __enter__(self) -> Self:
        command = [
            sys.executable,
            "-m",
            "ivr.cli",
            "--config",
            str(self._config),
            "speech",
            "--uri",
            self.uri,
        ]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self.process.stdout
        assert self.process.stdout.readline().strip() == READY
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
        self.process.communicate()


class Caller:
    """One utterance over a client; what is posted waits in `events`."""

    def __init__(self, client: WyomingRecogniser, number: int, grammar: Grammar) -> None:
        self.events: queue.Queue[RecogniserEvent] = queue.Queue()
        self.recognition = client.open(number, grammar, self.events.put)

    def say(self, pcm16: bytes) -> None:
        for frame in split_frames(pcm16):
            self.recognition.feed(frame)

    def final(self) -> RecogniserEvent:
        while isinstance(event := self.events.get(timeout=WAIT_S), Partial):
            pass
        return event


def client(*uris: str, timeout_ms: int = 3000) -> WyomingRecogniser:
    return WyomingRecogniser(uris, SphinxRecogniser.name, SphinxRecogniser.languages, timeout_ms)
