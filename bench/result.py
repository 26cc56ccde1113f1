"""Named figures enter; a table for people and bench/NAME.json for machines leave."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from rich.table import Table

FOLDER = Path(__file__).parent
SPEECH = FOLDER.parents[1] / "shared" / "speech"
"""recordings of real people; benches that need them say so where they are missing"""

Figure = int | float | None


def report(name: str, figures: Mapping[str, Figure], aims: Mapping[str, str]) -> None:
    """`aims` are shown beside the figures; a missed one is still written as it is."""
    view = Table("figure", "measured", "aim", box=None)
    for key, value in figures.items():
        view.add_row(key, "-" if value is None else f"{value:g}", aims.get(key, ""))
    Console().print(view)
    path = FOLDER / f"{name}.json"
    path.write_text(json.dumps(dict(figures), indent=1) + "\n", encoding="utf-8")
    print(f"written: {path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path}")
