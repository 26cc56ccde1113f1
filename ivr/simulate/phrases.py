"""What callers say: the phrase file of a language enters; a sentence with its values, in the caller's manner,
leaves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from random import Random
from typing import Any

import yaml

from ivr.flow.flow import Flow
from ivr.flow.match import sentence
from ivr.simulate.habits import Habits


@dataclass(frozen=True, slots=True)
class Phrases:
    language: str
    goals: Mapping[str, Sequence[str]]
    wants_person: Sequence[str]
    out_of_scope: Sequence[str]
    subject_changes: Mapping[str, Sequence[str]]
    small: Mapping[str, Sequence[str]]
    answers: Mapping[str, Sequence[str]]
    choices: Mapping[str, Sequence[str]]
    names: Mapping[str, str]
    """of choices: ours -> that of the flows, where it differs"""
    texts: Mapping[str, Sequence[str]]
    cancels: Sequence[str]
    fillers: Sequence[str]
    openings: Sequence[str]
    endings: Sequence[str]
    corrections: Sequence[str]
    corrects_readback: Sequence[str]

    def sentences(self) -> Iterator[str]:
        """What is said about a business, without manners and values of its own."""
        for pool in (*self.goals.values(), *self.subject_changes.values()):
            yield from pool
        yield from self.wants_person
        yield from self.out_of_scope

    def in_manner(self, text: str, habits: Habits, chance: Random) -> str:
        """As this caller talks: with a greeting, fillers and a politeness where they are chatty."""
        if not habits.chatty:
            return text
        if chance.random() < 0.6:
            text = chance.choice(self.openings) + text
        if chance.random() < 0.4:
            text += chance.choice(self.endings)
        return self.hesitating(text, chance) if chance.random() < 0.6 else text

    def hesitating(self, text: str, chance: Random) -> str:
        filler = chance.choice(self.fillers)
        if self.language == "zh":
            place = chance.randrange(len(text) + 1)
            return text[:place] + filler + text[place:]
        words = text.split()
        words.insert(chance.randrange(len(words) + 1), filler)
        return " ".join(words)


def filled(template: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        template = template.replace(f"<{name}>", value)
    return template


def said_or_picked(pool: Sequence[str], habits: Habits, chance: Random) -> str:
    """Terse callers take the shorter half."""
    if habits.terse:
        pool = sorted(pool, key=len)[: (len(pool) + 1) // 2]
    return chance.choice(pool)


@lru_cache(maxsize=2)
def load(language: str) -> Phrases:
    text = files("ivr.simulate").joinpath(f"phrases_{language}.yaml").read_text(encoding="utf-8")
    return Phrases(language, **yaml.safe_load(text))


def examples(flow: Flow) -> set[str]:
    """All sentences that the flow and those that it calls were taught."""
    found: set[str] = set()

    def add(intents: Iterable[Any]) -> None:
        found.update(sentence(text) for intent in intents for text in intent.examples)

    for part in flow.flows.values():
        for listened in part.listens.values():
            add(listened.values())
        add(part.anywhere.values())
        add(part.commands.values())
    return found
