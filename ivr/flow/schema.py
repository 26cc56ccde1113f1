"""The flow language as pydantic models: plain YAML data of a flow enters, typed steps leave.

A step is a mapping whose first word says what it does (say, listen, ask, choose, set, transfer,
hang_up). A place for a prompt takes a text, a mapping with more about it, or a list of these: the
n-th time takes the n-th of the list.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from ivr.events import BargeIn, Hotwords, Slot, Words
from ivr.flow import templates

Name = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
StepName = Annotated[str, Field(min_length=1)]
Text = Annotated[str, Field(min_length=1), AfterValidator(templates.checked_text)]
Expression = Annotated[str, Field(min_length=1), AfterValidator(templates.checked_expression)]
Keys = Annotated[str, Field(pattern=r"^[0-9*#A-D]+$")]
Example = Annotated[str, Field(min_length=1, pattern=r"\w")]


class _Part(BaseModel):
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


class Prompt(_Part):
    """What is said once."""

    text: Text
    recording: str = ""
    """WAV file beside the flow, played in place of the text"""
    barge_in: Annotated[BargeIn, BeforeValidator(_barge_in)] = "speech"
    voice: str = ""

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        return value if isinstance(value, Mapping) else {"text": value}


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else [value]


Prompts = Annotated[tuple[Prompt, ...], BeforeValidator(_as_list), Field(min_length=1)]


class _Step(_Part):
    prompt: Prompts | None = None


class SayStep(_Part):
    say: Prompts
    next: StepName


class Intent(_Part):
    examples: tuple[Example, ...] = ()
    keys: Keys | None = None
    next: StepName

    @model_validator(mode="after")
    def _can_be_chosen(self) -> Intent:
        if not self.examples and self.keys is None:
            raise ValueError("needs 'examples' (sentences that callers say) or 'keys'")
        return self


class _Waiting(_Part):
    """What all steps share that wait for the caller."""

    prompt: Prompts
    no_match: Prompts | None = None
    no_input: Prompts | None = None
    give_up: StepName | None = None
    help: Prompt | None = None
    # not given: as the settings of the line say
    no_input_ms: int | None = Field(default=None, ge=500, le=60000)
    max_speech_ms: int | None = Field(default=None, ge=1000, le=60000)
    complete_timeout_ms: int | None = Field(default=None, ge=100, le=5000)
    incomplete_timeout_ms: int | None = Field(default=None, ge=100, le=5000)
    inter_key_ms: int | None = Field(default=None, ge=200, le=20000)


class ListenStep(_Waiting):
    listen: dict[Name, Intent] = Field(min_length=1)


class AskStep(_Waiting):
    ask: Name
    type: Literal["digits", "yes_no", "number", "money", "date"]
    length: int | None = Field(default=None, ge=1, le=40)
    """digits only: exactly so many"""
    min_length: int = Field(default=1, ge=1, le=40)
    max_length: int = Field(default=20, ge=1, le=40)
    confirm: Prompts | None = None
    """read-back, answered by yes or no; on no it is asked again"""
    retries: int = Field(default=2, ge=0, le=10)
    """how often the caller may say no to the read-back and is asked again"""
    secret: bool = False
    next: StepName

    @model_validator(mode="after")
    def _lengths(self) -> AskStep:
        given = {"length", "min_length", "max_length"} & self.model_fields_set
        if given and self.type != "digits":
            raise ValueError(f"'{sorted(given)[0]}' goes with type digits only, not with {self.type}")
        if "length" in given and len(given) > 1:
            raise ValueError("give either 'length' or 'min_length' and 'max_length'")
        if self.min_length > self.max_length:
            raise ValueError(f"'min_length' {self.min_length} is more than 'max_length' {self.max_length}")
        return self

    @property
    def slot(self) -> Slot:
        return Slot(self.type, self.length or self.min_length, self.length or self.max_length)


class Branch(_Part):
    when: Expression
    next: StepName


class ChooseStep(_Part):
    choose: tuple[Branch, ...] = Field(min_length=1)
    otherwise: StepName


class SetStep(_Part):
    set: dict[Name, Expression] = Field(min_length=1)
    next: StepName


class TransferStep(_Step):
    transfer: str = Field(min_length=1)
    """a name from the settings (flows.transfers) or a SIP URI"""
    failed: StepName | None = None


class HangUpStep(_Step):
    hang_up: str = Field(min_length=1)
    """the outcome for the call record"""


Step = SayStep | ListenStep | AskStep | ChooseStep | SetStep | TransferStep | HangUpStep

STEPS: dict[str, type[Step]] = {
    "say": SayStep,
    "listen": ListenStep,
    "ask": AskStep,
    "choose": ChooseStep,
    "set": SetStep,
    "transfer": TransferStep,
    "hang_up": HangUpStep,
}


class Command(_Part):
    """A universal command; `off` in place of this switches it off."""

    examples: tuple[Example, ...] | None = None
    keys: Keys | Literal["off"] | None = None
    next: StepName | None = None
    off: bool = False

    @model_validator(mode="before")
    @classmethod
    def _from_off(cls, value: Any) -> Any:
        return {"off": True} if value == "off" or value is False else value


class Universal(_Part):
    """Not given: the built-in examples and keys of the language."""

    repeat: Command = Command()
    help: Command = Command()
    agent: Command = Command()
    goodbye: Command = Command()


class Messages(_Part):
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


class FlowFile(_Part):
    """The top of a flow file; each of `steps` is checked by its own model."""

    flow: Name
    language: Literal["en", "zh"]
    voice: str = ""
    currency: str = Field(default="USD", pattern="^[A-Z]{3}$")
    start: StepName
    person: StepName | None = None
    """the step that hands the caller to a person"""
    data: dict[Name, Any] = {}
    messages: Messages = Messages()
    universal: Universal = Universal()
    steps: dict[StepName, Any] = Field(min_length=1)
