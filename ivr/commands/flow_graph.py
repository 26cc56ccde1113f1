"""`ivr flow graph`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from ivr import config
from ivr.commands.common import console, fail, settings
from ivr.flow.flow import Flow
from ivr.flow.graph_counts import Counts


def flow_graph(
    file: Annotated[Path, typer.Argument(help="Flow file.")],
    out: Annotated[
        Path | None, typer.Option(help="NAME.svg: this flow; NAME.html: with the flows it goes through.")
    ] = None,
    counts: Annotated[
        bool, typer.Option("--counts", help="How many calls went each way, from the journal.")
    ] = False,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only calls from this day on (UTC).")
    ] = None,
) -> None:
    """Draw a flow: steps as boxes, with what callers say, keys and conditions on the ways between them."""
    from ivr.flow.graph import graph
    from ivr.flow.graph_counts import counted
    from ivr.flow.graph_page import page
    from ivr.flow.graph_svg import svg
    from ivr.flow.loader import Links, load
    from ivr.located import YamlError
    from ivr.tts.spoken import say_as

    target = out or Path(f"{file.stem}.html")
    if target.suffix not in (".svg", ".html"):
        fail(f"--out {target}: write a .svg or a .html")
    loaded = settings("flow", level="warning")
    try:
        flow = load(file, say_as, links=Links(loaded.flows.transfers))
    except YamlError as error:
        fail(str(error))
    names = flow.flows if target.suffix == ".html" else [flow.name]
    graphs = {name: graph(flow.flows[name]) for name in names}
    note = ""
    if counts or since:
        found = _counts(flow, loaded, since and since.replace(tzinfo=UTC))
        graphs = {name: counted(made, name, found) for name, made in graphs.items()}
        note = f"Numbers: of {found.calls} calls{f' since {since:%Y-%m-%d}' if since else ''}."
    drawn = page(flow, graphs, note) if target.suffix == ".html" else svg(graphs[flow.name], flow.name)
    try:
        target.write_text(drawn, encoding="utf-8")
    except OSError as error:
        fail(f"cannot write {target}: {error.strerror}")
    console.print(str(target), highlight=False, soft_wrap=True)


def _counts(flow: Flow, loaded: config.Settings, since: datetime | None) -> Counts:
    from ivr.flow.graph_counts import KINDS
    from ivr.releases.walks import walks
    from ivr.store.database import StoreError

    found = Counts()
    try:
        for entries in walks(loaded.store.url, flow.name, flow.language, KINDS, since):
            found.add(flow, entries)
    except StoreError as error:
        fail(str(error))
    return found
