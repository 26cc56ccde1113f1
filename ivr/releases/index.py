"""What new calls of one flow get: a release or a rollback enters, the next index leaves. Pure."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace


class ReleaseError(Exception):
    """Told for the person who releases: what is wrong, and the way out."""


@dataclass(frozen=True, slots=True)
class Switch:
    """From then on new calls got something else."""

    at: str
    """UTC, ISO 8601"""
    version: str
    percent: int = 100
    """of new calls; the others kept the version that was current"""
    note: str = ""
    back: bool = False
    """by a rollback"""


@dataclass(frozen=True, slots=True)
class Index:
    current: str = ""
    trial: str = ""
    """the version that `percent` of new calls get"""
    percent: int = 0
    past: tuple[str, ...] = ()
    """versions that were current before, the last one first: what a rollback goes back to"""
    history: tuple[Switch, ...] = ()
    """the last one at its end"""

    def chosen(self, call: str) -> str:
        """The version for a call, the same whoever asks."""
        return self.trial if self.trial and share(call) < self.percent else self.current

    @property
    def versions(self) -> tuple[str, ...]:
        """All that were ever released, in their order."""
        return tuple(dict.fromkeys(switch.version for switch in self.history))

    def percent_of(self, version: str) -> int:
        """Of new calls, now."""
        if version == self.trial:
            return self.percent
        return 100 - self.percent if version == self.current else 0


def share(call: str) -> int:
    """0 to 99, evenly."""
    return int.from_bytes(hashlib.sha256(call.encode(errors="surrogatepass")).digest()[:8], "big") % 100


def released(index: Index, version: str, at: str, percent: int = 100, note: str = "") -> Index:
    """`version` for all new calls, which ends a trial, or for `percent` of them. Raises ReleaseError."""
    history = (*index.history, Switch(at, version, percent, note))
    if percent < 100:
        if not index.current:
            raise ReleaseError(
                "nothing was released before, so there is no version for the other calls; "
                "release it without --percent first"
            )
        if version == index.current:
            raise ReleaseError(f"version {version} is what calls get already")
        return replace(index, trial=version, percent=percent, history=history)
    past = index.past if index.current in ("", version) else (index.current, *index.past)
    return Index(version, past=past, history=history)


def rolled_back(index: Index, at: str, note: str = "") -> Index:
    """Without the trial, or with the version that was current before. Raises ReleaseError."""
    current, past = index.current, index.past
    if not index.trial:
        if not past:
            raise ReleaseError(f"there is no version before {current}")
        current, *rest = past
        past = tuple(rest)
    return Index(current, past=past, history=(*index.history, Switch(at, current, 100, note, back=True)))


def to_json(index: Index) -> str:
    return json.dumps(asdict(index), ensure_ascii=False, indent=1) + "\n"


def from_json(text: str) -> Index:
    """Raises ValueError for anything that is no index."""
    try:
        data = json.loads(text)
        history = tuple(Switch(**switch) for switch in data.pop("history"))
        index = Index(history=history, past=tuple(data.pop("past")), **data)
        if not index.current:
            raise ValueError("names no version")
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"is no index: {error}") from error
    return index
