"""`ivr flow learn`: its options; flow_learn_run.py has the work."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from ivr.commands.common import fail, settings


def flow_learn(
    flow: Annotated[Path, typer.Argument(help="Flow file.")],
    since: Annotated[str, typer.Option(help="Only calls from this day on, such as 2026-11-23 (UTC).")] = "",
    calls: Annotated[int, typer.Option(min=1, max=1_000_000, help="Read at most so many calls.")] = 1000,
    sentences: Annotated[
        Path | None,
        typer.Option("--from", help="Read this file instead: a sentence a line, or caller, tab, sentence."),
    ] = None,
    min_callers: Annotated[
        int, typer.Option(min=1, max=1000, help="Propose what so many different callers said.")
    ] = 2,
    out: Annotated[Path, typer.Option(help="File of the proposals.")] = Path("proposals.yaml"),
    accept: Annotated[
        list[str] | None, typer.Option(help="GROUP=INTENT: accept this group in the file of the proposals.")
    ] = None,
    apply: Annotated[
        Path | None, typer.Option(help="Add what is accepted in this file of proposals to the flow.")
    ] = None,
) -> None:
    """Propose examples from what callers said and the bot did not understand; add those that you accept.

    First without --accept and --apply; then edit the file, or accept groups with --accept; then --apply.
    """
    from ivr.commands import flow_learn_run

    loaded = settings("flow", level="error")
    marks = [_mark(one) for one in accept or ()]
    if marks:
        flow_learn_run.mark(flow, apply or out, dict(marks))
    if apply:
        flow_learn_run.apply(flow, apply, loaded)
    elif not marks:
        flow_learn_run.propose(flow, loaded, sentences, _day(since), calls, min_callers, out)


def _mark(text: str) -> tuple[int, str]:
    group, equals, intent = text.partition("=")
    if not equals or not group.strip().isdigit() or not intent.strip():
        fail(f"--accept {text}: write it as GROUP=INTENT, such as 3=repay_early")
    return int(group), intent.strip()


def _day(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC) if text else None
    except ValueError:
        fail(f"--since {text}: is no day; write it as 2026-11-23")
