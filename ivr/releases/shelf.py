"""The flows of a running process, by version: each call is handed the one that is meant for it and keeps
it. New releases are loaded beside the running ones; one that cannot be loaded changes nothing."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from ivr.flow.engine import Engine
from ivr.flow.flow import Flow
from ivr.flow.templates import SayAs
from ivr.located import YamlError
from ivr.releases.index import Index, ReleaseError, share
from ivr.releases.store import Load, Releases, Stamp

log = logging.getLogger(__name__)

LOOK_S = 1.0
"""how soon a release is noticed"""
CLOSE_S = 2.0
"""a release that is being loaded at the end is left alone"""


@dataclass(frozen=True, slots=True)
class _Ready:
    """What calls of one flow file get."""

    current: Engine
    trial: Engine | None = None
    percent: int = 0
    """of new calls, for the trial"""

    def engine(self, call: str) -> Engine:
        return self.trial if self.trial and share(call) < self.percent else self.current

    @property
    def engines(self) -> list[Engine]:
        return [self.current, self.trial] if self.trial else [self.current]


class Shelf:
    """`make_ready` is told each newly loaded flow before calls get it: its prompts can be made then.
    `on_error` hears of each release that could not be loaded."""

    def __init__(
        self,
        files: Iterable[Path],
        releases: Releases,
        load: Load,
        say_as: SayAs,
        make_ready: Callable[[Flow], None] = lambda flow: None,
        on_error: Callable[[], None] = lambda: None,
    ) -> None:
        """Loads what new calls get now: where it cannot be loaded, what they got before. Raises YamlError
        where nothing can."""
        self._releases, self._load, self._say_as = releases, load, say_as
        self._make_ready, self._on_error = make_ready, on_error
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._stamps: dict[Path, Stamp | None] = {}
        self._ready: dict[Path, _Ready] = {}
        for path in files:
            self._stamps[path] = releases.stamp(path)
            self._ready[path] = self._first(path)

    def engine(self, path: Path, call: str) -> Engine:
        return self._ready[path].engine(call)

    def flows(self) -> list[Flow]:
        """All that new calls may get."""
        return [engine.flow for ready in self._ready.values() for engine in ready.engines]

    def watch(self) -> None:
        """Look for releases until `close`."""
        self._thread = threading.Thread(target=self._run, name="releases", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        if self._thread:
            self._thread.join(CLOSE_S)

    def _run(self) -> None:
        while not self._stop.wait(LOOK_S):
            self.look()

    def look(self) -> None:
        """Load what was released since."""
        for path, seen in list(self._stamps.items()):
            stamp = self._releases.stamp(path)
            if stamp == seen:
                continue
            self._stamps[path] = stamp
            before = self._ready[path]
            try:
                index = self._releases.index(path)
                if index is None:
                    raise ReleaseError(f"{path}: its index is gone; what runs goes on")
            except Exception as error:  # whatever it is, the running version goes on
                self._failed("%s", error)
                continue
            self._ready[path] = self._next(path, index, before)  # at once: a call gets one or the other

    # --- loading ------------------------------------------------------------------------------

    def _first(self, path: Path) -> _Ready:
        try:
            index = self._releases.index(path)
        except ReleaseError as error:
            self._failed("%s", error)
            index = None
        return self._next(path, index, None) if index else _Ready(self._engine(self._load(path)))

    def _next(self, path: Path, index: Index, before: _Ready | None) -> _Ready:
        """As the index says, as far as it can be loaded."""
        running = {engine.flow.version: engine for engine in before.engines} if before else {}

        def engine(version: str) -> Engine | None:
            return running.get(version) or self._version(path, version)

        wanted = [index.current] if before else [index.current, *index.past]
        current = next(filter(None, map(engine, wanted)), None)
        if current is None:
            current = before.current if before else self._engine(self._load(path))
        trial = engine(index.trial) if index.trial else None
        ready = _Ready(current, trial, index.percent if trial else 0)
        log.info("%s: new calls get %s", path, " and ".join(each.flow.version for each in ready.engines))
        return ready

    def _version(self, path: Path, version: str) -> Engine | None:
        try:
            return self._engine(self._releases.load(path, version))
        except Exception as error:
            trace = None if isinstance(error, YamlError | ReleaseError) else error
            self._failed("version %s of %s cannot be loaded: %s", version, path, error, exc_info=trace)
        return None

    def _engine(self, flow: Flow) -> Engine:
        flow.prepare()
        self._make_ready(flow)
        return Engine(flow, self._say_as)

    def _failed(self, message: str, *about: object, exc_info: Exception | None = None) -> None:
        log.error(message, *about, exc_info=exc_info)
        self._on_error()
