"""The flows of a running process, by version: each call is handed the one that is meant for it and keeps
it. New releases are loaded beside the running ones; one that cannot be loaded changes nothing."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ivr.flow.engine import Engine
from ivr.flow.flow import Flow
from ivr.flow.loader import Links, load
from ivr.flow.templates import SayAs
from ivr.releases.store import Index, Releases

log = logging.getLogger(__name__)

LOOK_S = 1.0
"""how soon a release is noticed"""


@dataclass(frozen=True, slots=True)
class _Ready:
    """What calls of one flow file get."""

    engines: Mapping[str, Engine]
    """by version"""
    index: Index | None
    unreleased: str = ""
    """the version of the file itself, where it was never released"""

    def engine(self, call: str) -> Engine:
        return self.engines[self.index.chosen(call) if self.index else self.unreleased]


class Shelf:
    """`make_ready` is told each newly loaded flow before calls get it: its prompts can be made then.
    `on_error` hears of each release that could not be loaded."""

    def __init__(
        self,
        files: Mapping[Path, None] | list[Path],
        releases: Releases,
        links: Links,
        say_as: SayAs,
        make_ready: Callable[[Flow], None] = lambda flow: None,
        on_error: Callable[[], None] = lambda: None,
    ) -> None:
        """Loads what new calls get now. Raises YamlError or ReleaseError."""
        self._releases, self._links, self._say_as = releases, links, say_as
        self._make_ready, self._on_error = make_ready, on_error
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._seen: dict[Path, int] = {}
        self._ready: dict[Path, _Ready] = {}
        for path in files:
            self._seen[path] = self._changed_at(path)
            self._ready[path] = self._load(path, {})

    def engine(self, path: Path, call: str) -> Engine:
        return self._ready[path].engine(call)

    def flows(self) -> list[Flow]:
        """All that new calls may get."""
        return [engine.flow for ready in self._ready.values() for engine in ready.engines.values()]

    def watch(self) -> None:
        """Look for releases until `close`."""
        self._thread = threading.Thread(target=self._run, name="releases", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        if self._thread:
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(LOOK_S):
            self.look()

    def look(self) -> None:
        """Load what was released since."""
        for path, seen in list(self._seen.items()):
            changed_at = self._changed_at(path)
            if changed_at == seen:
                continue
            self._seen[path] = changed_at
            try:
                ready = self._load(path, self._ready[path].engines)
            except Exception as error:  # whatever it is, the running version goes on
                log.error("release of %s cannot be loaded, the version before goes on: %s", path, error)
                self._on_error()
                continue
            self._ready[path] = ready  # at once: a call gets one or the other
            log.info("%s: new calls get %s", path, ", ".join(ready.engines))

    def _load(self, path: Path, running: Mapping[str, Engine]) -> _Ready:
        index = self._releases.index(path)
        if index is None:
            engine = self._engine(path)
            return _Ready({engine.flow.version: engine}, None, engine.flow.version)
        engines = {
            version: running.get(version) or self._engine(self._releases.file(path, version))
            for version in index.versions
        }
        return _Ready(engines, index)

    def _engine(self, path: Path) -> Engine:
        flow = load(path, self._say_as, links=self._links)
        flow.prepare()
        self._make_ready(flow)
        return Engine(flow, self._say_as)

    def _changed_at(self, path: Path) -> int:
        try:
            return self._releases.index_file(path).stat().st_mtime_ns
        except OSError:
            return 0
