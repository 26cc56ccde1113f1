"""The work of `ivr flow learn`: a journal or a file enters, proposals are printed and written; accepted ones
go into the flow's files, and what that came to is printed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

from rich.markup import escape
from rich.table import Table

from ivr import config
from ivr.asr.engines import unknown_words
from ivr.commands.common import console, errors, fail
from ivr.commands.systems import functions_only, import_from_here
from ivr.flow import loader
from ivr.flow.flow import Flow
from ivr.learn import apply as applying
from ivr.learn import heard, sheet
from ivr.learn.accept import Accepted, Example, accepted
from ivr.learn.accuracy import accuracy
from ivr.learn.heard import Utterance
from ivr.learn.propose import Proposal, proposals
from ivr.learn.scalars import written
from ivr.learn.sheet import Decision, Sheet
from ivr.learn.targets import Targets, targets
from ivr.located import YamlError
from ivr.services.functions import FunctionError
from ivr.store.database import StoreError
from ivr.store.reader import Reader
from ivr.tts.spoken import say_as


def _links(loaded: config.Settings) -> loader.Links:
    # what the settings offer is not asked here: examples change nothing about it
    return loader.Links(loaded.flows.transfers, classifiers=loaded.flows.classifiers)


def _load(path: Path, loaded: config.Settings) -> Flow:
    try:
        return loader.load(path, say_as, links=_links(loaded))
    except YamlError as error:
        fail(str(error))


# --- proposing --------------------------------------------------------------------------------------------


def propose(
    path: Path, loaded: config.Settings, sentences: Path | None, since: datetime | None, calls: int,
    min_callers: int, out: Path,
) -> None:  # fmt: skip
    if out.exists():
        fail(f"{out} is there already: apply it, delete it, or name another file with --out")
    flow = _load(path, loaded)
    utterances = _listed(sentences, flow) if sentences else _stored(loaded, flow, since, calls)
    if not utterances:
        console.print("nothing that was not understood")
        return
    found = proposals(utterances, targets(flow, loaded.flows.classifiers), date.today(), min_callers)
    callers = len({one.caller for one in utterances})
    console.print(f"{len(utterances)} sentences of {callers} callers, {len(found)} groups to decide on")
    if found:
        console.print(_table(found))
        _write(out, sheet.text(sheet.sheet(flow.name, found), path, out))
        console.print(f"written to {out}; decide there, then: ivr flow learn {path} --apply {out}",
                      highlight=False, soft_wrap=True)  # fmt: skip


def _stored(loaded: config.Settings, flow: Flow, since: datetime | None, calls: int) -> list[Utterance]:
    try:
        with Reader(loaded.store.url) as reader:
            return list(heard.stored(reader, flow, since, calls))
    except StoreError as error:
        fail(str(error))


def _listed(path: Path, flow: Flow) -> list[Utterance]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        fail(f"--from {path}: cannot read it as UTF-8 text: {getattr(error, 'strerror', '') or error}")
    return list(heard.listed(lines, flow.language))


def _write(path: Path, text: str) -> None:
    """For our user only: these are callers' words."""
    try:
        with os.fdopen(
            os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
        ) as file:
            file.write(text)
    except OSError as error:
        fail(f"cannot write {path}: {error.strerror}")


def _table(found: Iterable[Proposal]) -> Table:
    table = Table("group", "callers", "calls", "intent", "sure", "else", "said", box=None, pad_edge=False)
    for column in table.columns[:3]:
        column.justify = "right"
    for one in found:
        sure = "new" if one.is_new else f"{one.confidence:.2f}"
        said = escape("\n".join(one.sentences))
        style = "yellow" if one.is_new else None
        table.add_row(str(one.number), str(one.callers), str(one.calls), one.intent, sure, one.other, said,
                      style=style)  # fmt: skip
    return table


# --- deciding ---------------------------------------------------------------------------------------------


def mark(path: Path, file: Path, intents: Mapping[int, str]) -> None:
    """Accept groups in the file of the proposals."""
    try:
        marked = _read(file).accepting(intents)
    except KeyError as error:
        fail(f"{file}: there is no group {error.args[0]}")
    _write(file, sheet.text(marked, path, file))
    for group, intent in intents.items():
        console.print(f"group {group} is accepted for {intent}", highlight=False)


def _read(file: Path) -> Sheet:
    try:
        return sheet.read(file)
    except YamlError as error:
        fail(str(error))


# --- applying ---------------------------------------------------------------------------------------------


def apply(path: Path, file: Path, loaded: config.Settings) -> None:
    import_from_here()
    decided = _read(file)
    flow = _load(path, loaded)
    if decided.flow != flow.name:
        fail(f"{file}: is about the flow '{decided.flow}', not '{flow.name}'")
    found = targets(flow)
    taken = accepted(decided.decisions, found, date.today(), unknown_words)
    for line in _told(taken):
        errors.print(line, style="yellow", highlight=False, soft_wrap=True, markup=False)
    if not taken.examples:
        console.print("nothing was added")
        return
    try:
        means = applying.Means(say_as, _links(loaded), unknown_words, functions_only(loaded.flows))
        tried = applying.apply(flow, taken.examples, means)
    except FunctionError as error:
        fail(str(error))
    except applying.NotAppliedError as error:
        errors.print(str(error), style="red", highlight=False, soft_wrap=True, markup=False)
        fail("nothing was changed: with the new examples the above is wrong")
    for example in taken.examples:
        told = f"{example.target.file.name}: {example.target.name}: {example.text}"
        console.print(told, highlight=False, soft_wrap=True, markup=False)
    console.print(f"{len(taken.examples)} examples added; checked, {tried.held} conversations held")
    for name in tried.mended:
        console.print(f"[yellow]{escape(name)}: succeeds now: strike it off known_failures[/]")
    _print_accuracy(found, taken.examples)


def _told(taken: Accepted) -> Iterator[str]:
    for one in taken.refused:
        yield f"not added: '{one.sentence}' for {one.intent}: {one.reason}"
    for new in taken.new:
        yield f"group {new.group}: there is no intent '{new.intent}' yet. To begin it, write into the flow:"
        yield from _beginning(new)


def _beginning(new: Decision) -> Iterator[str]:
    """What a person puts into the flow: what the new intent leads to is theirs to say."""
    yield "intents:"
    yield f"  {new.intent}:"
    yield f"    means: {written(new.means or new.intent.replace('_', ' '))}"
    yield "    examples:"
    yield from (f"      - {written(sentence)}" for sentence in new.sentences)
    yield f"and under 'listen' of the step that asks: {new.intent}: {{next: STEP}}"


def _print_accuracy(found: Targets, added: Sequence[Example]) -> None:
    """Of the intents that may be meant everywhere; the others are only a few at their questions."""
    examples = {name: one.examples for name, one in found.everywhere.items() if one.examples}
    new = {name: [one.text for one in added if one.target.name == name] for name in examples}
    if not any(new.values()) or len(examples) < 2:
        return
    old, new_before, old_after, new_after = accuracy(examples, new, found.root.language)
    table = Table("leave-one-out", "before", "after", box=None, pad_edge=False)
    table.add_row("examples so far", str(old), str(old_after))
    table.add_row("those added", str(new_before), str(new_after))
    console.print(table)
