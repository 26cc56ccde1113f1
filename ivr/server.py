"""`ivr serve`: settings enter, a running system leaves. Starts speech processes, then nodes, then
says where to call; keeps them up; on SIGTERM or Ctrl-C ends them in the reverse order.

    supervisor (this process) --+-- speech0 .. speechM   recogniser and voice, nice 10
      /metrics /healthz /readyz +-- node0 .. nodeN       SIP port, SIP port + 1, ... four calls each
"""

from __future__ import annotations

import logging
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from ivr import config
from ivr.node import make_prompts, service_uris, shelf
from ivr.ops.console import Console, ConsoleError
from ivr.ops.metrics import Metrics, mark_process_dead, prepare_folder
from ivr.sip import probe
from ivr.speech import health
from ivr.store import recording
from ivr.store.database import StoreError
from ivr.store.journal import Journal
from ivr.store.reader import Reader
from ivr.supervisor import Child
from ivr.tts import SynthesisError

log = logging.getLogger(__name__)

HOUSEKEEPING_S = 3600.0
START_S = 60.0
END_S = 10.0
"""for a child to end once its calls are over"""


class ServerError(Exception):
    """The server cannot start; the message names the setting."""


class Server:
    def __init__(
        self, settings: config.Settings, config_path: Path, say: Callable[[str], None] = print
    ) -> None:
        self._settings = settings
        self._say = say
        try:
            self._prompts = make_prompts(settings)
        except SynthesisError as error:
            raise ServerError(str(error)) from error
        self._shelf = shelf(settings)  # learns what the nodes will read from the disk
        self._stop = threading.Event()
        self._changed = threading.Condition()
        memory = Path("/dev/shm")  # a full disk under the counts would kill whoever counts
        self._counts = Path(tempfile.mkdtemp(prefix="ivr-", dir=memory if memory.is_dir() else None))
        prepare_folder(self._counts)
        self._metrics = Metrics("supervisor")
        self._console = Console(settings.console, self._metrics, self._not_ready)
        command = (sys.executable, "-m", "ivr.cli", "--config", str(config_path))
        own_speech = 0 if settings.speech.services else settings.speech.processes
        self._speech = [
            Child(
                f"speech{index}",
                (*command, "speech", "--index", str(index)),
                os.environ,
                lambda index=index: health.alive(service_uris(settings.speech)[index], 1.0),  # type: ignore[misc]
                self._child_changed,
            )
            for index in range(own_speech)
        ]
        self._nodes = [
            Child(
                f"node{index}",
                (*command, "node", "--index", str(index)),
                os.environ,
                lambda port=settings.sip.port + index: probe.answers(  # type: ignore[misc]
                    settings.sip.host, port, settings.sip.transports[0]
                ),
                self._child_changed,
            )
            for index in range(settings.nodes)
        ]

    def run(self) -> int:
        """Serve until SIGTERM or Ctrl-C; returns the exit code. Raises ServerError."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._signalled)
        try:
            self._prepare()
            self._console.start()
            self._start()
            self._serve()
        except (StoreError, ConsoleError) as error:
            raise ServerError(str(error)) from error
        finally:
            self._end()
        failed = [child.name for child in (*self._speech, *self._nodes) if child.state == "failed"]
        if failed:
            raise ServerError(f"{', '.join(failed)} could not start: see the message above")
        return 0

    # --- life ---------------------------------------------------------------------------------

    def _prepare(self) -> None:
        store = self._settings.store
        Journal(store.url).close()  # makes the tables, or says why not, before anything starts
        if store.recordings:
            for path in recording.repair(store.recordings_dir):
                log.warning("recording %s was cut off; its header is mended", path)

    def _start(self) -> None:
        self._begin(self._speech)
        if self._stop.is_set():
            return
        prompts = [say for flow in self._shelf.flows() for say in flow.fixed_prompts()]
        report = self._prompts.fill(prompts)
        log.info("prompts: %d made, %d kept", report.made, report.kept)
        for problem in report.failed:
            log.error("prompt: %s", problem)
        self._begin(self._nodes)
        if not self._stop.is_set():
            self._say(self._banner())

    def _begin(self, children: list[Child]) -> None:
        for child in children:
            child.start()
        with self._changed:
            done = self._changed.wait_for(
                lambda: self._stop.is_set() or all(child.state == "up" for child in children), START_S
            )
        if not done:
            slow = ", ".join(child.name for child in children if child.state != "up")
            raise ServerError(f"{slow} did not start within {START_S:.0f} s")

    def _serve(self) -> None:
        next_housekeeping_s = 0.0
        while not self._stop.wait(1.0):
            if time.monotonic() >= next_housekeeping_s:
                next_housekeeping_s = time.monotonic() + HOUSEKEEPING_S
                self._keep_house()

    def _keep_house(self) -> None:
        store = self._settings.store
        try:
            recordings = recording.prune(store.recordings_dir, store.recording_days)
            with Reader(store.url) as reader:
                calls = reader.prune(store.journal_days, [str(path) for path in recordings])
        except (StoreError, OSError) as error:
            log.error("retention: %s", error)
            return
        if calls or recordings:
            log.info("retention: %d calls and %d recordings deleted", calls, len(recordings))

    def _end(self) -> None:
        log.info("ending: no new calls; waiting for running ones")
        for child in self._nodes:
            child.stop()
        for child in self._nodes:
            child.join(self._settings.drain_s + END_S)
        for child in self._speech:
            child.stop()
        for child in self._speech:
            child.join(END_S)
        self._console.stop()
        shutil.rmtree(self._counts, ignore_errors=True)

    # --- what happens -------------------------------------------------------------------------

    def _signalled(self, number: int, _frame: object) -> None:
        if self._stop.is_set():  # asked a second time: do not wait for the calls
            for child in (*self._nodes, *self._speech):
                child.kill()
        self._stop.set()
        with self._changed:
            self._changed.notify_all()

    def _child_changed(self, child: Child) -> None:
        """In the child's thread."""
        log.info("%s: %s", child.name, child.state)
        if child.state == "down":
            self._metrics.restart(child.name)
        if child.state in ("down", "stopped", "failed"):
            mark_process_dead(child.name)
        if child.state == "failed":
            self._stop.set()
        with self._changed:
            self._changed.notify_all()

    def _not_ready(self) -> list[str]:
        if self._stop.is_set():
            return ["the server is ending"]
        reasons = []
        for kind, children in (("node", self._nodes), ("speech process", self._speech)):
            if children and not any(child.state == "up" for child in children):
                states = ", ".join(f"{child.name} {child.state}" for child in children)
                reasons.append(f"no {kind} is up: {states}")
        return reasons

    def _banner(self) -> str:
        settings = self._settings
        host = settings.sip.public_host or settings.sip.host
        web = f"http://{settings.console.host}:{settings.console.port}"
        voices = ", ".join(f"{language} {voice}" for language, voice in settings.tts.voices.items())
        flows = {"any number": settings.flows.default, **settings.flows.numbers}
        lines = [
            "",
            f"call        sip:8000@{host}:{settings.sip.port}  ({', '.join(settings.sip.transports)})",
            *(
                f"flow        {number} -> {flow.name} ({flow.language}, {path}, version {flow.version})"
                for number, path in flows.items()
                for flow in (self._shelf.engine(path, "").flow,)
            ),
            f"recogniser  {settings.asr.engine}",
            f"voice       {settings.tts.engine}: {voices}",
            f"nodes       {settings.nodes}, four calls each, from SIP port {settings.sip.port} on",
            f"metrics     {web}/metrics   health {web}/healthz   ready {web}/readyz",
            "",
            "Try it: 'make call' in a second terminal. Ctrl-C ends.",
        ]
        return "\n".join(lines)
