"""The real server for tests and benches: `ivr serve` as a process on free loopback ports."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import yaml

from ivr.events import JournalEntry, Kind
from ivr.store.reader import CallRecord, Reader
from tests.free_ports import free_port

ROOT = Path(__file__).parents[1]
T = TypeVar("T")
START_S = 90.0


class RunningServer:
    """`changes` are settings by section, laid over those of a server with all state in `folder`."""

    def __init__(self, folder: Path, changes: Mapping[str, Any] | None = None) -> None:
        self.folder = folder
        changes = dict(changes or {})
        nodes = int(changes.get("nodes", 1))
        self.sip_port = free_port(nodes)
        self.rtp_port = free_port(100 * nodes)
        self.console_port = free_port()
        self.store_url = f"sqlite:///{folder / 'ivr.db'}"
        settings: dict[str, Any] = {
            "drain_s": 5,
            "sip": {"port": self.sip_port, "rtp_port": self.rtp_port},
            "console": {"port": self.console_port},
            "store": {"url": self.store_url, "recordings_dir": str(folder / "recordings")},
            "speech": {"socket_dir": str(folder / "run")},
            "tts": {"cache": str(ROOT / "var" / "test-prompts")},
            "flows": {
                "numbers": {"8001": "flows/hotline_zh.yaml"},
                "transfers": {"agents": "sip:agents@127.0.0.1:9"},
                "releases": str(folder / "releases"),
                "messages": str(folder / "messages"),
            },
        }
        for section, values in changes.items():
            if isinstance(values, Mapping):
                settings[section] = {**settings.get(section, {}), **values}
            else:
                settings[section] = values
        self.config = folder / "config.yaml"
        self.config.write_text(yaml.safe_dump(settings), encoding="utf-8")
        self.uri = f"sip:8000@127.0.0.1:{self.sip_port}"
        self.output: list[str] = []
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._process: subprocess.Popen[str] | None = None

    def start(self, expect: str = "Try it") -> Self:
        """Returns when the server has printed `expect`."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "ivr.cli", "--config", str(self.config), "serve"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            start_new_session=True,
        )
        threading.Thread(target=self._read, args=(self._process,), daemon=True).start()
        self.wait_output(expect, START_S)
        return self

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout
        with process.stdout:
            for line in process.stdout:
                self._lines.put(line)
        self._lines.put(None)

    def wait_output(self, text: str, deadline_s: float = 20.0) -> str:
        """The next line with `text`, from what was not waited for yet."""
        until_s = time.monotonic() + deadline_s
        while True:
            try:
                line = self._lines.get(timeout=max(0.01, until_s - time.monotonic()))
            except queue.Empty:
                line = None
            if line is None:
                raise AssertionError(f"'{text}' was not printed; this was:\n{''.join(self.output)}")
            self.output.append(line)
            if text in line:
                return line

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    def child_pids(self, name: str) -> list[int]:
        """Processes of the server whose command line has the word `name` (node, speech)."""
        found = []
        for entry in Path("/proc").iterdir():
            try:
                status = (entry / "stat").read_text().rsplit(")", 1)[1].split()
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except (OSError, IndexError):
                continue
            if int(status[1]) == self.pid and name.encode() in words:
                found.append(int(entry.name))
        return sorted(found)

    def terminate(self, number: int = signal.SIGTERM) -> None:
        assert self._process
        self._process.send_signal(number)

    def wait_exit(self, deadline_s: float = 40.0) -> int:
        assert self._process
        return self._process.wait(deadline_s)

    def stop(self) -> None:
        """Ends it in order; a server that does not end well fails the test."""
        if self._process and self._process.poll() is None:
            self.terminate()
        try:
            assert self.wait_exit() == 0
        finally:
            if self._process and self._process.poll() is None:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # --- what it tells ------------------------------------------------------------------------

    def get(self, path: str) -> str:
        """Of /metrics, /healthz or /readyz."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.console_port}{path}", timeout=5) as answer:
            return str(answer.read().decode())

    def metric(self, name: str) -> float:
        """Sum over all label values whose line starts with `name`."""
        lines = [line for line in self.get("/metrics").splitlines() if line.startswith(name)]
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines)

    def record(self, sip_call_id: str, deadline_s: float = 10.0) -> CallRecord:
        """The record of a call that has ended."""

        def ended() -> CallRecord | None:
            with Reader(self.store_url) as reader:
                return next((r for r in reader.by_sip_call_id(sip_call_id) if r.ended_at), None)

        return wait_until(ended, deadline_s, f"the end of call {sip_call_id} in the journal")

    def journal(self, sip_call_id: str, deadline_s: float = 10.0) -> list[JournalEntry]:
        """All entries of a call that has ended."""
        record = self.record(sip_call_id, deadline_s)
        with Reader(self.store_url) as reader:
            return reader.journal(record.id)

    def journal_so_far(self, sip_call_id: str) -> list[JournalEntry]:
        with Reader(self.store_url) as reader:
            return [e for record in reader.by_sip_call_id(sip_call_id) for e in reader.journal(record.id)]

    def wait_entry(
        self, sip_call_id: str, kind: Kind, count: int = 1, deadline_s: float = 15.0
    ) -> JournalEntry:
        """The `count`-th entry of that kind, while the call runs."""

        def found() -> JournalEntry | None:
            entries = [e for e in self.journal_so_far(sip_call_id) if e.kind is kind]
            return entries[count - 1] if len(entries) >= count else None

        return wait_until(found, deadline_s, f"{kind.value} number {count} in the journal")


def wait_until(look: Callable[[], T | None], deadline_s: float, what: str) -> T:
    """Look again and again until there is something; TimeoutError with `what` after the deadline."""
    until_s = time.monotonic() + deadline_s
    pause = threading.Event()
    while True:
        if (found := look()) is not None:
            return found
        if time.monotonic() > until_s:
            raise TimeoutError(f"waited {deadline_s} s for {what}")
        pause.wait(0.05)
