"""Results of a replay enter; a table for people and a report for machines leave."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from ivr.replay.player import Result


def table(results: Sequence[Result]) -> Table:
    view = Table("fixture", "condition", "expected", "got", "", box=None, pad_edge=False)
    for result in results:
        mark = {True: "[green]ok[/]", False: "[red]differs[/]", None: "[yellow]-[/]"}[result.ok]
        view.add_row(result.id, result.condition, result.expected, result.got if not result.ok else "", mark)
    return view


def summary(results: Sequence[Result], elapsed_s: float) -> list[str]:
    """`elapsed_s` of wall time for all of them."""
    inside = [r for r in results if r.in_grammar is True and r.ok is not None]
    outside = [r for r in results if r.in_grammar is False and r.ok is not None]
    calls = [r for r in results if r.kind == "call" and r.ok is not None]
    taken = [r for r in outside if r.got not in ("rejected", "no input")]
    audio_s = sum(r.audio_ms for r in results) / 1000
    lines = [
        _share("inside the grammar, understood", sum(bool(r.ok) for r in inside), len(inside)),
        _share("outside, taken for a sentence", len(taken), len(outside)),
        _share("whole calls as described", sum(bool(r.ok) for r in calls), len(calls)),
        f"{audio_s:.0f} s of calls in {elapsed_s:.1f} s: {audio_s / elapsed_s:.0f} times real time",
    ]
    skipped = sum(r.ok is None for r in results)
    if skipped:
        lines.append(f"{skipped} not compared: no recogniser for their language")
    return lines


def _share(what: str, count: int, of: int) -> str:
    return f"{what}: {count} of {of}" + (f" ({100 * count / of:.1f} %)" if of else "")


def show(results: Sequence[Result], elapsed_s: float, console: Console) -> None:
    console.print(table(results))
    for line in summary(results, elapsed_s):
        console.print(line)


def write_json(results: Sequence[Result], path: Path) -> None:
    """Without times of this machine: the same input gives the same bytes."""
    rows = [result.as_dict() for result in results]
    path.write_text(json.dumps({"fixtures": rows}, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
