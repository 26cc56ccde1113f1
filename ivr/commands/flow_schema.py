"""`ivr flow schema`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from ivr.commands.common import console, fail


def flow_schema(
    out: Annotated[Path, typer.Option(help="File to write.")] = Path("flow.schema.json"),
) -> None:
    """Write the JSON Schema of the flow language, for editors that help with YAML."""
    from ivr.flow.editor import schema

    try:
        out.write_text(json.dumps(schema(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        fail(f"cannot write {out}: {error.strerror}")
    console.print(f"{out}; a flow names it in its first line:", highlight=False)
    console.print(f"# yaml-language-server: $schema={out}", highlight=False, markup=False)
