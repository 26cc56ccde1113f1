"""make bench-callers: a thousand simulated callers a language call the finance hotline, at several word error
rates of the recogniser; the figures are those at 10 %. ivr/simulate tells how callers and errors are made.

turns_per_s counts processor time of one core for all of a turn: understanding, flow, backend, and the caller.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.result import Figure, report
from examples.loan_backend import LoanBackend
from ivr import config
from ivr.flow import loader
from ivr.node import links
from ivr.simulate import report as figures_of
from ivr.simulate.company import open_company
from ivr.tts.spoken import say_as

FLOWS = {"": Path("flows/finance/en/hotline.yaml"), "_zh": Path("flows/finance/zh/hotline.yaml")}
CALLERS, SEED, TODAY = 1000, 1, date(2026, 11, 23)
RATES = (0.0, 0.05, 0.10, 0.20)
REPORTED = 0.10
WARM_UP = 100
"""callers before the clock runs: texts are compiled and classifiers are read when they are first needed"""
AIMS = {
    "containment": "at least 0.8",
    "wrong_outcome": "at most 0.005",
    "identity_pass": "at least 0.95",
    "turns_per_s": "at least 2000",
}


@dataclass(frozen=True, slots=True)
class Measured:
    figures: figures_of.Figures
    turns_per_s: float


def measured(path: Path, settings: config.Settings) -> dict[float, Measured]:
    """By word error rate; each rate has the same callers and a company as it was at first."""
    flow = loader.load(path, say_as, links=links(settings.flows))
    flow.prepare()
    found = {}
    for rate in RATES:
        with open_company(flow, say_as, LoanBackend, TODAY, CALLERS + WARM_UP, SEED) as company:
            simulation = company.simulation(rate)
            list(simulation.hold_all(company.plans[CALLERS:]))
            started_s = time.process_time()
            held = list(simulation.hold_all(company.plans[:CALLERS]))
            took_s = time.process_time() - started_s
        calls = figures_of.judged(held)
        figures = figures_of.figures(calls)
        found[rate] = Measured(figures, figures.turns / took_s)
        if rate == REPORTED:
            Console(width=160).print(path.as_posix(), figures_of.goal_table(calls))
    return found


def by_rate(every: dict[str, dict[float, Measured]]) -> Table:
    """The table of all rates."""
    table = Table("", "word errors", "contained", "backend worked", "wrong", "identity", "person reached",
                  "turns a goal", "seconds a goal", "turns/s", box=None)  # fmt: skip
    for column in table.columns[1:]:
        column.justify = "right"
    for suffix, rates in every.items():
        for one in rates.values():
            f = one.figures
            table.add_row(
                "Mandarin" if suffix else "English", f"{f.word_errors:.1%}", f"{f.containment:.1%}",
                f"{f.containment_no_trouble:.1%}", f"{f.wrong_outcome:.2%}", f"{f.identity_pass:.1%}",
                f"{f.person_reached:.1%}", f"{f.turns_a_goal:.1f}", f"{f.seconds_a_goal:.0f}",
                f"{one.turns_per_s:.0f}",
            )  # fmt: skip
    return table


def main() -> None:
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    settings = config.load(Path("config.yaml"))
    every = {suffix: measured(path, settings) for suffix, path in FLOWS.items()}
    Console(width=160).print(by_rate(every))
    told: dict[str, Figure] = {}
    for suffix, rates in every.items():
        one = rates[REPORTED]
        told |= {
            f"containment{suffix}": round(one.figures.containment, 4),
            f"wrong_outcome{suffix}": round(one.figures.wrong_outcome, 4),
            f"identity_pass{suffix}": round(one.figures.identity_pass, 4),
            f"turns_per_s{suffix}": round(one.turns_per_s),
        }
    report("callers", told, AIMS | {f"{name}_zh": aim for name, aim in AIMS.items()})


if __name__ == "__main__":
    main()
