"""The folder of releases: a loaded flow enters and is kept; versions that can run leave.

Whoever reads sees a version whole or not at all, and one index or the next.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from ivr.flow import flow as flows
from ivr.flow.flow import Flow
from ivr.releases.index import Index, ReleaseError, from_json, released, rolled_back, to_json

Load = Callable[[Path], Flow]
"""raises YamlError"""
Stamp = tuple[int, int]
"""of a file: another one after every change"""


class Releases:
    def __init__(self, folder: Path, load: Load) -> None:
        self._folder, self._load = folder, load

    def place(self, flow_file: Path) -> Path:
        """The folder of one flow file, however its path is written."""
        path = Path(os.path.abspath(flow_file.with_suffix("")))  # noqa: PTH100  (links are not followed)
        here = Path.cwd()
        if path.is_relative_to(here):
            return self._folder / path.relative_to(here)
        return self._folder.joinpath("outside", *path.parts[1:])

    def index(self, flow_file: Path) -> Index | None:
        """None: it was never released, and runs from its file. Raises ReleaseError."""
        path = self._index_file(flow_file)
        try:
            return from_json(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise ReleaseError(
                f"{path}: cannot be read ({error}); mend it, or delete it and release again"
            ) from error

    def stamp(self, flow_file: Path) -> Stamp | None:
        """Of the index; None while there is none."""
        try:
            found = self._index_file(flow_file).stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns

    def load(self, flow_file: Path, version: str) -> Flow:
        """A version. Raises YamlError, or ReleaseError when it is not what was released."""
        self._check_kept(flow_file, version)
        flow = self._load(self.place(flow_file) / version / flow_file.name)
        if (found := version_of(flow)) != version:
            raise ReleaseError(f"{flow.file.parent}: was changed since its release: it is {found} now")
        return replace(flow, version=version)

    # --- changes ------------------------------------------------------------------------------

    def keep(self, flow_file: Path, flow: Flow) -> str:
        """A copy of all that the flow is made of; its version. Raises ReleaseError."""
        version = version_of(flow)
        target = self.place(flow_file) / version
        if target.is_dir():
            return version
        beside = target.with_name(f".part-{secrets.token_hex(4)}")
        try:
            sources = {part.file.name: part.file for part in flow.flows.values()}
            for name, source in (sources | _recordings(flow)).items():
                copy = beside / name
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, copy)
                copy.chmod(0o444)
            if version_of(self._load(beside / flow_file.name)) != version:
                raise ReleaseError(f"{flow_file}: was changed while it was being released; release it again")
            beside.rename(target)
        except OSError as error:
            if not target.is_dir():  # somebody else was quicker
                raise ReleaseError(f"{target}: cannot be written: {error.strerror}") from error
        finally:
            shutil.rmtree(beside, ignore_errors=True)
        return version

    def release(self, flow_file: Path, version: str, at: str, percent: int = 100, note: str = "") -> Index:
        """Give a kept version to all new calls, or to `percent` of them. Raises ReleaseError."""
        self._check_kept(flow_file, version)
        return self._change(flow_file, lambda index: released(index, version, at, percent, note))

    def rollback(self, flow_file: Path, at: str, note: str = "") -> Index:
        """End a trial, or go back to the version that was current before. Raises ReleaseError."""
        if self.index(flow_file) is None:
            raise ReleaseError(f"{flow_file}: was never released, so there is nothing to go back to")
        return self._change(flow_file, lambda index: rolled_back(index, at, note))

    def _check_kept(self, flow_file: Path, version: str) -> None:
        if not version.isalnum() or not (self.place(flow_file) / version).is_dir():
            raise ReleaseError(f"{flow_file}: there is no version '{version}'")

    def _change(self, flow_file: Path, change: Callable[[Index], Index]) -> Index:
        path = self._index_file(flow_file)
        beside = path.with_name(f".part-{secrets.token_hex(4)}")
        try:
            with _alone(path.with_name(".lock")):
                index = change(self.index(flow_file) or Index())
                with beside.open("w", encoding="utf-8") as file:
                    file.write(to_json(index))
                    file.flush()
                    os.fsync(file.fileno())
                beside.replace(path)
        except ReleaseError as error:
            raise ReleaseError(f"{flow_file}: {error}") from error
        except OSError as error:
            raise ReleaseError(f"{path}: cannot be written: {error.strerror}") from error
        finally:
            beside.unlink(missing_ok=True)
        return index

    def _index_file(self, flow_file: Path) -> Path:
        return self.place(flow_file) / "index.json"


def version_of(flow: Flow) -> str:
    """`Flow.version`; where recordings belong to it, a hash of these too. Raises ReleaseError."""
    recordings = _recordings(flow)
    if not recordings:
        return flow.version
    digest = hashlib.sha256(flow.version.encode())
    for name, path in sorted(recordings.items()):
        digest.update(name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:12]


def _recordings(flow: Flow) -> dict[str, Path]:
    """By their names in the folder of the flow. Raises ReleaseError."""
    folder = flow.file.parent
    found: dict[str, Path] = {}
    for part in flow.flows.values():
        for name in {prompt.recording for prompt in flows.all_prompts(part) if prompt.recording}:
            path = folder / name
            if not path.resolve().is_relative_to(folder.resolve()):
                raise ReleaseError(f"{part.file}: recording '{name}' does not stand below {folder}")
            found[os.path.normpath(name)] = path
    return found


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """One process at a time."""
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
