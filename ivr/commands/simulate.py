"""`ivr simulate callers`: its options; the work is done in simulate_run.py."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

simulate_app = typer.Typer(no_args_is_help=True, help="Let simulated people use the bot.")


@simulate_app.command("callers")
def simulate_callers(
    flow_file: Annotated[Path, typer.Argument(help="The flow that they call.")],
    callers: Annotated[int, typer.Option(min=1, max=20_000, help="How many.")] = 1000,
    wer: Annotated[float, typer.Option(min=0.0, max=0.6, help="Word errors of the recogniser.")] = 0.10,
    seed: Annotated[int, typer.Option(help="The same one draws the same callers.")] = 1,
    backend: Annotated[
        str, typer.Option(help="package.module:factory of the customer system.")
    ] = "examples.loan_backend:LoanBackend",
    show: Annotated[int, typer.Option(min=0, max=1000, help="Print so many of the worst calls.")] = 0,
    longest_s: Annotated[int, typer.Option(min=1, max=36_000, help="Hold no more calls after this.")] = 600,
) -> None:
    """Hold calls of scripted people with goals, habits and a noisy line, and tell what came of them."""
    from ivr.commands import simulate_run

    simulate_run.run(flow_file, callers, wer, seed, backend, show, longest_s)
