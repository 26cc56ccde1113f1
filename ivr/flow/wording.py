"""The words of a flow: prompts that take too long to listen to, examples that the recogniser cannot hear
or that sound like those of another intent, and parts that one language has and another lacks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import combinations

from ivr import located
from ivr.events import Grammar
from ivr.flow import match, patterns, reading, templates
from ivr.flow.flow import Flow
from ivr.located import Key, YamlError

LONGEST_PROMPT_S = 25
_PER_S = {"en": 2.6, "zh": 4.5}
"""words, or characters, that a voice says in a second"""
ALIKE = 0.9
"""likeness of two examples from which on a caller may be taken for saying the other"""


def found(flow: Flow, unknown_words: Callable[[Grammar], Iterable[str]]) -> Iterator[tuple[Key, str]]:
    yield from _too_long(flow)
    yield from _unheard(flow, unknown_words)
    yield from _alike(flow)
    yield from _not_in_the_other_language(flow)


def _too_long(flow: Flow) -> Iterator[tuple[Key, str]]:
    for name, step in flow.steps.items():
        for where, prompts in reading.step_prompt_lists(step):
            for index, prompt in enumerate(prompts):
                text = templates.without_code(prompt.text)
                seconds = len(match.words(text)) / _PER_S[prompt.language or flow.language]
                if seconds > LONGEST_PROMPT_S and not prompt.recording:
                    at: Key = ("steps", name, *where, index)
                    yield at, f"step '{name}': takes about {seconds:.0f} s to listen to; split or shorten it"


def _examples(flow: Flow) -> Iterator[tuple[Key, str]]:
    for name, command in flow.commands.items():
        yield from _numbered(("universal", name, "examples"), command.examples)
    for name, intent in flow.anywhere.items():
        yield from _numbered(("anywhere", name, "examples"), intent.examples)
    for step, intents in flow.listens.items():
        for name, intent in intents.items():
            yield from _numbered(("steps", step, "listen", name, "examples"), intent.examples)


def _numbered(where: Key, examples: Iterable[str]) -> Iterator[tuple[Key, str]]:
    for index, example in enumerate(examples):
        yield (*where, index), example


def _unheard(flow: Flow, unknown_words: Callable[[Grammar], Iterable[str]]) -> Iterator[tuple[Key, str]]:
    for where, example in _examples(flow):
        for word in unknown_words(Grammar(flow.language, (match.sentence(patterns.placeheld(example)),))):
            yield where, f"the recogniser does not know the word '{word}' of '{example}'"


def _alike(flow: Flow) -> Iterator[tuple[Key, str]]:
    """Pairs of examples of two intents of one question that hardly differ."""
    for step, intents in flow.listens.items():
        for (one, first), (other, second) in combinations(intents.items(), 2):
            for index, example in enumerate(first.examples):
                near = max(second.examples, key=lambda text: _likeness(flow, example, text), default=None)
                if near is not None and 1 > _likeness(flow, example, near) >= ALIKE:
                    where: Key = ("steps", step, "listen", one, "examples", index)
                    message = f"'{example}' of '{one}' sounds like '{near}' of '{other}'"
                    yield where, f"step '{step}': {message}; make one of them plainer, or leave it out"


def _likeness(flow: Flow, one: str, other: str) -> float:
    return match.likeness(patterns.placeheld(one), patterns.placeheld(other), flow.language)


# --- the same flow in the other language ---------------------------------------------------------------

_LANGUAGES = ("en", "zh")


def _not_in_the_other_language(flow: Flow) -> Iterator[tuple[Key, str]]:
    """For flows in folders named by their language, such as en/ and zh/."""
    folder = flow.file.parent
    if folder.name not in _LANGUAGES:
        return
    for language in _LANGUAGES:
        other = folder.parent / language / flow.file.name
        if language == folder.name or not other.parent.is_dir():
            continue
        if not other.is_file():
            yield ("flow",), f"flow '{flow.name}': is missing in {language}, there is no {other}"
            continue
        try:
            data = located.read(other).data
        except YamlError:
            continue  # told when that file is checked
        yield from _lacking(flow, data if isinstance(data, dict) else {}, language)


def _lacking(flow: Flow, data: dict[str, object], language: str) -> Iterator[tuple[Key, str]]:
    parts = {"steps": flow.steps, "anywhere": flow.anywhere, "takes": flow.takes}
    for part, own in parts.items():
        theirs = data.get(part)
        for name in own:
            if not isinstance(theirs, dict) or name not in theirs:
                yield (part, name), f"'{part}.{name}': is missing in the flow's {language} file"
