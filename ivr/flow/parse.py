"""The YAML of a flow file enters; its checked top and steps leave, and a problem for everything in it that
is no flow language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from ivr import located
from ivr.flow.schema import FlowFile
from ivr.flow.steps import STEPS, Step
from ivr.located import Key, Located, Problem


def top(source: Located, problems: list[Problem]) -> FlowFile | None:
    if not isinstance(source.data, dict):
        problems.append(source.problem((), "a flow file is a mapping: flow, language, start, steps"))
        return None
    try:
        return FlowFile.model_validate(source.data)
    except ValidationError as error:
        problems += located.schema_problems(source, error, _Known(FlowFile, ()))
        return None


def steps(source: Located, problems: list[Problem]) -> dict[str, Step]:
    made: dict[str, Step] = {}
    data = source.data.get("steps") if isinstance(source.data, dict) else None
    for name, body in (data if isinstance(data, dict) else {}).items():
        at: Key = ("steps", name)
        kinds = [kind for kind in STEPS if isinstance(body, dict) and kind in body]
        if len(kinds) != 1:
            problems.append(source.problem(at, _kind_message(name, body, kinds)))
            continue
        model = STEPS[kinds[0]]
        try:
            made[name] = model.model_validate(body)
        except ValidationError as error:
            problems += located.schema_problems(source, error, _Known(model, at), at)
    return made


def _kind_message(name: str, body: Any, kinds: list[str]) -> str:
    if not isinstance(body, dict):
        return f"step '{name}': a step is a mapping that begins with one of {', '.join(STEPS)}"
    if kinds:
        return f"step '{name}': is {' and '.join(kinds)} at once; make it {len(kinds)} steps"
    hints = [located.suggestion(word, STEPS) for word in body]
    hint = next((hint for hint in hints if hint), "")
    words = f"'{', '.join(map(str, body))}' holds" if body else "holds"
    return f"step '{name}': {words} none of {', '.join(STEPS)}{hint}"


class _Known(Mapping[Key, Sequence[str]]):
    """The keys that a model allows at each place below it, whatever names its author gives there."""

    def __init__(self, model: type[BaseModel], at: Key) -> None:
        self._model, self._at = model, at

    def __getitem__(self, key: Key) -> Sequence[str]:
        models = [self._model]
        for part in key[len(self._at) :]:
            fields = [f for m in models for name, f in m.model_fields.items() if part in (name, f.alias)]
            if fields:  # otherwise a name that the author gave, or a place in a list
                models = [model for info in fields for model in _models(info.annotation)]
        return [info.alias or name for model in models for name, info in model.model_fields.items()]

    def __iter__(self) -> Any:
        return iter(())

    def __len__(self) -> int:
        return 1


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models(part)]
