"""`ivr flow check`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ivr.commands.common import console, settings, tell


def flow_check(files: Annotated[list[Path], typer.Argument(help="Flow files.")]) -> None:
    """Tell every error of dialogue files at once, with file and line."""
    from ivr.asr.engines import unknown_words
    from ivr.flow.check import check
    from ivr.node import links

    offered = links(settings("flow", level="warning").flows)
    problems = {problem for file in files for problem in check(file, {}, unknown_words, offered)}
    tell(sorted(problems))
    if problems:
        raise typer.Exit(1)
    console.print(f"{len(files)} checked, no problem")
