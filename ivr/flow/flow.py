"""A flow ready to run: the checked file enters; steps, grammars, prompts and meanings leave."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ivr.events import Expectation, Grammar, KeyRules, Slot
from ivr.flow import match, patterns, slots, templates
from ivr.flow.actions import Say
from ivr.flow.match import Matcher
from ivr.flow.schema import Bands, Intent, Prompt, Prompts
from ivr.flow.steps import (
    QUESTIONS,
    AskStep,
    CallStep,
    ChooseStep,
    FlowStep,
    ListenStep,
    MenuStep,
    Question,
    QueueStep,
    Refusal,
    SayStep,
    SetStep,
    Step,
    TransferStep,
    VerifyStep,
    VoicemailStep,
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


# --- reading a flow --------------------------------------------------------------------------------


def all_prompts(flow: Flow) -> Iterator[Prompt]:
    for step in flow.steps.values():
        yield from step_prompts(step)
    for prompts in flow.messages.values():
        yield from prompts


def step_prompts(step: Step) -> Iterator[Prompt]:
    for _, prompts in step_prompt_lists(step):
        yield from prompts


_PROMPT_KEYS = ("say", "prompt", "no_match", "no_input", "confirm", "help", "filler")


def step_prompt_lists(step: Step) -> Iterator[tuple[tuple[str | int, ...], Prompts]]:
    """(where it stands in the step, prompts) of every place for prompts that the step fills."""
    for key in _PROMPT_KEYS:
        value = getattr(step, key, None)
        if value is not None:
            yield (key,), (value,) if isinstance(value, Prompt) else value
    if isinstance(step, AskStep):
        for index, refusal in enumerate(step.refuse):
            yield ("refuse", index, "say"), refusal.say
    if isinstance(step, VerifyStep):
        for index, factor in enumerate(step.factors):
            for key in ("prompt", "no_match", "no_input"):
                prompts = getattr(factor, key)
                if prompts is not None:
                    yield ("factors", index, key), prompts


def targets(step: Step) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """(where it stands in the step, step name) of every step that may follow by the step's word."""
    match step:
        case SayStep() | SetStep() | AskStep():
            yield ("next",), step.next
        case ListenStep() | MenuStep():
            word, intents = ("listen", step.listen) if isinstance(step, ListenStep) else ("menu", step.menu)
            for name, intent in intents.items():
                if intent.next:
                    yield (word, name, "next"), intent.next
        case ChooseStep():
            for index, branch in enumerate(step.choose):
                yield ("choose", index, "next"), branch.next
            yield ("otherwise",), step.otherwise
        case CallStep():
            yield ("next",), step.next
            yield ("failed",), step.failed
            for status, target in step.status.items():
                yield ("status", status), target
        case TransferStep() | QueueStep() | VerifyStep() | VoicemailStep() | FlowStep():
            for key in ("next", "failed", "locked", "otherwise", "empty", "cancelled"):
                target_step = getattr(step, key, None)
                if target_step:
                    yield (key,), target_step
    if isinstance(step, QUESTIONS) and step.give_up:
        yield ("give_up",), step.give_up


def calls(step: Step) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """(where it stands in the step, flow name) of every flow that the step may go through."""
    if isinstance(step, FlowStep):
        yield ("flow",), step.flow
    elif isinstance(step, ListenStep | MenuStep):
        word, intents = ("listen", step.listen) if isinstance(step, ListenStep) else ("menu", step.menu)
        for name, intent in intents.items():
            if intent.flow:
                yield (word, name, "flow"), intent.flow


def expressions(step: Step) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """(where it stands in the step, source) of every condition and value."""
    if isinstance(step, ChooseStep):
        for index, branch in enumerate(step.choose):
            yield ("choose", index, "when"), branch.when
    if isinstance(step, QueueStep) and step.priority:
        yield ("class",), step.priority
    mappings = {"set": ("set",), "body": ("body",), "give": ("with",), "return_": ("return",)}
    for attribute, key in mappings.items():
        for name, source in (getattr(step, attribute, None) or {}).items():
            yield (*key, name), source
    for index, refusal in enumerate(getattr(step, "refuse", ())):
        assert isinstance(refusal, Refusal)
        yield ("refuse", index, "when"), refusal.when
    for where, prompts in step_prompt_lists(step):
        for index, prompt in enumerate(prompts):
            if prompt.when:
                yield (*where, index, "when"), prompt.when


def assigns(step: Step) -> Iterator[str]:
    """The names that the step gives a value."""
    if isinstance(step, AskStep):
        yield step.ask
    for attribute in ("set", "save"):
        yield from getattr(step, attribute, None) or {}


def source_at(step: Step, where: tuple[str | int, ...]) -> str | None:
    """The text or expression that stands there."""
    for place, prompts in step_prompt_lists(step):
        for index, prompt in enumerate(prompts):
            if where == (*place, index):
                return prompt.text
    for place, source in expressions(step):
        if place == where:
            return "{{ " + source + " }}"
    if len(where) == 1:
        return getattr(step, str(where[0]), None)
    saved: dict[str, str] = getattr(step, "save", None) or {}
    return "{{ " + saved[str(where[1])] + " }}" if where[0] == "save" else None


def intent_values(flow: Flow) -> dict[str, str]:
    """name -> type of every value that an intent of the flow can carry."""
    found: dict[str, str] = {}
    for intents in (*flow.listens.values(), flow.anywhere):
        for intent in intents.values():
            found |= patterns.slots(intent.examples)
    return found
