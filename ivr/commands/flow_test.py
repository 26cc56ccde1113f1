"""`ivr flow test`: its options; flow_test_run.py has the work."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ivr.commands.common import settings


def flow_test(
    files: Annotated[list[Path], typer.Argument(help="Flow files, their test files, or folders of them.")],
    only: Annotated[str, typer.Option(help="Only conversations whose name contains this.")] = "",
    audio: Annotated[bool, typer.Option("--audio", help="Hold them by voice too: spoken and heard.")] = False,
    coverage: Annotated[
        bool, typer.Option("--coverage", help="Tell the steps and branches that no conversation reached.")
    ] = False,
) -> None:
    """Hold the conversations that stand beside flows, in NAME.test.yaml.

    Known failures of a file must go on failing: one that succeeds is told, to be struck off.
    """
    from ivr.commands import flow_test_run

    loaded = settings("flow", level="error")
    raise typer.Exit(0 if flow_test_run.run(files, loaded, only, audio, coverage) else 1)
