"""`ivr flow graph`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ivr.commands.common import console, fail, settings


def flow_graph(
    file: Annotated[Path, typer.Argument(help="Flow file.")],
    out: Annotated[
        Path | None, typer.Option(help="NAME.svg: this flow; NAME.html: with the flows it goes through.")
    ] = None,
) -> None:
    """Draw a flow: steps as boxes, what callers say and conditions on the lines between them."""
    from ivr.flow.graph import page, svg
    from ivr.flow.loader import load
    from ivr.located import YamlError
    from ivr.node import links
    from ivr.tts.spoken import say_as

    target = out or Path(f"{file.stem}.html")
    if target.suffix not in (".svg", ".html"):
        fail(f"--out {target}: write a .svg or a .html")
    try:
        flow = load(file, say_as, links=links(settings("flow", level="warning").flows))
    except YamlError as error:
        fail(str(error))
    try:
        target.write_text(svg(flow) if target.suffix == ".svg" else page(flow), encoding="utf-8")
    except OSError as error:
        fail(f"cannot write {target}: {error.strerror}")
    console.print(str(target), highlight=False)
