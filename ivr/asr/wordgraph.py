"""Parts of speech grammars enter (words, sequences, choices); a finite-state word graph leaves.

A part lays itself between two states of a graph:   0 --"march"--> 2 --"third"--> 1
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

START, END = 0, 1

Arc = tuple[int, int, str]
"""from state, to state, word; an empty word is a free transition"""


@dataclass(slots=True)
class WordGraph:
    arcs: list[Arc] = field(default_factory=list)
    states: int = 2

    def state(self) -> int:
        self.states += 1
        return self.states - 1

    def words(self) -> frozenset[str]:
        return frozenset(word for _, _, word in self.arcs if word)

    def choices(self) -> dict[int, int]:
        """How many ways lead on from each state."""
        return dict(Counter(start for start, _, _ in self.arcs))

    def accepts(self, text: str) -> bool:
        """Whether the whole text can be said."""
        return END in self._after(text)

    def begins(self, text: str) -> bool:
        """Whether something can be said that begins with this text."""
        return bool(self._after(text))

    def goes_on(self, text: str) -> bool:
        """Whether a word can follow this text."""
        places = self._after(text)
        return any(start in places for start, _, word in self.arcs if word)

    def random_phrase(self, rng: random.Random) -> str:
        """One way through; every part is acyclic, so this ends."""
        at, said = START, []
        while at != END:
            _, at, word = rng.choice([arc for arc in self.arcs if arc[0] == at])
            said.append(word)
        return " ".join(word for word in said if word)

    def determined(self) -> WordGraph:
        """The same language with one way for each beginning: sentences share what they begin with,
        and free transitions lead to the end only, never to another one (subset construction)."""
        leading: dict[int, list[Arc]] = {}
        for arc in self.arcs:
            leading.setdefault(arc[0], []).append(arc)
        closures = {state: self._closure(state, leading) for state in range(self.states)}
        result = WordGraph()
        known, waiting = {closures[START]: START}, [closures[START]]
        while waiting:
            places = waiting.pop()
            if END in places:
                result.arcs.append((known[places], END, ""))
            reached: dict[str, set[int]] = {}
            for _, end, word in (arc for place in sorted(places) for arc in leading.get(place, ())):
                if word:
                    reached.setdefault(word, set()).update(closures[end])
            for word, ends in reached.items():
                after = frozenset(ends)
                if after not in known:
                    known[after] = result.state()
                    waiting.append(after)
                result.arcs.append((known[places], known[after], word))
        return result

    def _closure(self, state: int, leading: dict[int, list[Arc]]) -> frozenset[int]:
        reached, waiting = {state}, [state]
        while waiting:
            for _, end, word in leading.get(waiting.pop(), ()):
                if not word and end not in reached:
                    reached.add(end)
                    waiting.append(end)
        return frozenset(reached)

    def _after(self, text: str) -> frozenset[int]:
        """Where one may be once this has been said."""
        places = self._free(frozenset({START}))
        for word in text.split():
            places = self._free(frozenset(b for a, b, w in self.arcs if a in places and w == word))
        return places

    def _free(self, places: frozenset[int]) -> frozenset[int]:
        """These states and all that can be reached without a word."""
        free = [(start, end) for start, end, word in self.arcs if not word]
        while True:
            more = places | {end for start, end in free if start in places}
            if more == places:
                return places
            places = more


Part = Callable[[WordGraph, int, int], None]


def say(text: str) -> Part:
    """These words, one after the other; empty for nothing at all."""

    def lay(graph: WordGraph, start: int, end: int) -> None:
        words = text.split() or [""]
        at = start
        for word in words[:-1]:
            after = graph.state()
            graph.arcs.append((at, after, word))
            at = after
        graph.arcs.append((at, end, words[-1]))

    return lay


def seq(*parts: Part) -> Part:
    def lay(graph: WordGraph, start: int, end: int) -> None:
        at = start
        for part in parts[:-1]:
            after = graph.state()
            part(graph, at, after)
            at = after
        parts[-1](graph, at, end)

    return lay


def one_of(*parts: Part) -> Part:
    def lay(graph: WordGraph, start: int, end: int) -> None:
        for part in parts:
            part(graph, start, end)

    return lay


def any_word(words: Iterable[str]) -> Part:
    return one_of(*(say(word) for word in words))


def maybe(part: Part) -> Part:
    return one_of(part, say(""))


def graph_of(part: Part) -> WordGraph:
    graph = WordGraph()
    part(graph, START, END)
    return graph
