"""What stands in a step, whatever its kind: a step enters; its prompts, the steps and flows that follow, its
conditions and the names that it sets leave, each with its place in the step."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.flow.schema import Prompt, Prompts
from ivr.flow.steps import (
    QUESTIONS,
    AskStep,
    CallStep,
    ChooseStep,
    FlowStep,
    ListenStep,
    MenuStep,
    QueueStep,
    Refusal,
    SayStep,
    SetStep,
    Step,
    TransferStep,
    VerifyStep,
    VoicemailStep,
)


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
