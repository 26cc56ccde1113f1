"""A flow ready to run: the checked file enters; steps, grammars, prompts and meanings leave."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ivr.events import Expectation, Grammar, KeyRules, Slot
from ivr.flow import match, patterns, reading, slots, templates
from ivr.flow.actions import Say
from ivr.flow.match import Matcher
from ivr.flow.schema import Bands, Intent, Prompt, Prompts
from ivr.flow.steps import (
    QUESTIONS,
    AskStep,
    Question,
    Step,
    VerifyStep,
)

KNOWN_VALUES = ("today", "caller_number", "called_number", "call_id", "caller", "verified")
"""set by the engine before the first step"""
CONFIRM_SLOT = Slot("yes_no")
_KEPT_VARIANTS = 12
"""examples of one intent in the grammar of a question that is about something else"""


@dataclass(frozen=True, slots=True)
class Place:
    """A step of a flow."""

    flow: str
    step: str


@dataclass(frozen=True, slots=True)
class ReadyCommand:
    """A universal command with what the language builds in."""

    examples: tuple[str, ...] = ()
    keys: str | None = None
    next: Place | None = None


@dataclass(frozen=True)
class Flow:
    name: str
    language: str
    file: Path
    version: str
    """the first twelve hex digits of the SHA-256 of the file and of those it calls"""
    start: str
    home: str | None
    person: Place | None
    """perhaps in the flow that calls this one"""
    voice: str
    currency: str
    takes: Mapping[str, Any]
    data: Mapping[str, Any]
    bands: Bands
    messages: Mapping[str, Prompts]
    """complete: those of the calling flow or the built-in ones where the file gives none"""
    commands: Mapping[str, ReadyCommand]
    """the universal commands that are on"""
    listens: Mapping[str, Mapping[str, Intent]]
    """what may be meant at each listen or menu step, complete"""
    anywhere: Mapping[str, Intent]
    """subjects that may be raised at any question, complete"""
    steps: Mapping[str, Step]
    transfers: Mapping[str, str]
    """name -> SIP URI"""
    say_as: templates.SayAs = field(repr=False)
    flows: dict[str, Flow] = field(repr=False, compare=False)
    """all flows that can be reached from the first one, by name; this one too"""
    secrets: frozenset[str] = frozenset()
    """variables that hold or were made from secret answers"""
    matchers: Mapping[str, Matcher] = field(default_factory=dict, repr=False)
    """what a caller can mean at each listen or menu step"""
    commands_matcher: Matcher = field(default_factory=lambda: Matcher({}, "en"), repr=False)
    """what a caller can mean at any other question"""
    subjects_matcher: Matcher = field(default_factory=lambda: Matcher({}, "en"), repr=False)
    """the subjects of `anywhere` alone, for questions of the flows that are called from here"""
    _expectations: dict[Hashable, Expectation] = field(default_factory=dict, repr=False, compare=False)
    """made once for each question and way to it"""

    def prepare(self) -> None:
        """Learn what callers mean, for this flow and those it calls, before the first call."""
        for flow in self.flows.values():
            for matcher in (*flow.matchers.values(), flow.commands_matcher, flow.subjects_matcher):
                if matcher:
                    _ = matcher.classifier

    def renderer(self, say_as: templates.SayAs) -> templates.Renderer:
        return templates.Renderer(say_as, self.language, self.currency, self.secrets)

    def say(self, prompt: Prompt, renderer: templates.Renderer, values: Mapping[str, Any]) -> Say:
        text, shown = renderer.text(prompt.text, values)
        return Say(
            text,
            shown,
            prompt.language or self.language,
            prompt.voice or ("" if prompt.language not in (None, self.language) else self.voice),
            self.file.parent / prompt.recording if prompt.recording else None,
            prompt.barge_in,
            fixed=not templates.names_in_text(prompt.text),
        )

    def fixed_prompts(self) -> Iterable[Say]:
        """Every prompt whose text has no variables, once, of this flow and those it calls."""
        made: dict[Say, None] = {}
        for flow in self.flows.values():
            renderer = flow.renderer(flow.say_as)
            fixed = (p for p in all_prompts(flow) if not templates.names_in_text(p.text))
            made |= dict.fromkeys(flow.say(prompt, renderer, {}) for prompt in fixed)
        return made

    def grammars(self) -> Iterator[tuple[str, Grammar]]:
        """What may be said at each listening step, for checks of a recogniser's words."""
        for name, step in self.steps.items():
            if isinstance(step, QUESTIONS):
                yield name, self.expectation(name).grammar
            if isinstance(step, AskStep) and step.confirm:
                yield name, self.expectation(name, confirming=True).grammar

    def expectation(
        self, name: str, confirming: bool = False, slot: Slot | None = None, outer: Iterable[Flow] = ()
    ) -> Expectation:
        """`slot` is what an identity check asks for now; `outer` are the flows that called this one:
        their subjects may be raised too."""
        outer = tuple(outer)
        key = (name, confirming, slot, tuple(flow.name for flow in outer))
        if key not in self._expectations:
            self._expectations[key] = self._expected(name, confirming, slot, outer)
        return self._expectations[key]

    def _expected(self, name: str, confirming: bool, slot: Slot | None, outer: Iterable[Flow]) -> Expectation:
        step = self.steps[name]
        assert isinstance(step, QUESTIONS)
        intents = self.listens.get(name, {})
        wanted = CONFIRM_SLOT if confirming else slot or _slot(step)
        examples = [text for intent in intents.values() for text in intent.examples]
        examples += [text for command in self.commands.values() for text in command.examples]
        if not isinstance(step, AskStep) or step.hears_subjects:
            for flow in (self, *outer):
                for intent in flow.anywhere.values():
                    examples += intent.examples[:_KEPT_VARIANTS]
        keys = [command.keys for command in self.commands.values() if command.keys]
        if wanted is None:
            keys += [intent.keys for intent in intents.values() if intent.keys]
            most = max((len(key) for key in keys), default=0)
        else:
            most = slots.most_keys(wanted)
        rules = KeyRules(1, most, "" if "#" in keys else "#", step.inter_key_ms) if most else None
        sentences = tuple(dict.fromkeys(match.sentence(patterns.placeheld(text)) for text in examples))
        return Expectation(
            Grammar(self.language, sentences, (wanted,) if wanted else ()),
            rules,
            step.no_input_ms,
            step.max_speech_ms,
            # a yes or no needs no pause for thought, however long the answer before it was
            None if confirming else step.complete_timeout_ms,
            None if confirming else step.incomplete_timeout_ms,
            secret=isinstance(step, VerifyStep) or (isinstance(step, AskStep) and step.secret),
        )


def _slot(step: Question) -> Slot | None:
    return step.slot if isinstance(step, AskStep) else None


def all_prompts(flow: Flow) -> Iterator[Prompt]:
    for step in flow.steps.values():
        yield from reading.step_prompts(step)
    for prompts in flow.messages.values():
        yield from prompts
