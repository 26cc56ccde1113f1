"""The folder of releases: a checked flow enters; the version that a call gets leaves."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from ivr.flow import flow as flows
from ivr.flow.flow import Flow


class ReleaseError(Exception):
    """Told for the person who releases: what is wrong, and the way out."""


@dataclass(frozen=True, slots=True)
class Release:
    version: str
    at: str
    """UTC, ISO 8601"""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Index:
    """`history` has every release, the last one at its end."""

    file: str
    """the flow file's name in its folder"""
    history: tuple[Release, ...] = ()
    current: str = ""
    trial: str = ""
    """the version that `percent` of new calls get"""
    past: tuple[str, ...] = ()
    """versions that were current before, the last one first: what a rollback goes back to"""
    percent: int = 0

    def chosen(self, call: str) -> str:
        """The version for a call, the same whoever asks."""
        if self.trial and _share(call) < self.percent:
            return self.trial
        return self.current

    @property
    def versions(self) -> tuple[str, ...]:
        """Those that new calls may get."""
        return tuple(filter(None, dict.fromkeys((self.current, self.trial))))


def _share(call: str) -> int:
    """0 to 99, evenly."""
    return int.from_bytes(hashlib.sha256(call.encode()).digest()[:4], "big") % 100


class Releases:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def place(self, flow_file: Path) -> Path:
        """The folder of one flow file, as the settings and commands name it."""
        return self._folder / re.sub(r"[^\w.-]+", "-", str(flow_file.with_suffix("")).strip("/"))

    def index_file(self, flow_file: Path) -> Path:
        return self.place(flow_file) / "index.json"

    def index(self, flow_file: Path) -> Index | None:
        """None: it was never released, and runs from its file. Raises ReleaseError."""
        path = self.index_file(flow_file)
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            history = tuple(Release(**release) for release in data.pop("history"))
            return Index(history=history, past=tuple(data.pop("past")), **data)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise ReleaseError(f"{path}: cannot be read ({error}); release the flow again") from error

    def file(self, flow_file: Path, version: str) -> Path:
        """The flow file of a version."""
        return self.place(flow_file) / version / flow_file.name

    def release(self, flow_file: Path, flow: Flow, at: str, percent: int, note: str) -> Index:
        """Keep this version and give it to all new calls, or to `percent` of them. The flow is loaded, and
        so has no mistake that would keep it from running."""
        before = self.index(flow_file) or Index(flow_file.name)
        if percent < 100 and not before.current:
            raise ReleaseError(
                f"{flow_file}: nothing was released before, so there is no version for the other calls; "
                "release it without --percent first"
            )
        if percent < 100 and flow.version == before.current:
            raise ReleaseError(f"{flow_file}: version {flow.version} is the current one already")
        self._keep(flow_file, flow)
        index = replace(before, history=(*before.history, Release(flow.version, at, note)))
        if percent < 100:
            index = replace(index, trial=flow.version, percent=percent)
        else:
            past = before.past
            if before.current not in ("", flow.version):
                past = (before.current, *past)
            index = replace(index, current=flow.version, past=past, trial="", percent=0)
        self._write(flow_file, index)
        return index

    def rollback(self, flow_file: Path) -> Index:
        """End a trial, or go back to the version that was current before."""
        index = self.index(flow_file)
        if index is None:
            raise ReleaseError(f"{flow_file}: was never released, so there is nothing to go back to")
        if index.trial:
            index = replace(index, trial="", percent=0)
        else:
            if not index.past:
                raise ReleaseError(f"{flow_file}: there is no version before {index.current}")
            index = replace(index, current=index.past[0], past=index.past[1:])
        self._write(flow_file, index)
        return index

    def _keep(self, flow_file: Path, flow: Flow) -> None:
        """Copies of all files, put in place as a whole."""
        target = self.place(flow_file) / flow.version
        if target.is_dir():
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=".part-", dir=target.parent))
        try:
            for source, name in _files(flow):
                (beside / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, beside / name)
            beside.rename(target)
        except OSError as error:
            shutil.rmtree(beside, ignore_errors=True)
            raise ReleaseError(f"{target}: cannot be written: {error.strerror}") from error

    def _write(self, flow_file: Path, index: Index) -> None:
        path = self.index_file(flow_file)
        handle, beside = tempfile.mkstemp(dir=path.parent, prefix=".part-")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(asdict(index), file, ensure_ascii=False, indent=1)
        Path(beside).replace(path)


def _files(flow: Flow) -> Iterator[tuple[Path, str]]:
    """(file, its name in the version) of everything that the flow is made of."""
    for part in flow.flows.values():
        yield part.file, part.file.name
        recordings = {prompt.recording for prompt in flows.all_prompts(part) if prompt.recording}
        for recording in sorted(recordings):
            yield part.file.parent / recording, recording
