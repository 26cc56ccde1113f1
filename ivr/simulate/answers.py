"""How a caller words one answer: a question, the value and the caller's manner enter; words or keys leave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any, Literal

from ivr.flow.steps import AskStep
from ivr.simulate import sayings
from ivr.simulate.habits import Habits
from ivr.simulate.phrases import Phrases, filled, said_or_picked

_KEYED = ("digits", "number", "money", "date", "time", "phone", "card", "id_number", "one_of", "yes_no")
_LONG = ("card", "id_number", "phone")
"""rather keyed than said, by half of all callers"""
_OFTEN_KEYED = 0.5


@dataclass(frozen=True, slots=True)
class Act:
    """What a caller does."""

    kind: Literal["says", "keys", "silence", "hangs_up"]
    text: str = ""


SILENCE, HANGS_UP = Act("silence"), Act("hangs_up")


@dataclass(frozen=True, slots=True)
class Wording:
    phrases: Phrases
    habits: Habits
    today: date
    chance: Random

    def small(self, name: str) -> Act:
        return Act("says", said_or_picked(self.phrases.small[name], self.habits, self.chance))

    def yes_no(self, yes: bool, keyed: bool) -> Act:
        if keyed:
            return Act("keys", "1" if yes else "2")
        return self.small("yes" if yes else "no")

    def goal(self, name: str, values: Mapping[str, Any]) -> Act:
        text = said_or_picked(self.phrases.goals[name], self.habits, self.chance)
        text = filled(text, self._worded(values))
        return Act("says", self.phrases.in_manner(text, self.habits, self.chance))

    def any_of(self, pool: str, values: Mapping[str, Any]) -> Act:
        """One of the phrases of a choice."""
        text = said_or_picked(self.phrases.choices[pool], self.habits, self.chance)
        return Act("says", filled(text, self._worded(values)))

    def _worded(self, values: Mapping[str, Any]) -> dict[str, str]:
        """For the places in a phrase."""
        return {key: self.value(values[key]) for key in ("amount", "day") if values.get(key) is not None}

    def value(self, value: Any) -> str:
        """In words, by its type; a text is digits or words already."""
        language = self.phrases.language
        match value:
            case bool():
                return ""
            case Decimal():
                return sayings.money(value, language, self.chance)
            case date():
                return sayings.day(value, self.today, language, self.chance)
            case time():
                return sayings.clock(value, language, self.chance)
            case int():
                return sayings.number(value, language)
        return sayings.digits(str(value), language, self.chance)

    def answer(self, kind: str, value: Any, keyed: bool, step: AskStep | None = None) -> Act:
        """To a question for a value of that type."""
        if kind == "yes_no":
            return self.yes_no(bool(value), keyed)
        if kind == "one_of":
            assert step
            return self._choice(step, str(value), keyed)
        if kind == "text":
            return Act("says", str(value))
        often = kind in _LONG and self.chance.random() < _OFTEN_KEYED
        if (keyed or often) and kind in _KEYED:
            return Act("keys", keys(kind, value))
        said = self.value(value)
        if kind in ("money", "date") and self.habits.corrects and self.chance.random() < 0.5:
            wrong = value + (Decimal(100) if kind == "money" else timedelta(days=1))
            template = self.chance.choice(self.phrases.corrections)
            return Act("says", filled(template, {"wrong": self.value(wrong), "right": said}))
        pool = self.phrases.answers.get(kind, self.phrases.answers["digits"])
        text = said if self.habits.terse else filled(self.chance.choice(pool), {"value": said})
        if self.habits.chatty and self.chance.random() < 0.3:
            text = self.phrases.hesitating(text, self.chance)
        return Act("says", text)

    def corrected(self, value: Any) -> Act:
        """ "No, five thousand", to a read-back."""
        template = self.chance.choice(self.phrases.corrects_readback)
        return Act("says", filled(template, {"right": self.value(value)}))

    def _choice(self, step: AskStep, value: str, keyed: bool) -> Act:
        choices = step.choices or {}
        name = value if value in choices else self.phrases.names.get(value, value)
        one = choices.get(name)
        if one and one.keys and (keyed or value not in self.phrases.choices):
            return Act("keys", one.keys)
        if value in self.phrases.choices:
            return self.any_of(value, {})
        return Act("says", one.said[0] if one and one.said else name)


def keys(kind: str, value: Any) -> str:
    match value:
        case date():
            return f"{value:%m%d}"
        case time():
            return f"{value:%H%M}"
        case Decimal():
            return str(int(value))
    return str(value).replace("X", "*")
