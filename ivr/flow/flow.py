"""A flow ready to run: the checked file enters; steps, grammars, prompts and meanings leave."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ivr.events import Expectation, Grammar, KeyRules, Slot
from ivr.flow import match, templates
from ivr.flow.actions import Say
from ivr.flow.match import Matcher
from ivr.flow.schema import (
    AskStep,
    Command,
    HangUpStep,
    ListenStep,
    Prompt,
    Prompts,
    SayStep,
    SetStep,
    Step,
    TransferStep,
)

KNOWN_VALUES = ("today", "caller_number", "called_number")
"""set by the engine before the first step"""
CONFIRM_SLOT = Slot("yes_no")


@dataclass(frozen=True)
class Flow:
    name: str
    language: str
    file: Path
    version: str
    """the first twelve hex digits of the file's SHA-256"""
    start: str
    person: str | None
    voice: str
    currency: str
    data: Mapping[str, Any]
    messages: Mapping[str, Prompts]
    """complete: the built-in ones where the file gives none"""
    commands: Mapping[str, Command]
    """the universal commands that are on, complete"""
    steps: Mapping[str, Step]
    transfers: Mapping[str, str]
    """name -> SIP URI"""
    say_as: templates.SayAs = field(repr=False)
    secrets: frozenset[str] = frozenset()
    """variables that hold or were made from secret answers"""
    matchers: Mapping[str, Matcher] = field(default_factory=dict, repr=False)
    """what a caller can mean at each listening step"""
    commands_matcher: Matcher = field(default_factory=lambda: Matcher({}, "en"), repr=False)

    def renderer(self, say_as: templates.SayAs) -> templates.Renderer:
        return templates.Renderer(say_as, self.language, self.currency, self.secrets)

    def say(self, prompt: Prompt, renderer: templates.Renderer, values: Mapping[str, Any]) -> Say:
        text, shown = renderer.text(prompt.text, values)
        return Say(
            text,
            shown,
            self.language,
            prompt.voice or self.voice,
            self.file.parent / prompt.recording if prompt.recording else None,
            prompt.barge_in,
            fixed=not templates.names_in_text(prompt.text),
        )

    def fixed_prompts(self) -> Iterable[Say]:
        """Every prompt whose text has no variables, once; for the prompt cache."""
        renderer = self.renderer(self.say_as)
        fixed = (p for p in all_prompts(self) if not templates.names_in_text(p.text))
        return dict.fromkeys(self.say(prompt, renderer, {}) for prompt in fixed)

    def grammars(self) -> Iterator[tuple[str, Grammar]]:
        """What may be said at each listening step, for checks of a recogniser's words."""
        for name, step in self.steps.items():
            if isinstance(step, ListenStep | AskStep):
                yield name, self.expectation(name).grammar
            if isinstance(step, AskStep) and step.confirm:
                yield name, self.expectation(name, confirming=True).grammar

    def expectation(self, name: str, confirming: bool = False) -> Expectation:
        step = self.steps[name]
        assert isinstance(step, ListenStep | AskStep)
        slots: tuple[Slot, ...] = ()
        examples = [text for command in self.commands.values() for text in command.examples or ()]
        keys = [command.keys for command in self.commands.values() if command.keys]
        if isinstance(step, ListenStep):
            examples = [text for intent in step.listen.values() for text in intent.examples] + examples
            keys += [intent.keys for intent in step.listen.values() if intent.keys]
            most = max((len(key) for key in keys), default=0)
        else:
            slots = (CONFIRM_SLOT if confirming else step.slot,)
            most = _most_keys(slots[0])
        rules = KeyRules(1, most, "" if "#" in keys else "#", step.inter_key_ms) if most else None
        return Expectation(
            Grammar(self.language, tuple(dict.fromkeys(map(match.sentence, examples))), slots),
            rules,
            step.no_input_ms,
            step.max_speech_ms,
            # a yes or no needs no pause for thought, however long the answer before it was
            None if confirming else step.complete_timeout_ms,
            None if confirming else step.incomplete_timeout_ms,
            secret=isinstance(step, AskStep) and step.secret,
        )


def _most_keys(slot: Slot) -> int:
    return {"digits": slot.max_length, "yes_no": 1, "number": 12, "money": 12, "date": 4}[slot.type]


def all_prompts(flow: Flow) -> Iterator[Prompt]:
    for step in flow.steps.values():
        yield from step_prompts(step)
    for prompts in flow.messages.values():
        yield from prompts


def step_prompts(step: Step) -> Iterator[Prompt]:
    for _, prompts in step_prompt_lists(step):
        yield from prompts


def step_prompt_lists(step: Step) -> Iterator[tuple[str, Prompts]]:
    """(key, prompts) of every place for prompts that the step fills."""
    for key in ("say", "prompt", "no_match", "no_input", "confirm", "help"):
        value = getattr(step, key, None)
        if value is not None:
            yield key, (value,) if isinstance(value, Prompt) else value


def targets(step: Step) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """(where it stands in the step, step name) of every step that may follow by the step's word."""
    if isinstance(step, SayStep | SetStep | AskStep):
        yield ("next",), step.next
    elif isinstance(step, ListenStep):
        for name, intent in step.listen.items():
            yield ("listen", name, "next"), intent.next
    elif isinstance(step, TransferStep):
        if step.failed:
            yield ("failed",), step.failed
    elif not isinstance(step, HangUpStep):
        for index, branch in enumerate(step.choose):
            yield ("choose", index, "next"), branch.next
        yield ("otherwise",), step.otherwise
    if isinstance(step, ListenStep | AskStep) and step.give_up:
        yield ("give_up",), step.give_up
