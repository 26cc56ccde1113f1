"""Child processes: a command enters, a process that stays up comes out. It is started again, with
a growing pause, when it dies or no longer answers; nobody else is disturbed by that.

    stopped -> starting --READY--> up --dies, or three probes fail--> down --pause--> starting
"""

from __future__ import annotations

import logging
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

log = logging.getLogger(__name__)

READY = "READY"
"""what a child prints on its standard output when it serves"""
EXIT_CONFIG = 78
"""sysexits(3): a setting is wrong; starting again would not help"""
PROBE_INTERVAL_S = 2.0
FAILED_PROBES = 3
FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 10.0
STEADY_S = 30.0
"""a child that was up for so long starts with the shortest pause again"""

State = Literal["stopped", "starting", "up", "down", "failed"]


class Child:
    def __init__(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        probe: Callable[[], bool],
        on_change: Callable[[Child], None],
    ) -> None:
        self.name = name
        self.state: State = "stopped"
        self.restarts = 0
        self.pid = 0
        self._command = list(command)
        self._environment = dict(environment)
        self._probe = probe
        self._on_change = on_change
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._keep_up, name=name, daemon=True)
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ask it to end; `join` waits for that."""
        self._stopping.set()
        if self._process and self._process.poll() is None:
            self._process.terminate()

    def kill(self) -> None:
        if self._process and self._process.poll() is None:
            self._process.kill()

    def join(self, timeout_s: float) -> None:
        """Wait for the end; after the time-out the process is killed."""
        if not self._thread.ident:
            return
        self._thread.join(timeout_s)
        if self._thread.is_alive():
            log.warning("%s does not end within %.0f s: killed", self.name, timeout_s)
            self.kill()
            self._thread.join()

    # --- its own thread -----------------------------------------------------------------------

    def _keep_up(self) -> None:
        pause_s = FIRST_PAUSE_S
        while not self._stopping.is_set():
            started_s = time.monotonic()
            code = self._run_once()
            if self._stopping.is_set():
                break
            if code == EXIT_CONFIG:
                self._set("failed")
                return
            if time.monotonic() - started_s > STEADY_S:
                pause_s = FIRST_PAUSE_S
            log.warning(
                "%s (pid %d) ended with %d; starts again in %.1f s", self.name, self.pid, code, pause_s
            )
            self.restarts += 1
            self._set("down")
            self._stopping.wait(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
        self._set("stopped")

    def _run_once(self) -> int:
        """From start to end; returns the exit code."""
        self._set("starting")
        process = subprocess.Popen(
            self._command,
            env=self._environment,
            stdin=subprocess.PIPE,  # end of file there tells the child that we are gone
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C is for us; we end the children in order
        )
        self._process, self.pid = process, process.pid
        if self._stopping.is_set():
            process.terminate()
        reader = threading.Thread(target=self._await_ready, args=(process,), daemon=True)
        reader.start()
        failed = 0
        while True:
            try:
                code = process.wait(PROBE_INTERVAL_S)
                break
            except subprocess.TimeoutExpired:
                if self.state != "up" or self._stopping.is_set():
                    continue
                failed = 0 if self._probe() else failed + 1
                if failed >= FAILED_PROBES:
                    log.error("%s (pid %d) does not answer: killed", self.name, self.pid)
                    process.kill()
        reader.join()
        for pipe in (process.stdin, process.stdout):
            if pipe:
                pipe.close()
        return code

    def _await_ready(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout
        for line in process.stdout:
            if line.strip() == READY:
                self._set("up")

    def _set(self, state: State) -> None:
        if state != self.state:
            self.state = state
            self._on_change(self)
