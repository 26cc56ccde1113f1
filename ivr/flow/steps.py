"""The steps of the flow language: a mapping whose first word says what the step does."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from ivr.events import Choice, Slot
from ivr.flow import templates
from ivr.flow.schema import (
    Examples,
    Expression,
    Intent,
    Keys,
    Name,
    Part,
    Prompt,
    Prompts,
    SlotType,
    StepName,
    as_list,
)


class _MaySpeak(Part):
    prompt: Prompts | None = None


class SayStep(Part):
    say: Prompts
    next: StepName


# --- questions --------------------------------------------------------------------------------


class _Waiting(Part):
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


class Option(Part):
    """One entry of a menu."""

    say: str = Field(min_length=1)
    """completes "For ..., press 1": also what a caller may say"""
    examples: Examples = ()
    next: StepName | None = None
    flow: Name | None = None

    @model_validator(mode="after")
    def _leads_somewhere(self) -> Option:
        if (self.next is None) == (self.flow is None):
            raise ValueError("needs 'next' (a step) or 'flow' (a flow to go through and come back from)")
        return self


class MenuStep(_Waiting):
    """Keys, each with its words; what is said about the keys is made by the bot."""

    menu: dict[Keys, Option] = Field(min_length=1)
    prompt: Prompts | None = None  # type: ignore[assignment]


class Refusal(Part):
    """An answer that does not do, and what is said about it; the question is put again."""

    when: Expression
    say: Prompts


class OneOf(Part):
    """One of the choices of type one_of."""

    said: Examples = ()
    """ways to say it besides its own name"""
    keys: Keys | None = None


class AskStep(_Waiting):
    ask: Name
    type: SlotType
    length: int | None = Field(default=None, ge=1, le=40)
    """digits only: exactly so many"""
    min_length: int = Field(default=1, ge=1, le=40)
    max_length: int = Field(default=20, ge=1, le=40)
    choices: dict[str, OneOf] | None = None
    """one_of only: value -> how it is said and keyed"""
    confirm: Prompts | None = None
    """read-back, answered by yes or no; on no it is asked again"""
    confirm_when: Literal["always", "unsure"] = "always"
    retries: int = Field(default=2, ge=0, le=10)
    """how often the caller may say no to the read-back, or give an answer that is refused"""
    refuse: tuple[Refusal, ...] = ()
    secret: bool = False
    subjects: bool | None = None
    """whether another subject may be raised here by voice; not given: except in codes and numbers"""
    next: StepName

    @model_validator(mode="after")
    def _fits_its_type(self) -> AskStep:
        given = {"length", "min_length", "max_length"} & self.model_fields_set
        if given and self.type != "digits":
            raise ValueError(f"'{sorted(given)[0]}' goes with type digits only, not with {self.type}")
        if "length" in given and len(given) > 1:
            raise ValueError("give either 'length' or 'min_length' and 'max_length'")
        if self.min_length > self.max_length:
            raise ValueError(f"'min_length' {self.min_length} is more than 'max_length' {self.max_length}")
        if (self.type == "one_of") != (self.choices is not None):
            raise ValueError("'choices' and type one_of go together")
        if "confirm_when" in self.model_fields_set and not self.confirm:
            raise ValueError("'confirm_when' needs 'confirm', the text of the read-back")
        return self

    @property
    def slot(self) -> Slot:
        choices = tuple(
            Choice(value, (value, *one.said), one.keys or "") for value, one in (self.choices or {}).items()
        )
        return Slot(self.type, self.length or self.min_length, self.length or self.max_length, choices)

    @property
    def hears_subjects(self) -> bool:
        if self.subjects is not None:
            return self.subjects
        return self.type in ("yes_no", "money", "date", "time", "date_time", "one_of", "number")


# --- reckoning ----------------------------------------------------------------------------------


class Branch(Part):
    when: Expression
    next: StepName


class ChooseStep(Part):
    choose: tuple[Branch, ...] = Field(min_length=1)
    otherwise: StepName


class SetStep(Part):
    set: dict[Name, Expression] = Field(min_length=1)
    next: StepName


# --- other systems ------------------------------------------------------------------------------

Path_ = Annotated[str, Field(pattern=r"^/"), AfterValidator(templates.checked_text)]


class CallStep(Part):
    """A request to a service of the settings, or a Python function registered there."""

    call: Name
    get: Path_ | None = None
    post: Path_ | None = None
    body: dict[str, Expression] = Field(default_factory=dict)
    """of the request; the arguments of a function"""
    save: dict[Name, Expression] = Field(default_factory=dict)
    """what is kept of `answer`"""
    secret: bool = False
    """what is kept must never be shown"""
    filler: Prompts | None = None
    """said when the answer takes its time"""
    timeout_ms: int = Field(default=3000, ge=100, le=30000)
    retries: int = Field(default=1, ge=0, le=5)
    status: dict[Annotated[str, Field(pattern="^[1-5][0-9][0-9]$")], StepName] = Field(default_factory=dict)
    """HTTP status -> step, in place of `next` or `failed`"""
    next: StepName
    failed: StepName
    """no answer, or a status from 400 that is not under `status`"""

    @model_validator(mode="after")
    def _one_way(self) -> CallStep:
        if self.get and self.post:
            raise ValueError("is either 'get' or 'post'")
        return self


Factor_ = Literal["number", "id_tail", "card_tail", "birthday", "code"]
LEVELS: dict[str, int] = {"number": 1, "id_tail": 1, "card_tail": 1, "birthday": 1, "code": 2}
"""what a passed factor is worth"""


def _factor(value: Any) -> Any:
    return {"factor": value} if isinstance(value, str) else value


class Factor(Part):
    """One way to prove who one is."""

    factor: Factor_
    prompt: Prompts | None = None
    no_match: Prompts | None = None
    no_input: Prompts | None = None

    @property
    def slot(self) -> Slot:
        if self.factor == "id_tail":
            return Slot("id_tail")
        length = {"code": 6, "birthday": 8}.get(self.factor, 4)
        return Slot("digits", length, length)


class VerifyStep(_Waiting):
    """The caller's identity, factor by factor, until `level` is reached."""

    verify: Name
    """the service that knows: POST {path} with factor and value; POST {codes} sends a one-time code"""
    path: Path_
    codes: Path_ | None = None
    factors: Annotated[tuple[Annotated[Factor, BeforeValidator(_factor)], ...], BeforeValidator(as_list)] = (
        Field(min_length=1)
    )
    level: int = Field(default=2, ge=1, le=5)
    tries: int = Field(default=3, ge=1, le=9)
    timeout_ms: int = Field(default=3000, ge=100, le=30000)
    prompt: Prompts | None = None  # type: ignore[assignment]
    next: StepName
    failed: StepName
    locked: StepName | None = None
    """too many wrong answers, now or before; not given: as `failed`"""

    @model_validator(mode="after")
    def _can_be_passed(self) -> VerifyStep:
        worth = sum(LEVELS[factor.factor] for factor in self.factors)
        if worth < self.level:
            raise ValueError(f"the factors are worth {worth} in all, so level {self.level} cannot be reached")
        if any(factor.factor == "code" for factor in self.factors) and not self.codes:
            raise ValueError("factor code needs 'codes', the path that sends one")
        return self


