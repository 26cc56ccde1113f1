"""The flow language as pydantic models: plain YAML data of a flow enters, typed parts leave.

Here stand the parts of which steps are made, and the top of a file; steps.py has the steps. A place
for a prompt takes a text, a mapping with more about it, or a list of these: the n-th time takes the
n-th of those whose condition holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from ivr.events import BargeIn, Hotwords, Words
from ivr.flow import patterns, templates

Name = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
StepName = Annotated[str, Field(min_length=1)]
Text = Annotated[str, Field(min_length=1), AfterValidator(templates.checked_text)]
Expression = Annotated[
    str,
    BeforeValidator(lambda value: str(value).lower() if isinstance(value, bool) else value),
    Field(min_length=1),
    AfterValidator(templates.checked_expression),
]
Keys = Annotated[str, Field(pattern=r"^[0-9*#A-D]+$")]
Language = Literal["en", "zh"]
SlotType = Literal[
    "digits", "yes_no", "number", "money", "date", "time", "date_time", "phone", "card", "id_number",
    "spelling", "one_of", "text",
]  # fmt: skip
Example = Annotated[str, Field(min_length=1, pattern=r"\w"), AfterValidator(patterns.checked)]
"""a sentence that callers say; values stand in it as [name:type]"""


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)


def _barge_in(value: Any) -> Any:
    """`words: 2` and `hotword: [agent, stop]` as the events that they stand for."""
    match value:
        case {"words": int(count)} if len(value) == 1 and count >= 1:
            return Words(count)
        case {"hotword": str() | list() as phrases} if len(value) == 1 and phrases:
            phrases = [phrases] if isinstance(phrases, str) else phrases
            return Hotwords(tuple(" ".join(str(phrase).lower().split()) for phrase in phrases))
        case Mapping():
            raise ValueError("is one of: off, keys, speech, {words: N}, {hotword: [phrase, ...]}")
    return value


class Prompt(Part):
    """What is said once."""

    text: Text
    when: Expression | None = None
    """said only where this holds"""
    recording: str = ""
    """WAV file beside the flow, played in place of the text"""
    barge_in: Annotated[BargeIn, BeforeValidator(_barge_in)] = "speech"
    voice: str = ""
    language: Language | None = None
    """another language than the flow's"""

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        return value if isinstance(value, Mapping) else {"text": value}


def as_list(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else [value]


Prompts = Annotated[tuple[Prompt, ...], BeforeValidator(as_list), Field(min_length=1)]
Examples = Annotated[tuple[Example, ...], BeforeValidator(as_list)]


class Meaning(Part):
    """What a caller may mean: named at the top of a flow, or written where it is listened for."""

    examples: Examples = ()
    not_meant: Examples = Field(default=(), alias="not")
    """sentences that sound alike and are something else"""
    means: str = ""
    """completes "You want to ...": for the question back when the bot is not sure"""


class Intent(Meaning):
    """A meaning at a place where it is listened for, and where it leads: to a step, or into a flow
    from which the caller comes back."""

    keys: Keys | None = None
    next: StepName | None = None
    flow: Name | None = None

    @model_validator(mode="after")
    def _leads_somewhere(self) -> Intent:
        if (self.next is None) == (self.flow is None):
            raise ValueError("needs 'next' (a step) or 'flow' (a flow to go through and come back from)")
        return self


class Command(Part):
    """A universal command; `off` in place of this switches it off."""

    examples: Examples | None = None
    keys: Keys | Literal["off"] | None = None
    next: StepName | None = None
    off: bool = False

    @model_validator(mode="before")
    @classmethod
    def _from_off(cls, value: Any) -> Any:
        return {"off": True} if value == "off" or value is False else value


class Universal(Part):
    """Not given: the built-in examples and keys of the language."""

    repeat: Command = Command()
    slower: Command = Command()
    help: Command = Command()
    back: Command = Command()
    cancel: Command = Command()
    agent: Command = Command()
    goodbye: Command = Command()


class Messages(Part):
    """What the bot says by itself. Not given: the built-in text of the language."""

    repeat_please: Prompts | None = None
    """the recogniser was lost"""
    no_match: Prompts | None = None
    no_input: Prompts | None = None
    help: Prompts | None = None
    goodbye: Prompts | None = None
    give_up: Prompts | None = None
    """nothing was understood and there is no person to pass the caller to"""
    transfer_failed: Prompts | None = None
    error: Prompts | None = None
    unsure: Prompts | None = None
    """the question back; `meaning` is what is believed to be meant"""
    not_that: Prompts | None = None
    """the answer to "no" after it"""
    cancelled: Prompts | None = None
    resumed: Prompts | None = None
    """back at a question after another subject"""
    corrected: Prompts | None = None
    """`value` is what is written down now"""
    wait: Prompts | None = None
    """while another system is asked and takes its time"""
    not_verified: Prompts | None = None
    """one answer of an identity check was wrong"""
    ask_id_tail: Prompts | None = None
    ask_card_tail: Prompts | None = None
    ask_birthday: Prompts | None = None
    ask_code: Prompts | None = None
    code_sent: Prompts | None = None
    """a one-time code is on its way; `code_to` says where, as the other system tells it"""


class Bands(Part):
    """How sure the bot must be of a meaning, 0 to 1."""

    accept: float = Field(default=0.6, gt=0, le=1)
    """from here on it acts"""
    confirm: float = Field(default=0.3, gt=0, le=1)
    """from here on it asks back; below, it has not understood"""

    @model_validator(mode="after")
    def _in_order(self) -> Bands:
        if self.confirm > self.accept:
            raise ValueError("'confirm' is not more than 'accept'")
        return self


class FlowFile(Part):
    """The top of a flow file; each of `steps` is checked by its own model."""

    flow: Name
    language: Language
    voice: str = ""
    currency: str = Field(default="USD", pattern="^[A-Z]{3}$")
    start: StepName
    home: StepName | None = None
    """where a caller who cancels goes on; in a flow that others call, `cancel` leads back to them"""
    person: StepName | None = None
    """the step that hands the caller to a person"""
    takes: dict[Name, Any] = {}
    """arguments that a calling flow may give, each with its value if it does not"""
    secrets: tuple[Name, ...] = ()
    """arguments and data that must never be shown"""
    data: dict[Name, Any] = {}
    confidence: Bands = Bands()
    synonyms: dict[str, Annotated[tuple[str, ...], BeforeValidator(as_list)]] = {}
    """word or words of the examples -> what callers say in place of them"""
    out_of_scope: Examples = ()
    """sentences that mean nothing here"""
    intents: dict[Name, Meaning] = {}
    anywhere: dict[Name, Intent] = {}
    """subjects that a caller may raise at any question"""
    messages: Messages = Messages()
    universal: Universal = Universal()
    steps: dict[StepName, Any] = Field(min_length=1)
