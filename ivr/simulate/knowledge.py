"""What a caller knows and wants: a question enters; the value that they answer, and whether what the bot
reads out is as they want it, leave."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time
from random import Random
from typing import Any

from ivr.flow.flow import Flow
from ivr.flow.state import State
from ivr.flow.steps import AskStep, FlowStep, MenuStep, VerifyStep
from ivr.simulate.phrases import Phrases
from ivr.simulate.population import Plan

_YES = frozenset({"same", "has_old_phone", "sure"})
"""questions to which a caller says yes who has no reason not to"""
_SOME_TIME = time(15)
_PLACES = ("first", "second", "third")


class Knowledge:
    def __init__(
        self, plan: Plan, phrases: Phrases, today: date, chance: Random, read_code: Callable[[], str]
    ) -> None:
        self._plan, self._goal, self._person = plan, plan.goal, plan.person
        self._phrases, self._today, self._chance, self._read_code = phrases, today, chance, read_code

    def value(self, step: AskStep, state: State) -> Any:
        """None: they do not mind."""
        if state.flow == "identity":
            return self._person.phone
        if state.flow == "choose_loan" and step.ask == "which":
            return self._loan(state)
        if state.flow == "choose_card":
            return self._person.cards[0].tail
        if step.ask in self._goal.answers:
            return self._goal.answers[step.ask]
        return step.ask in _YES if step.type == "yes_no" else None

    def anything(self, step: AskStep) -> Any:
        """Where they do not mind."""
        match step.type:
            case "one_of":
                return self._chance.choice(list(step.choices or {}))
            case "text":
                texts = self._phrases.texts
                return self._chance.choice(texts.get(self._text_of_goal(), texts["message"]))
            case "date":
                return self._today
            case "time":
                return _SOME_TIME
            case "number":
                return 2
            case "phone":
                return self._person.phone
        return "1" * step.min_length

    def _text_of_goal(self) -> str:
        return self._goal.name.removeprefix("change_")

    def proof(self, step: VerifyStep, state: State) -> tuple[str, str]:
        """The factor that is asked for, and the right answer."""
        factor = step.factors[state.factor].factor
        match factor:
            case "card_tail":
                return factor, self._person.cards[0].tail
            case "birthday":
                return factor, f"{self._person.birthday:%Y%m%d}"
            case "id_tail":
                return factor, self._person.id_number[-4:]
        return factor, self._read_code()

    def contradicted(self, state: State) -> set[str]:
        """Names of what the flow has kept otherwise than the caller wants it."""
        values = dict(state.values)
        wanted = dict(self._goal.answers)
        if self._goal.loan:
            wanted["loan"] = self._goal.loan.id
        return {
            name
            for name, value in wanted.items()
            if values.get(name) is not None
            and not same(values[name], value)
            and values[name] != self._phrases.names.get(str(value))
        }

    def _loan(self, state: State) -> str:
        """By its name where that tells it from the others, else by its place."""
        loans, wanted = dict(state.values)["loans"], self._goal.loan
        place = next((i for i, one in enumerate(loans) if wanted and one["id"] == wanted.id), 0)
        products = [one["product"] for one in loans]
        name = {"home_appliances": "appliances"}.get(products[place], products[place].split("_")[0])
        by_name = products.count(products[place]) == 1 and self._chance.random() < 0.7
        return name if by_name else _PLACES[min(place, 2)]


def same(given: Any, wanted: Any) -> bool:
    return bool(given == wanted) or str(given) == str(wanted)


def key_to(flow: Flow, step: str, businesses: frozenset[str], deeper: bool = True) -> str | None:
    """The key that leads from a question to one of these businesses, perhaps by one more menu."""
    for intent in flow.listens[step].values():
        following = flow.steps[intent.next] if intent.next else None
        leads = intent.flow in businesses or (
            isinstance(following, FlowStep) and following.flow in businesses
        )
        if deeper and intent.next and isinstance(following, MenuStep):
            leads = leads or key_to(flow, intent.next, businesses, deeper=False) is not None
        if leads and intent.keys:
            return intent.keys
    return None
