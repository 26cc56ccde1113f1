"""Outcomes enter; tables for people leave: all judges beside the aims, and ours taken apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rich.console import Console
from rich.table import Table

from bench.result import Figure
from bench.turn_labels import INTERRUPTS
from bench.turn_run import Score
from bench.turn_score import Outcome, percentile, share

AIMS = {
    "yield": "at least 0.99",
    "stop_ms_p50": "at most 250",
    "stop_ms_p95": "at most 400",
    "backchannel_ignored": "at least 0.90",
    "noise_ignored": "at least 0.97",
    "other_talker_ignored": "at least 0.90",
    "other_talker_ignored_unknown": "",
    "echo_ignored": "at least 0.99",
    "false_stops_per_min": "at most 0.02",
    "cut_off_rate": "at most 0.05",
    "reply_gap_ms_p50": "at most 400",
    "reply_gap_ms_p95": "at most 800",
    "cpu_percent_per_call": "at most 4",
}
Where = Callable[[Outcome], bool]
CONDITIONS: dict[str, Where] = {
    "all": lambda o: True,
    "people": lambda o: o.made == "human",
    "grown from a person's vowel": lambda o: o.made == "grown",
    "synthetic": lambda o: o.made == "synthetic",
    "Mandarin": lambda o: _event(o).get("language") == "zh",
    "profile known": lambda o: o.profile,
    "profile unknown": lambda o: not o.profile,
    "SNR 0-10 dB": lambda o: _line(o)["snr_db"] < 10,
    "SNR 10-15 dB": lambda o: 10 <= _line(o)["snr_db"] < 15,
    "SNR 15-20 dB": lambda o: _line(o)["snr_db"] >= 15,
    "white noise": lambda o: _line(o)["noise"] == "white",
    "pink noise": lambda o: _line(o)["noise"] == "pink",
    "recorded noise": lambda o: _line(o)["noise"] == "recorded",
    "babble": lambda o: _line(o)["noise"] == "babble",
    "no packet lost": lambda o: _line(o)["loss"] == 0,
    "packets lost": lambda o: _line(o)["loss"] > 0,
    "return loss 12-18 dB": lambda o: _line(o)["return_loss_db"] < 18,
    "return loss 18-30 dB": lambda o: _line(o)["return_loss_db"] >= 18,
    "shorter than 300 ms": lambda o: _length_ms(o) < 300,
    "300-600 ms": lambda o: 300 <= _length_ms(o) < 600,
    "longer than 600 ms": lambda o: 600 <= _length_ms(o) < 1e9,
}


def print_judges(
    console: Console, judges: Mapping[str, Mapping[str, Figure]], live: Mapping[str, Figure]
) -> None:
    """`live` are figures that only ours has."""
    view = Table("figure", *judges, "aim", box=None)
    for key, aim in AIMS.items():
        offline = [_text(figures.get(key)) for figures in judges.values()]
        if not key.startswith("reply_gap"):
            view.add_row(key, *([_text(live[key]), *offline[1:]] if key in live else offline), aim)
            continue
        view.add_row(f"{key} (live)", _text(live.get(key)), *("-" for _ in offline[1:]), aim)
        view.add_row(f"{key} (to the decision, not live)", *offline, "")
    console.print(view)


def print_kinds(console: Console, scores: Mapping[str, Score]) -> None:
    view = Table("stopped by", "number", *scores, box=None)
    for kind in ("interruption", "command", "backchannel", "cough", "noise", "music", "talker", "echo"):
        found = [[o for o in score.outcomes if o.kind == kind] for score in scores.values()]
        stopped = [_text(share(outcomes, True, lambda o: True)) for outcomes in found]
        view.add_row(kind, str(len(found[0])), *stopped)
    rates = [score.rates for score in scores.values()]
    quiet = [_text(round(r.echo_stops / r.echo_minutes, 3) if r.echo_minutes else None) for r in rates]
    view.add_row("stops a minute of echo only", f"{rates[0].echo_minutes:.0f} min", *quiet)
    console.print(view)


def print_conditions(console: Console, outcomes: list[Outcome]) -> None:
    view = Table("ours", "yield", "stop p50", "p95", "backch. ign.", "noise ign.", "talker ign.", "echo ign.",
                 "cut off", box=None)  # fmt: skip
    for name, where in CONDITIONS.items():
        some = [o for o in outcomes if where(o)]
        stops = [o.took_ms for o in some if o.kind in INTERRUPTS and o.took_ms is not None]
        view.add_row(
            name,
            _share(some, True, *INTERRUPTS),
            _text(percentile(stops, 50)),
            _text(percentile(stops, 95)),
            _share(some, False, "backchannel"),
            _share(some, False, "cough", "noise", "music"),
            _share(some, False, "talker"),
            _share(some, False, "echo"),
            _share(some, True, "turn"),
        )
    console.print(view)


def print_turns(console: Console, scores: Mapping[str, Score]) -> None:
    view = Table(
        "turns", "number", *(f"{judge}: cut off, gap p50 / p95, no end" for judge in scores), box=None
    )
    for kind in ("enrolment", "phrase", "digits", "sentence"):
        for paused in (False, True):
            found = [
                [o for o in score.outcomes if o.kind == "turn" and _is_turn(o, kind, paused)]
                for score in scores.values()
            ]
            if found[0]:
                name = f"{kind}, pause of 200-700 ms" if paused else kind
                view.add_row(name, str(len(found[0])), *map(_turns, found))
    console.print(view)


def _turns(outcomes: list[Outcome]) -> str:
    gaps = [o.took_ms for o in outcomes if o.took_ms is not None and not o.stopped]
    none = sum(o.took_ms is None and not o.stopped for o in outcomes)
    early = sum(o.stopped for o in outcomes) / len(outcomes)
    return f"{early:.0%}, {_text(percentile(gaps, 50))} / {_text(percentile(gaps, 95))}, {none}"


def _is_turn(outcome: Outcome, kind: str, paused: bool) -> bool:
    turn = (outcome.facts or {})["turn"]
    return bool(turn["kind"] == kind and (turn["pause_ms"] > 0) is paused)


def _share(outcomes: list[Outcome], stopped: bool, *kinds: str) -> str:
    some = [o for o in outcomes if o.kind in kinds]
    return f"{share(some, stopped, lambda o: True):.3f} ({len(some)})" if some else "-"


def _text(figure: Figure) -> str:
    return "-" if figure is None else f"{figure:g}"


def _event(outcome: Outcome) -> dict[str, object]:
    return (outcome.facts or {}).get("event", {})


def _line(outcome: Outcome) -> dict[str, float]:
    return (outcome.facts or {})["line"]


def _length_ms(outcome: Outcome) -> float:
    event = (outcome.facts or {}).get("event")
    return event["end_ms"] - event["onset_ms"] if event else 1e9
