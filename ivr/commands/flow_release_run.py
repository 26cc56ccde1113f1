"""Releases on the command line: a flow file enters; it is checked and tried, kept as a version, and given to
new calls, or what versions there are and how they did is printed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from rich.table import Table

from ivr import config
from ivr.commands.common import console, errors, fail, tell
from ivr.flow.flow import Flow
from ivr.located import YamlError
from ivr.node import flow_files, flow_loader, links, make_prompts, service_uris
from ivr.releases.compare import FEWEST, difference
from ivr.releases.index import Index, ReleaseError
from ivr.releases.store import Releases
from ivr.releases.tally import Tally, tally
from ivr.store.database import StoreError

PROBE_S = 1.0
"""for a speech process to answer"""


def keep(file: Path, loaded: config.Settings, untested: bool) -> str:
    """The version of the file as it is now, kept. Ends the command where it must not be released."""
    flow = _checked(file, loaded)
    if not untested:
        _try(file, flow, loaded)
    flow.prepare()
    _make_prompts(flow, loaded)
    try:
        return _releases(loaded).keep(file, flow)
    except (ReleaseError, YamlError) as error:
        fail(str(error))


def release(file: Path, loaded: config.Settings, version: str, percent: int, note: str) -> None:
    releases = _releases(loaded)
    try:
        releases.load(file, version)  # the settings may have changed since it was kept
        index = releases.release(file, version, _now(), percent, note)
    except (ReleaseError, YamlError) as error:
        fail(f"{error}\n{file}: not released")
    _tell_shares(file, index)
    named = {releases.place(path) for path in flow_files(loaded)}
    if releases.place(file) not in named:
        errors.print(
            f"{file}: no number of the settings leads to it", style="yellow", highlight=False, soft_wrap=True
        )


def rollback(file: Path, loaded: config.Settings, note: str) -> None:
    try:
        _tell_shares(file, _releases(loaded).rollback(file, _now(), note))
    except ReleaseError as error:
        fail(str(error))


def _tell_shares(file: Path, index: Index) -> None:
    shares = {version: index.percent_of(version) for version in (index.current, index.trial) if version}
    told = ", ".join(f"{percent} % of new calls get version {name}" for name, percent in shares.items())
    console.print(f"{file}: {told}", highlight=False, soft_wrap=True)


def _releases(loaded: config.Settings) -> Releases:
    return Releases(loaded.flows.releases, flow_loader(loaded.flows))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


# --- before a release -----------------------------------------------------------------------------


def _checked(file: Path, loaded: config.Settings) -> Flow:
    from ivr.asr.engines import unknown_words
    from ivr.flow.check import check

    try:
        flow = flow_loader(loaded.flows)(file)
        problems = check(file, {}, unknown_words, links(loaded.flows))
    except YamlError as error:
        problems = list(error.problems)
    if problems:
        tell(sorted(problems))
        fail(f"{file}: not released")
    return flow


def _try(file: Path, flow: Flow, loaded: config.Settings) -> None:
    """All conversations of the flow and of those that it calls."""
    from ivr.commands import flow_test_run
    from ivr.talk.script import script_of

    files = [part.file for part in flow.flows.values() if script_of(part.file).is_file()]
    if not files:
        fail(f"{file}: not released: no conversations stand beside it; write some, or add --untested")
    if not flow_test_run.run(files, loaded, "", audio=False, coverage=False):
        fail(f"{file}: not released; mend it, or add --untested")


def _make_prompts(flow: Flow, loaded: config.Settings) -> None:
    """Where speech is served now; else whoever loads the flow makes them."""
    from ivr.speech import health
    from ivr.tts import SynthesisError

    if not any(health.alive(uri, PROBE_S) for uri in service_uris(loaded.speech)):
        return
    try:
        report = make_prompts(loaded).fill(flow.fixed_prompts())
    except SynthesisError as error:
        fail(str(error))
    console.print(f"prompts: {report.made} made, {report.kept} kept", highlight=False)
    for problem in report.failed:
        errors.print(f"prompt: {problem}", style="yellow", highlight=False, soft_wrap=True)


# --- what was released, and how it did --------------------------------------------------------------


def versions(file: Path, loaded: config.Settings) -> None:
    try:
        index = _releases(loaded).index(file)
    except ReleaseError as error:
        fail(str(error))
    if index is None:
        console.print(f"{file}: was never released; calls run it from its file", highlight=False)
        return
    calls = {each.version: each.calls for each in _tallies(file, loaded, None)}
    table = Table("since (UTC)", "version", "share", "now", "calls", "note", box=None, pad_edge=False)
    shown: set[str] = set()
    for switch in reversed(index.history):
        now = index.percent_of(switch.version)
        first = switch.version not in shown  # what holds for a version stands in its newest line alone
        shown.add(switch.version)
        table.add_row(
            switch.at.removesuffix("+00:00").replace("T", " "),
            switch.version,
            f"{switch.percent} %",
            f"{now} %" if first and now else "",
            str(calls.get(switch.version, 0)) if first else "",
            "; ".join(filter(None, ("rollback" if switch.back else "", switch.note))),
        )
    console.print(table, highlight=False)


def compare(file: Path, loaded: config.Settings, since: datetime | None) -> None:
    tallies = _tallies(file, loaded, since)
    if not tallies:
        console.print(f"{file}: no call has ended yet", highlight=False)
        return
    table = Table(
        "version", "first call (UTC)", "calls", "contained", "handed on", "not understood", "turns a call",
        box=None, pad_edge=False,
    )  # fmt: skip
    for above, each in zip([None, *tallies], tallies, strict=False):
        table.add_row(
            each.version,
            f"{each.first:%Y-%m-%d %H:%M}",
            str(each.calls),
            *(_told(share, above, each) for share in (_contained, _handed_on, _not_understood)),
            f"{each.turns / each.calls:.1f}",
        )
    console.print(table, highlight=False)


Share = tuple[int, int]
"""how many, of how many"""


def _contained(of: Tally) -> Share:
    return of.contained, of.calls


def _handed_on(of: Tally) -> Share:
    return of.handed_on, of.calls


def _not_understood(of: Tally) -> Share:
    """Of the turns of its callers, several of which are one call's."""
    return min(of.no_matches, of.turns), of.turns


def _told(share: Callable[[Tally], Share], above: Tally | None, here: Tally) -> str:
    """The share, and its difference to the version above on a line of its own."""
    hits, total = share(here)
    told = f"{100 * hits / total:.1f} %" if total else "-"
    if above is None:
        return told
    found = difference(*share(above), hits, total)
    if found is None or min(above.calls, here.calls) < FEWEST:
        return f"{told}\ntoo few calls to tell"
    sure = "" if found.sure else ": not sure"
    return f"{told}\n{100 * found.low:+.1f} to {100 * found.high:+.1f}{sure}"


def _tallies(file: Path, loaded: config.Settings, since: datetime | None) -> list[Tally]:
    flow = _root(file, loaded)
    try:
        return tally(loaded.store.url, flow.name, flow.language, since)
    except StoreError as error:
        fail(str(error))


def _root(file: Path, loaded: config.Settings) -> Flow:
    """As it is released; else from its file."""
    releases = _releases(loaded)
    try:
        index = releases.index(file)
        return releases.load(file, index.current) if index else flow_loader(loaded.flows)(file)
    except (ReleaseError, YamlError) as error:
        fail(str(error))
