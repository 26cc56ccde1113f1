"""New examples in the files of a flow: examples enter; the files leave changed, or none of them with what is
wrong. The changed files are tried out in a folder beside, and take the place of the good ones at the end.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ivr.flow import check, loader, reading
from ivr.flow.engine import Engine
from ivr.flow.flow import Flow
from ivr.flow.loader import Links
from ivr.flow.templates import SayAs
from ivr.learn.accept import Example, UnknownWords
from ivr.learn.insert import InsertError, with_examples
from ivr.located import Key, Problem, YamlError
from ivr.talk import script as scripts
from ivr.talk.backends import Ask
from ivr.talk.conversations import Held, hold


class NotAppliedError(Exception):
    """Nothing was changed; the message tells every reason, a line each."""


@dataclass(frozen=True)
class Means:
    """What the flow is tried out with."""

    say_as: SayAs
    links: Links
    unknown_words: UnknownWords
    otherwise: Ask
    """answers for services that a test file does not name"""


@dataclass(frozen=True, slots=True)
class Tried:
    held: int
    """conversations, that went as they should"""
    mended: tuple[str, ...] = ()
    """known failures that succeed now"""


def apply(root: Flow, examples: Sequence[Example], means: Means) -> Tried:
    """Raises NotAppliedError."""
    changed = changed_files(examples)
    try:
        with _beside(root.file.parent, changed) as folder:
            tried = _tried(root, folder, changed, means)
            _replace(folder, list(changed))
    except OSError as error:
        raise NotAppliedError(f"cannot write beside {root.file.parent}: {error.strerror}") from error
    return tried


def _replace(folder: Path, files: Sequence[Path]) -> None:
    """All or none."""
    good = {path: path.read_bytes() for path in files}
    for path in files:
        try:
            (folder / path.name).replace(path.resolve())
        except OSError:
            for one in files[: files.index(path)]:
                one.write_bytes(good[one])
            raise


def changed_files(examples: Sequence[Example]) -> dict[Path, str]:
    """The new text of each file. Raises NotAppliedError."""
    places: dict[Path, dict[Key, list[str]]] = {}
    for one in examples:
        assert one.target.where
        places.setdefault(one.target.file, {}).setdefault(one.target.where, []).append(one.text)
    changed = {}
    for path, new in places.items():
        with path.open(encoding="utf-8", newline="") as file:  # its own line ends stay
            before = file.read()
        try:
            changed[path] = with_examples(before, new)
        except InsertError as error:
            raise NotAppliedError(f"{path}: {error}") from error
    return changed


@contextmanager
def _beside(folder: Path, changed: Mapping[Path, str]) -> Iterator[Path]:
    """A copy of the folder for a while: links to its files, and the changed ones in their stead. It stands
    beside the folder, so that paths in the files lead to the same places."""
    made = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.absolute().parent))
    names = {path.name for path in changed}
    try:
        for other in folder.iterdir():
            if other.name not in names:
                (made / other.name).symlink_to(other.absolute())
        for path, text in changed.items():
            with (made / path.name).open("w", encoding="utf-8", newline="") as file:
                file.write(text)
            shutil.copymode(path, made / path.name)
        yield made
    finally:
        shutil.rmtree(made)


def _tried(root: Flow, folder: Path, changed: Mapping[Path, str], means: Means) -> Tried:
    """Raises NotAppliedError for what was not wrong before."""
    _refuse(_new_problems(root, folder, means))
    held: list[Held] = []
    wrong: list[str] = []
    for flow in _concerned(root, {path.name for path in changed}):
        now = _held(folder / flow.file.name, means)
        held += now
        if failed := [one for one in now if _fails(one)]:
            before = {one.name for one in _held(flow.file, means) if _fails(one)}
            new = [one.problem for one in failed if one.name not in before]
            wrong += [_named(problem, folder, flow.file.parent) for problem in new if problem]
    _refuse(wrong)
    return Tried(len(held), tuple(one.name for one in held if one.known_failure and not one.problem))


def _new_problems(root: Flow, folder: Path, means: Means) -> list[str]:
    def found(at: Path) -> dict[tuple[str, str], Problem]:
        problems = check.check(at / root.file.name, {}, means.unknown_words, means.links)
        return {(Path(one.file).name, one.message.replace(str(at), "")): one for one in problems}

    now = found(folder)
    before = found(root.file.parent) if now else {}
    return [_named(one, folder, root.file.parent) for told, one in now.items() if told not in before]


def _refuse(wrong: Sequence[str]) -> None:
    if wrong:
        raise NotAppliedError("\n".join(wrong))


def _named(problem: Problem, folder: Path, meant: Path) -> str:
    """As of the files that it stands for."""
    return str(problem).replace(str(folder), str(meant))


def _concerned(root: Flow, names: set[str]) -> Iterator[Flow]:
    """Flows with conversations that come through a changed file; the root takes part in all."""
    for flow in root.flows.values():
        if scripts.script_of(flow.file).is_file() and (
            flow is root or any(one.file.name in names for one in _reached(flow))
        ):
            yield flow


def _reached(flow: Flow) -> list[Flow]:
    found = [flow]
    for one in found:
        called = [name for step in one.steps.values() for _, name in reading.calls(step)]
        called += [intent.flow for intent in one.anywhere.values() if intent.flow]
        found += [one.flows[name] for name in dict.fromkeys(called) if one.flows[name] not in found]
    return found


def _held(path: Path, means: Means) -> list[Held]:
    """The conversations beside a flow."""
    try:
        engine = Engine(loader.load(path, means.say_as, links=means.links), means.say_as)
        script = scripts.read(scripts.script_of(path))
    except YamlError as error:
        raise NotAppliedError(str(error)) from error
    return [hold(script, conversation, engine, means.otherwise) for conversation in script.conversations]


def _fails(held: Held) -> bool:
    return held.problem is not None and not held.known_failure
