"""`ivr flow release`, `rollback`, `versions` and `compare`: options; flow_release_run.py has the work."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from ivr.commands.common import settings

File = Annotated[Path, typer.Argument(help="Flow file that the settings name.")]
Note = Annotated[str, typer.Option(help="Why; kept in the history.")]


def flow_release(
    file: File,
    percent: Annotated[int, typer.Option(min=1, max=100, help="Share of new calls that get it.")] = 100,
    note: Note = "",
    version: Annotated[str, typer.Option(help="One that was released before, in place of the file.")] = "",
    untested: Annotated[bool, typer.Option("--untested", help="Without holding the conversations.")] = False,
) -> None:
    """Give a flow, with all that it calls, to new calls, without a restart.

    One with a mistake, or that fails a conversation, is refused and changes nothing.
    """
    from ivr.commands import flow_release_run

    loaded = settings("flow", level="warning")
    if not version:
        version = flow_release_run.keep(file, loaded, untested)
    flow_release_run.release(file, loaded, version, percent, note)


def flow_rollback(file: File, note: Note = "") -> None:
    """End the trial of a version, or give new calls the version before."""
    from ivr.commands import flow_release_run

    flow_release_run.rollback(file, settings("flow", level="warning"), note)


def flow_versions(file: File) -> None:
    """List what was released of a flow, with the calls that each version had."""
    from ivr.commands import flow_release_run

    flow_release_run.versions(file, settings("flow", level="warning"))


def flow_compare(
    file: File,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only calls from this day on (UTC).")
    ] = None,
) -> None:
    """Compare how calls went by version: contained, handed on, not understood, turns a call.

    Each share is followed by its difference to the version above (percentage points, 95 % interval).
    """
    from ivr.commands import flow_release_run

    flow_release_run.compare(file, settings("flow", level="warning"), since and since.replace(tzinfo=UTC))
