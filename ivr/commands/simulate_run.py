"""The work of `ivr simulate callers`: options enter; tables and the worst conversations are printed."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

from ivr.commands.common import console, errors, fail, settings
from ivr.commands.systems import import_from_here
from ivr.flow import loader
from ivr.located import YamlError
from ivr.node import links
from ivr.simulate import report
from ivr.simulate.calls import Held
from ivr.simulate.company import open_company
from ivr.talk import backends
from ivr.tts.spoken import say_as

TODAY = date(2026, 11, 23)
"""a Monday, and always the same: the callers are"""


def run(
    flow_file: Path, callers: int, wer: float, seed: int, backend: str, show: int, longest_s: int
) -> None:
    loaded = settings("simulate", level="error")
    import_from_here()
    try:
        # the backend stands for whatever service the flow names
        flow = loader.load(flow_file, say_as, links=replace(links(loaded.flows), services=None))
        factory = backends.factory(backend)
    except (YamlError, backends.BackendError) as error:
        fail(str(error))
    flow.prepare()
    with open_company(flow, say_as, factory, TODAY, callers, seed) as company:
        calls = report.judged(_until(company.simulation(wer).hold_all(company.plans), longest_s))
    if len(calls) < callers:
        errors.print(f"stopped after {longest_s} s: {len(calls)} of {callers} calls", style="yellow")
    for one in report.worst(calls, show):
        console.print(report.told(one), highlight=False, markup=False, soft_wrap=True)
    console.print(report.goal_table(calls))
    console.print(report.figure_table(report.figures(calls)))


def _until(calls: Iterable[Held], longest_s: float) -> Iterator[Held]:
    end_s = time.monotonic() + longest_s
    for held in calls:
        yield held
        if time.monotonic() > end_s:
            return
