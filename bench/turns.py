"""make bench-turns: when the voice stops, for whom, and when a turn has ended; ours and the peers.

Calls put together from recordings of people, synthetic callers and noises of one half of the material, with
echo, noise, G.711 and packet loss (turn_scenes.py); every judge gets the same samples (turn_ours.py,
turn_peers.py) and is scored the same way (turn_score.py). The reply gap comes from live calls (turn_live.py).

The half "test" is for the reported figures, "tuning" for everything else. Only a whole run over the half
"test" writes bench/turns.json and the picture.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence

from rich.console import Console

from bench.result import FOLDER, SPEECH, Figure
from bench.turn_labels import INTERRUPTS
from bench.turn_live import reply_gaps_ms
from bench.turn_ours import Cost, ours, settings
from bench.turn_picture import Point, draw
from bench.turn_run import PEERS, SWEPT, Plan, Score, plan, play, swept_name
from bench.turn_scenes import SceneMaker
from bench.turn_score import Outcome, figures, percentile, share
from bench.turn_tables import print_conditions, print_judges, print_kinds, print_turns

EVENTS = 1000
VALUES = (0.5, 0.75, 0.98)
COST_CALLS = 4
OUTCOMES = FOLDER.parent / "var" / "bench" / "turns-events.jsonl"
PICTURE = FOLDER.parent / "docs" / "turns-tradeoff.png"


def cpu_percent(chosen: Plan) -> float:
    maker = SceneMaker(chosen.half, chosen.calls)
    with Cost() as cost:
        for number in range(min(COST_CALLS, chosen.calls)):
            scene, (caller, bot) = maker.scene(number)
            ours(scene, caller, bot)
    return round(cost.percent, 2)


def live_gaps(console: Console) -> dict[str, Figure]:
    gaps = reply_gaps_ms()
    console.print(f"{len(gaps)} turns of live calls")
    return {"reply_gap_ms_p50": percentile(gaps, 50), "reply_gap_ms_p95": percentile(gaps, 95)}


def write_outcomes(scores: Mapping[str, Score]) -> None:
    OUTCOMES.parent.mkdir(parents=True, exist_ok=True)
    with OUTCOMES.open("w", encoding="utf-8") as file:
        for score in scores.values():
            for outcome in score.outcomes:
                file.write(json.dumps(outcome.as_dict(), ensure_ascii=False, default=float) + "\n")


def point(name: str, outcomes: Sequence[Outcome]) -> Point:
    stopped = share(outcomes, True, lambda o: o.kind in INTERRUPTS)
    ignored = share(outcomes, False, lambda o: o.kind == "backchannel")
    return Point(name, float(stopped or 0), float(ignored or 0))


def tradeoff(chosen: Plan, scores: Mapping[str, Score]) -> tuple[list[Point], list[Point]]:
    """The curve of ours and a point for every judge, all over the swept calls; without a sweep over all."""

    def drawn(judge: str) -> list[Outcome]:
        outcomes = scores[judge].outcomes
        return [o for o in outcomes if o.scene in chosen.swept_calls] if chosen.swept else outcomes

    own = float(getattr(settings().listen, SWEPT))
    tried = {value: drawn(swept_name(value)) for value in chosen.swept} | {own: drawn("ours")}
    curve = [point(f"{SWEPT} {value:g}", tried[value]) for value in sorted(tried)]
    return curve, [point(judge, drawn(judge)) for judge in ("ours", *PEERS) if judge in scores]


def as_json(judges: Mapping[str, Mapping[str, Figure]], live: Mapping[str, Figure]) -> dict[str, Figure]:
    """Flat: ours first, then the peers' figures with their names before the keys."""
    flat = {**judges["ours"], **live}
    for judge, made in judges.items():
        if judge != "ours":
            flat |= {f"{judge}_{key}": value for key, value in made.items()}
    return flat


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.turns")
    parser.add_argument("--half", choices=("test", "tuning"), default="test")
    parser.add_argument("--events", type=int, default=EVENTS, help="about so many")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--no-live", action="store_true")
    parser.add_argument("--no-sweep", action="store_true")
    parser.add_argument(
        "--only-live", action="store_true",
        help="measure what depends on the machine's load again, into the figures of the last whole run",
    )  # fmt: skip
    parser.add_argument("--sweep", type=float, nargs="+", default=VALUES, metavar=SWEPT)
    return parser.parse_args()


def main() -> None:
    if not SPEECH.is_dir():
        sys.exit(f"bench-turns needs the recordings of people, and {SPEECH} is missing: nothing was measured")
    asked, console = arguments(), Console()
    values = () if asked.no_sweep else tuple(asked.sweep)
    chosen = plan(asked.half, asked.events, asked.jobs, not asked.no_peers, values)
    path = FOLDER / "turns.json"
    if asked.only_live:
        again = live_gaps(console) | {"cpu_percent_per_call": cpu_percent(chosen)}
        flat = json.loads(path.read_text(encoding="utf-8")) | again
        path.write_text(json.dumps(flat, indent=1) + "\n", encoding="utf-8")
        console.print(again)
        return
    played = play(chosen)
    write_outcomes(played)
    curve, points = tradeoff(chosen, played)
    scores = {judge: score for judge, score in played.items() if judge in ("ours", *PEERS)}
    judges = {judge: figures(score.outcomes, score.rates) for judge, score in scores.items()}
    cost: dict[str, Figure] = {"cpu_percent_per_call": cpu_percent(chosen)}
    live = cost if asked.no_live else cost | live_gaps(console)
    print_conditions(console, scores["ours"].outcomes)
    print_turns(console, scores)
    print_kinds(console, scores)
    print_judges(console, judges, live)
    for place in [*curve, *points]:
        console.print(f"{place.name}: yield {place.stopped:g}, backchannels ignored {place.ignored:g}")
    whole = chosen.peers and asked.events >= EVENTS and "reply_gap_ms_p50" in live and values
    if chosen.half != "test" or not whole:
        console.print("not a whole run over the half 'test': no figures written")
        return
    draw(PICTURE, curve, points)
    path.write_text(json.dumps(as_json(judges, live), indent=1) + "\n", encoding="utf-8")
    console.print(
        f"written: {', '.join(str(p.relative_to(FOLDER.parent)) for p in (path, PICTURE, OUTCOMES))}"
    )


if __name__ == "__main__":
    main()
