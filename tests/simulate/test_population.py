"""Whole calls: the same seed holds the same ones, honest callers are served, others get nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from examples.loan_backend import LoanBackend
from ivr.flow.flow import Flow
from ivr.flow.loader import load
from ivr.simulate import report
from ivr.simulate.company import open_company
from ivr.simulate.habits import Habits
from ivr.simulate.judge import Verdict
from ivr.simulate.population import Wish
from ivr.simulate.report import Judged
from ivr.tts.spoken import say_as

TODAY = date(2026, 11, 23)
COUNT = 60
LANGUAGES = ("en", "zh")


@pytest.fixture(scope="module", params=LANGUAGES)
def hotline(request: pytest.FixtureRequest) -> Flow:
    path = Path(f"flows/finance/{request.param}/hotline.yaml")
    return load(path, say_as, {"agents": "sip:agents@127.0.0.1:5070"})


def calls(flow: Flow, wer: float, seed: int = 1, **changes: object) -> list[Judged]:
    with open_company(flow, say_as, LoanBackend, TODAY, COUNT, seed) as company:
        plans = [replace(plan, **changes) for plan in company.plans]  # type: ignore[arg-type]
        return report.judged(company.simulation(wer).hold_all(plans))


def test_the_same_seed_holds_the_same_calls(hotline: Flow) -> None:
    def told(seed: int) -> list[str]:
        shown = [report.told(one) for one in calls(hotline, 0.1, seed)]
        return [text for text in shown if "six digits" not in text and "六位" not in text]  # codes are secret

    assert told(1) == told(1)
    assert told(1) != told(2)


def test_calm_callers_on_a_clear_line_are_served(hotline: Flow) -> None:
    ones = calls(
        hotline,
        0.0,
        wish=Wish.BUSINESS,
        honest=True,
        trouble=0.0,
        habits=Habits(patience=6),
        agents_free=True,
    )
    measured = report.figures(ones)
    assert measured.containment >= 0.9
    assert measured.wrong_outcome == 0
    assert measured.identity_pass == 1
    assert measured.flow_errors == 0


def test_a_noisy_population_does_nothing_wrong(hotline: Flow) -> None:
    measured = report.figures(calls(hotline, 0.1))
    assert measured.containment >= 0.65
    assert measured.wrong_outcome <= 0.02
    assert 0.06 < measured.word_errors < 0.14


def test_whoever_guesses_does_not_pass(hotline: Flow) -> None:
    ones = calls(hotline, 0.0, wish=Wish.BUSINESS, honest=False, calls_from="")
    private = [one for one in ones if one.held.plan.goal.identified]
    assert len(private) > COUNT / 2
    assert report.figures(private).breaches == 0


def test_a_backend_that_never_answers_changes_nothing(hotline: Flow) -> None:
    ones = calls(hotline, 0.0, trouble=1.0)
    assert not [one for one in ones if one.held.exchanges]
    assert {one.verdict for one in ones}.isdisjoint({Verdict.CONTAINED, Verdict.WRONG})


def test_the_worst_are_told_first(hotline: Flow) -> None:
    ones = calls(hotline, 0.2)
    worst = report.worst(ones, 10)
    order = [report.WORST_FIRST.index(one.verdict) for one in worst]
    assert order == sorted(order)
    assert "bot: " in report.told(worst[0])
    assert report.goal_table(ones).row_count > 10
