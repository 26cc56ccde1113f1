"""`ivr flow test`: flow files enter; the conversations beside them are held, and what failed, what was never
reached and a table are printed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from rich.table import Table

from ivr import config
from ivr.commands.common import console, fail, tell
from ivr.commands.flow_test_audio import Spoken, Voice
from ivr.commands.systems import functions_only, import_from_here
from ivr.flow import loader
from ivr.flow.engine import Engine
from ivr.flow.flow import Flow
from ivr.located import Problem, YamlError
from ivr.services.functions import FunctionError
from ivr.talk import script as scripts
from ivr.talk.backends import Ask
from ivr.talk.conversations import Held, hold
from ivr.talk.coverage import Coverage, Share
from ivr.talk.script import Conversation, Script
from ivr.tts.spoken import say_as


@dataclass(slots=True)
class Row:
    """One flow file and how its conversations went."""

    flow: Flow
    script: Script | None
    held: list[Held] = field(default_factory=list)
    spoken: list[Spoken] = field(default_factory=list)

    @property
    def failed(self) -> int:
        return sum(not held.ok for held in self.held)

    @property
    def known(self) -> int:
        """Failures that are known, and failed."""
        return sum(held.ok and held.known_failure for held in self.held)

    @property
    def by_voice(self) -> int:
        return sum(not spoken.skipped for spoken in self.spoken)

    @property
    def failed_by_voice(self) -> int:
        return sum(spoken.failed for spoken in self.spoken)


def run(files: Iterable[Path], loaded: config.Settings, only: str, audio: bool, coverage: bool) -> bool:
    """Whether all is well. `only`: part of the names of the conversations to hold."""
    import_from_here()
    rows, problems = _read(files, loaded)
    tell(sorted(problems))
    reached = Coverage()
    for row in rows:
        reached.add(row.flow)
    try:
        otherwise = functions_only(loaded.flows)
    except FunctionError as error:
        fail(str(error))
    voice = Voice(loaded) if audio else None
    for row in rows:
        _hold(row, only, otherwise, reached)
        if voice:
            _speak(row, voice, otherwise)
    if not any(row.held for row in rows):
        if only or not problems:
            fail(f"no conversation has '{only}' in its name" if only else "no conversations stand beside it")
        return False
    if coverage:
        for file in reached.files:
            _print(reached.unreached(file), "yellow")
    console.print(_table(rows, reached, audio))
    for line in _told(rows):
        console.print(line, highlight=False, soft_wrap=True)
    return not problems and not any(row.failed or row.failed_by_voice for row in rows)


# --- reading ----------------------------------------------------------------------------------------


def flow_files(files: Iterable[Path]) -> Iterator[Path]:
    """Each flow once, in the order given; a folder gives all that are in it."""
    found: dict[Path, None] = {}
    for file in files:
        inside = sorted(file.rglob("*.yaml")) if file.is_dir() else [file]
        found |= dict.fromkeys(scripts.flow_of(one) if scripts.is_script(one) else one for one in inside)
    return iter(found)


def _read(files: Iterable[Path], loaded: config.Settings) -> tuple[list[Row], set[Problem]]:
    # services are those of the test file: what a flow names is taken to be there
    links = loader.Links(loaded.flows.transfers, classifiers=loaded.flows.classifiers)
    rows: list[Row] = []
    problems: set[Problem] = set()
    for path in flow_files(files):
        try:
            flow = loader.load(path, say_as, links=links)
            beside = scripts.script_of(path)
            script = scripts.read(beside) if beside.is_file() else None
        except YamlError as error:
            problems |= set(error.problems)
            continue
        unknown = scripts.unknown_names(script, flow) if script else []
        problems |= set(unknown)
        rows.append(Row(flow, None if unknown else script))
    return rows, problems


# --- holding ----------------------------------------------------------------------------------------


def _hold(row: Row, only: str, otherwise: Ask, reached: Coverage) -> None:
    if row.script is None:
        return
    engine = Engine(row.flow, say_as)
    for conversation in row.script.conversations:
        if only.casefold() not in conversation.name.casefold():
            continue
        held = hold(row.script, conversation, engine, otherwise)
        row.held.append(held)
        reached.held(row.flow, held.notes)
        if not held.ok:
            _print([held.problem or _struck_off(row.script, conversation)], "red")


def _struck_off(script: Script, conversation: Conversation) -> Problem:
    return script.problem(
        conversation.number, f"{conversation.name}: succeeds now: strike it off known_failures"
    )


def _speak(row: Row, voice: Voice, otherwise: Ask) -> None:
    """By voice, those that are as they should be in text."""
    for held in row.held:
        if held.ok and not held.known_failure and row.script:
            spoken = voice.hold(row.script, held.conversation, row.flow, otherwise)
            row.spoken.append(spoken)
            if spoken.failed:
                _print([spoken.problem] if spoken.problem else [], "red")


# --- telling ----------------------------------------------------------------------------------------


def _print(problems: Iterable[Problem], style: str) -> None:
    for problem in problems:
        console.print(str(problem), style=style, highlight=False, soft_wrap=True, markup=False, emoji=False)


def _table(rows: list[Row], reached: Coverage, audio: bool) -> Table:
    table = Table("flow", box=None, pad_edge=False)
    heads = ["conversations", "ok", "failed", "known failures", "steps", "branches"]
    for head in heads + (["by voice", "ok", "failed"] if audio else []):
        table.add_column(head, justify="right")
    by_file = {row.flow.file: row for row in rows}
    for file in reached.files:
        _add(table, str(file), [row] if (row := by_file.get(file)) else [], reached.share(file), audio)
    if len(reached.files) > 1:
        _add(table, "all", rows, sum(map(reached.share, reached.files), Share()), audio)
    return table


def _add(table: Table, name: str, rows: list[Row], share: Share, audio: bool) -> None:
    held = sum(len(row.held) for row in rows)
    failed, known = sum(row.failed for row in rows), sum(row.known for row in rows)
    voiced, unheard = sum(row.by_voice for row in rows), sum(row.failed_by_voice for row in rows)
    counts = [held, held - failed - known, failed, known] if held else []
    spoken = [voiced, voiced - unheard, unheard] if voiced else []
    cells = [*map(str, counts), *[""] * (4 - len(counts))]
    cells += [_percent(share.steps, share.of_steps), _percent(share.branches, share.of_branches)]
    table.add_row(
        name, *cells, *(map(str, spoken) if audio else ()), style="red" if failed + unheard else None
    )


def _percent(count: int, of: int) -> str:
    return f"{100 * count // of} %" if of else "-"


def _told(rows: list[Row]) -> Iterator[str]:
    """What was not held, and why: never passed over in silence."""
    for row in rows:
        for reason in dict.fromkeys(one.skipped for one in row.spoken if one.skipped):
            count = sum(one.skipped == reason for one in row.spoken)
            yield f"[yellow]{row.flow.file}: {count} not held by voice: {reason}[/]"
