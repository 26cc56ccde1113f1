"""The figures of a population: calls that were held enter; shares, means and tables leave."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean

from rich.table import Table

from ivr.simulate.calls import Held
from ivr.simulate.judge import Verdict, verdict
from ivr.simulate.population import Wish

WORST_FIRST = (Verdict.WRONG, Verdict.GAVE_UP, Verdict.PERSON, Verdict.PERSON_WANTED)
"""a call that is none of these is not worth reading"""


@dataclass(frozen=True, slots=True)
class Judged:
    held: Held
    verdict: Verdict

    @property
    def asked_for_business(self) -> bool:
        """An honest caller with a business of ours: those whom the bot should have served."""
        return self.held.plan.wish is Wish.BUSINESS and self.held.plan.honest


@dataclass(frozen=True, slots=True)
class Figures:
    callers: int
    turns: int
    word_errors: float
    """share of the words that were said"""
    containment: float
    """of honest callers with a business, backends that fail among them: goal reached without a person"""
    containment_no_trouble: float
    """of those whose backend worked"""
    wrong_outcome: float
    """of all callers"""
    identity_pass: float
    """of honest callers whose identity was checked"""
    breaches: int
    """dishonest callers who passed"""
    dishonest: int
    person_reached: float
    """of callers who wanted a person from the beginning: they were passed on"""
    misled: float
    """of callers out of scope: led into some business"""
    turns_a_goal: float
    seconds_a_goal: float
    """speech of both sides, keys and pauses, of calls that reached it"""
    flow_errors: int


def judged(calls: Iterable[Held]) -> list[Judged]:
    return [Judged(held, verdict(held)) for held in calls]


def figures(calls: Sequence[Judged]) -> Figures:
    served = [one for one in calls if one.asked_for_business]
    calm = [one for one in served if not one.held.plan.trouble]
    done = [one.held for one in served if one.verdict is Verdict.CONTAINED]
    checked = [
        one.held for one in calls if one.held.plan.honest and one.held.identity and not one.held.plan.trouble
    ]
    persons = [one for one in calls if one.held.plan.wish is Wish.PERSON]
    others = [one.held for one in calls if one.held.plan.wish is Wish.OTHER]
    dishonest = [one for one in calls if not one.held.plan.honest]
    words = sum(one.held.words for one in calls)
    return Figures(
        callers=len(calls),
        turns=sum(one.held.turns for one in calls),
        word_errors=sum(one.held.errors for one in calls) / words if words else 0.0,
        containment=_share(one.verdict is Verdict.CONTAINED for one in served),
        containment_no_trouble=_share(one.verdict is Verdict.CONTAINED for one in calm),
        wrong_outcome=_share(one.verdict is Verdict.WRONG for one in calls),
        identity_pass=_share("verified" in held.identity for held in checked),
        breaches=sum(one.verdict is Verdict.WRONG for one in dishonest),
        dishonest=len(dishonest),
        person_reached=_share(one.verdict is Verdict.PERSON_WANTED for one in persons),
        misled=_share(bool(held.flows - {"to_person", "leave_message"}) for held in others),
        turns_a_goal=fmean(held.turns for held in done) if done else 0.0,
        seconds_a_goal=fmean(held.seconds for held in done) if done else 0.0,
        flow_errors=sum(len(one.held.flow_errors) for one in calls),
    )


def _share(hits: Iterable[bool]) -> float:
    counted = list(hits)
    return sum(counted) / len(counted) if counted else 0.0


def goal_table(calls: Sequence[Judged]) -> Table:
    """Of honest callers with a business, by goal: how their calls went."""
    table = Table("goal", "callers", *(one.value for one in Verdict if one is not Verdict.RIGHTLY_REFUSED),
                  "turns", "seconds", box=None)  # fmt: skip
    for column in table.columns[1:]:
        column.justify = "right"
    by_goal: dict[str, list[Judged]] = {}
    for one in calls:
        if one.asked_for_business:
            by_goal.setdefault(one.held.plan.goal.name, []).append(one)
    for name, ones in sorted(by_goal.items()):
        counts = Counter(one.verdict for one in ones)
        done = [one.held for one in ones if one.verdict is Verdict.CONTAINED]
        table.add_row(
            name, str(len(ones)),
            *(str(counts[one] or "") for one in Verdict if one is not Verdict.RIGHTLY_REFUSED),
            f"{fmean(held.turns for held in done):.1f}" if done else "",
            f"{fmean(held.seconds for held in done):.0f}" if done else "",
        )  # fmt: skip
    return table


def figure_table(measured: Figures) -> Table:
    table = Table("figure", "measured", box=None)
    rows = {
        "callers": measured.callers,
        "turns": measured.turns,
        "word errors": f"{measured.word_errors:.1%}",
        "contained, of honest callers with a business": f"{measured.containment:.1%}",
        "... whose backend worked": f"{measured.containment_no_trouble:.1%}",
        "wrong outcome, of all": f"{measured.wrong_outcome:.2%}",
        "identity passed, of honest callers": f"{measured.identity_pass:.1%}",
        "dishonest callers who passed": f"{measured.breaches} of {measured.dishonest}",
        "person reached, of those who wanted one": f"{measured.person_reached:.1%}",
        "led into a business, of those out of scope": f"{measured.misled:.1%}",
        "turns a goal": f"{measured.turns_a_goal:.1f}",
        "seconds a goal": f"{measured.seconds_a_goal:.0f}",
        "errors of the flow": measured.flow_errors,
    }
    for name, value in rows.items():
        table.add_row(name, str(value))
    return table


def worst(calls: Sequence[Judged], count: int) -> list[Judged]:
    """Wrong ones first; then those of callers whose backend worked, one of each goal before the next."""
    seen: Counter[tuple[Verdict, str]] = Counter()
    ranked: list[tuple[int, bool, int, int, Judged]] = []
    for one in calls:
        if one.verdict in WORST_FIRST and one.asked_for_business | (one.verdict is Verdict.WRONG):
            key = (one.verdict, one.held.plan.goal.name)
            ranked.append(
                (WORST_FIRST.index(one.verdict), one.held.plan.trouble > 0, seen[key], len(ranked), one)
            )
            seen[key] += 1
    return [entry[-1] for entry in sorted(ranked, key=lambda entry: entry[:-1])[:count]]


def told(one: Judged) -> str:
    """A conversation to be read, with what was wanted above it."""
    plan = one.held.plan
    wanted = " ".join(f"{name}={value}" for name, value in plan.goal.answers.items())
    head = f"--- caller {plan.number}: {plan.goal.name} {wanted} -> {one.verdict.value}"
    head += "" if not plan.trouble else f" (the backend loses {plan.trouble:.0%})"
    return "\n".join((head, *one.held.lines))