# --- people, other flows, the end -----------------------------------------------------------------


class TransferStep(_MaySpeak):
    transfer: str = Field(min_length=1)
    """a name from the settings (flows.transfers) or a SIP URI"""
    failed: StepName | None = None


class QueueStep(_MaySpeak):
    queue: str = Field(min_length=1)
    """a name from the settings (flows.transfers)"""
    priority: Expression | None = Field(default=None, alias="class")
    """the caller's class in the queue"""
    otherwise: StepName | None = None
    """nobody took the call"""


class VoicemailStep(Part):
    """A message spoken after a tone, kept as a WAV file."""

    voicemail: Name
    """the box"""
    prompt: Prompts
    max_s: int = Field(default=120, ge=1, le=600)
    next: StepName
    empty: StepName | None = None
    """nothing was said; not given: as `next`"""


class FlowStep(Part):
    """Another flow, gone through as a part of this one."""

    flow: Name
    give: dict[Name, Expression] = Field(default={}, alias="with")
    save: dict[Name, Expression] = Field(default_factory=dict)
    """what is kept of `result`, the values that it returns"""
    next: StepName
    cancelled: StepName | None = None
    """the caller broke it off; not given: as `next`"""


class ReturnStep(_MaySpeak):
    """The end of a flow that another one called, with its result. In a call of its own: the end."""

    return_: dict[Name, Expression] = Field(alias="return")


class HangUpStep(_MaySpeak):
    hang_up: str = Field(min_length=1)
    """the outcome for the call record"""


Question = ListenStep | MenuStep | AskStep | VerifyStep
QUESTIONS = (ListenStep, MenuStep, AskStep, VerifyStep)
Step = (
    SayStep | ListenStep | MenuStep | AskStep | ChooseStep | SetStep | CallStep | VerifyStep | TransferStep
    | QueueStep | VoicemailStep | FlowStep | ReturnStep | HangUpStep
)  # fmt: skip

STEPS: dict[str, type[Step]] = {
    "say": SayStep,
    "listen": ListenStep,
    "menu": MenuStep,
    "ask": AskStep,
    "choose": ChooseStep,
    "set": SetStep,
    "call": CallStep,
    "verify": VerifyStep,
    "transfer": TransferStep,
    "queue": QueueStep,
    "voicemail": VoicemailStep,
    "flow": FlowStep,
    "return": ReturnStep,
    "hang_up": HangUpStep,
}
