"""`ivr chat`: its options; chat_run.py has the work."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from ivr.commands.common import fail, settings


def chat(
    flow: Annotated[Path, typer.Argument(help="Flow file.")],
    caller: Annotated[str, typer.Option(help="The number that calls.")] = "",
    today: Annotated[str, typer.Option(help="The day of the call, such as 2026-11-23.")] = "",
    scores: Annotated[
        bool, typer.Option("--scores", help="Tell after every turn what it may have meant.")
    ] = False,
    state: Annotated[
        bool, typer.Option("--state", help="Tell after every turn where the call stands.")
    ] = False,
    backend: Annotated[
        str,
        typer.Option(help="package.module:factory of a service in this process, in place of all services."),
    ] = "",
) -> None:
    """Talk to a flow by typing.

    An empty line is silence, #123 or 'keys 123' are keys, /help lists what else there is; Ctrl-D ends.
    """
    from ivr.commands import chat_run

    loaded = settings("chat", level="error")
    try:
        day = date.fromisoformat(today) if today else datetime.now().date()
    except ValueError:
        fail(f"--today {today}: is no day; write it as 2026-11-23")
    chat_run.run(flow, loaded, caller, day, backend, scores, state)
