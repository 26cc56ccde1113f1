"""The flow language as a JSON Schema (draft 2020-12), so that an editor knows its words: made from the
models that check the files, with their notes as descriptions."""

from __future__ import annotations

import ast
import inspect
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema

from ivr.flow import schema as parts
from ivr.flow import steps
from ivr.flow.schema import FlowFile
from ivr.flow.steps import STEPS

Schema = dict[str, Any]

_PLAIN = ["string", "number"]
"""YAML reads 5 and 5.0 as no text; the language takes them as one"""
_BARGE_IN: Schema = {
    "anyOf": [
        {"enum": ["speech", "keys", "off"]},
        {
            "type": "object",
            "properties": {"words": {"type": "integer", "minimum": 1}},
            "required": ["words"],
            "additionalProperties": False,
        },
        {
            "type": "object",
            "properties": {"hotword": {"anyOf": [{"type": _PLAIN}, {"type": "array", "minItems": 1}]}},
            "required": ["hotword"],
            "additionalProperties": False,
        },
    ]
}
WORDS = {
    "say": "Says something and goes on.",
    "listen": "An open question: what callers may mean, each with examples, keys and where it leads.",
    "menu": "Keys with their words; the bot reads them out.",
    "ask": "Asks for one value and keeps it under this name.",
    "choose": "Goes the first way whose condition holds.",
    "set": "Computes values and keeps them.",
    "call": "Asks another system: a service of the settings (get, post), or a function.",
    "verify": "Proves who the caller is, factor by factor.",
    "transfer": "Passes the caller on to a name of the settings or a SIP address.",
    "queue": "Puts the caller into a queue of the settings.",
    "voicemail": "Takes a spoken message.",
    "flow": "Goes through another flow and comes back.",
    "return": "Ends a flow that another one called, with its result.",
    "hang_up": "Ends the call; the word is its outcome in the call record.",
}


def schema() -> Schema:
    models = [FlowFile, *STEPS.values()]
    _, made = models_json_schema(
        [(model, "validation") for model in models], by_alias=True, schema_generator=_Generator
    )
    defs: Schema = made["$defs"]
    notes = {**_notes(parts), **_notes(steps)}
    for model in _models():
        if model.__name__ in defs:
            _describe(defs[model.__name__], model, notes)
    for word, step in STEPS.items():
        part = defs[step.__name__]
        part["properties"][word]["description"] = WORDS[word]
    top = defs.pop(FlowFile.__name__)
    top["properties"]["steps"]["additionalProperties"] = {"$ref": "#/$defs/step"}
    top["properties"]["steps"]["description"] = "name -> step"
    defs["step"] = _step()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A flow",
        **top,
        "$defs": defs,
    }


def _step() -> Schema:
    """Its word decides what else stands in it: a mistake is told for that kind alone."""
    return {
        "type": "object",
        "description": "A step holds exactly one of: " + ", ".join(STEPS),
        "properties": {word: {"description": about} for word, about in WORDS.items()},
        "oneOf": [{"required": [word]} for word in STEPS],
        "allOf": [
            {"if": {"required": [word]}, "then": {"$ref": f"#/$defs/{model.__name__}"}}
            for word, model in STEPS.items()
        ],
    }


# --- what the models say ----------------------------------------------------------------------------


class _Generator(GenerateJsonSchema):
    """What may be written shorter is allowed as it is written."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        made = super().model_schema(schema)
        made.pop("title", None)
        if "anyOf" in made:  # a shorter form, or the whole
            made["anyOf"][1]["additionalProperties"] = made.pop("additionalProperties")
        return made

    def str_schema(self, schema: core_schema.StringSchema) -> JsonSchemaValue:
        return {**super().str_schema(schema), "type": _PLAIN}

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])  # nothing is left out, not written as null

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        made = super().default_schema(schema)
        if not isinstance(made.get("default"), int | float | str) or made["default"] == "":
            made.pop("default", None)
        return made

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        made = super().dict_schema(schema)
        return {**made, "additionalProperties": False} if "patternProperties" in made else made

    def function_before_schema(self, schema: core_schema.BeforeValidatorFunctionSchema) -> JsonSchemaValue:
        made = self.generate_inner(schema["schema"])
        match getattr(schema["function"]["function"], "__name__", ""):
            case "as_list":
                return {"anyOf": [made["items"], made]}
            case "_from_text":
                return {"anyOf": [{"type": _PLAIN}, made]}
            case "_from_off":
                return {"anyOf": [{"enum": ["off", False]}, made]}
            case "_factor":
                return {"anyOf": [{"enum": list(get_args(steps.Factor_))}, made]}
            case "_barge_in":
                return _BARGE_IN
            case "<lambda>":  # of an expression
                return {**made, "type": [*_PLAIN, "boolean"]}
        raise TypeError(f"no shape is known for {schema['function']}")


def _models() -> list[type[BaseModel]]:
    found: list[type[BaseModel]] = [parts.Part]
    for model in found:  # grows
        found += model.__subclasses__()
    return found


def _describe(made: Schema, model: type[BaseModel], notes: dict[str, dict[str, str]]) -> None:
    whole = made["anyOf"][1] if "anyOf" in made else made
    for base in reversed(model.__mro__):
        for name, note in notes.get(base.__name__, {}).items():
            if name in model.model_fields:
                field = whole["properties"][model.model_fields[name].alias or name]
                field.setdefault("description", note)
    for field in whole["properties"].values():
        if "anyOf" in field and field.pop("minLength", 0):  # of one or a list
            field["anyOf"][1]["minItems"] = 1


def _notes(module: Any) -> dict[str, dict[str, str]]:
    """class -> field -> the text below the field in the source."""
    found: dict[str, dict[str, str]] = {}
    for node in ast.parse(inspect.getsource(module)).body:
        if not isinstance(node, ast.ClassDef):
            continue
        for line, below in zip(node.body, node.body[1:], strict=False):
            match line, below:
                case ast.AnnAssign(target=ast.Name(name)), ast.Expr(ast.Constant(str() as text)):
                    found.setdefault(node.name, {})[name] = inspect.cleandoc(text)
    return found
