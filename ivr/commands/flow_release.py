"""`ivr flow release`, `rollback`, `versions` and `compare`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from ivr.commands.common import console, fail, settings, tell

File = Annotated[Path, typer.Argument(help="Flow file, as the settings name it.")]


def flow_release(
    file: File,
    percent: Annotated[int, typer.Option(min=1, max=100, help="Share of new calls that get it.")] = 100,
    note: Annotated[str, typer.Option(help="Why; kept with the version.")] = "",
    untested: Annotated[bool, typer.Option(help="Without holding its conversations.")] = False,
) -> None:
    """Give a flow to new calls, without a restart. One with a mistake is refused and changes nothing."""
    from ivr.asr.engines import unknown_words
    from ivr.commands import flow_test_run
    from ivr.flow.check import check
    from ivr.flow.loader import load
    from ivr.node import links
    from ivr.releases.store import ReleaseError, Releases
    from ivr.tts.spoken import say_as

    loaded = settings("flow", level="warning")
    offered = links(loaded.flows)
    problems = check(file, {}, unknown_words, offered)
    if problems:
        tell(problems)
        fail(f"{file}: not released")
    if not untested and not flow_test_run.run([file], loaded, "", audio=False, coverage=False):
        fail(f"{file}: not released; mend it, or add --untested")
    try:
        index = Releases(loaded.flows.releases).release(
            file, load(file, say_as, links=offered), _now(), percent, note
        )
    except ReleaseError as error:
        fail(str(error))
    version = index.trial or index.current
    console.print(f"{file}: {percent} % of new calls get version {version}", highlight=False)


def flow_rollback(file: File) -> None:
    """End the trial of a version, or give new calls the version before."""
    from ivr.releases.store import ReleaseError, Releases

    try:
        index = Releases(settings("flow", level="warning").flows.releases).rollback(file)
    except ReleaseError as error:
        fail(str(error))
    console.print(f"{file}: all new calls get version {index.current}", highlight=False)


def flow_versions(file: File) -> None:
    """List what was released of a flow."""
    from rich.table import Table

    from ivr.releases.store import ReleaseError, Releases

    try:
        index = Releases(settings("flow", level="warning").flows.releases).index(file)
    except ReleaseError as error:
        fail(str(error))
    if index is None:
        console.print(f"{file}: was never released; calls run it from its file", highlight=False)
        return
    table = Table("version", "released (UTC)", "new calls", "note")
    for release in index.history:
        share = 100 - index.percent if release.version == index.current else 0
        share = index.percent if release.version == index.trial else share
        table.add_row(release.version, release.at, f"{share} %" if share else "-", release.note)
    console.print(table)


def flow_compare(
    file: File,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Calls from this day on.")
    ] = None,
) -> None:
    """How calls went by version: contained, passed on, not understood. Told apart only where it is sure."""
    from rich.table import Table

    from ivr.releases import compare
    from ivr.store.database import StoreError
    from ivr.store.reader import Reader

    loaded = settings("flow", level="warning")
    name = _flow_name(file)
    try:
        with Reader(loaded.store.url) as reader:
            records = reader.ended_calls(name, since.replace(tzinfo=UTC) if since else None)
    except StoreError as error:
        fail(str(error))
    counted = compare.count(compare.Ended(r.flow_version, r.outcome, r.turns, r.no_matches) for r in records)
    table = Table(
        "version",
        "calls",
        "contained",
        "passed on",
        "not understood",
        "turns a call",
        "contained against the version above",
    )
    above: compare.Counted | None = None
    for version in counted:
        table.add_row(
            version.version, str(version.calls), f"{version.share(version.contained):.1%}",
            f"{version.share(version.handed_over):.1%}", f"{version.no_match_share:.1%}",
            f"{version.turns / version.calls:.1f}", _told(above, version),
        )  # fmt: skip
        above = version
    console.print(table if counted else f"no call of flow '{name}' has ended yet")


def _told(above: object, version: object) -> str:
    from ivr.releases.compare import Counted, difference

    if not isinstance(above, Counted) or not isinstance(version, Counted):
        return ""
    interval = difference(above.contained, above.calls, version.contained, version.calls)
    if interval is None:
        return "too few calls to tell"
    low, high = interval
    words = "better" if low > 0 else "worse" if high < 0 else "no difference that is sure"
    return f"{words} ({low:+.1%} to {high:+.1%})"


def _flow_name(file: Path) -> str:
    from ivr import located
    from ivr.located import YamlError

    try:
        data = located.read(file).data
    except YamlError as error:
        fail(str(error))
    return str(data.get("flow", "")) if isinstance(data, dict) else ""


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
