"""The flow language as a JSON Schema (draft 2020-12), so that an editor knows its words: made from the
models that check the files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic.json_schema import models_json_schema

from ivr.flow.schema import FlowFile
from ivr.flow.steps import STEPS

Schema = dict[str, Any]

_PLAIN = ["string", "number", "boolean"]
"""YAML reads 5, 5.0 and true as no text; the language takes them as one"""
_BARGE_IN: Schema = {
    "anyOf": [
        {"enum": ["off", "keys", "speech"]},
        {"type": "object", "properties": {"words": {"type": "integer", "minimum": 1}}, "required": ["words"]},
        {"type": "object", "properties": {"hotword": {"type": ["string", "array"]}}, "required": ["hotword"]},
    ]
}
_SHORT: dict[str, Schema] = {
    "Prompt": {"type": _PLAIN},
    "Factor": {"enum": ["number", "id_tail", "card_tail", "birthday", "code"]},
    "Command": {"enum": ["off", False]},
}
"""what may stand in place of the whole mapping"""
_NEVER_ALONE = ("choose", "refuse")
"""lists that are lists even with one part"""


def schema() -> Schema:
    models = {FlowFile, *STEPS.values()}
    _, made = models_json_schema([(model, "validation") for model in models], by_alias=True)
    parts: Schema = made["$defs"]
    for name, part in parts.items():
        part.pop("title", None)
        _loosen(part)
        for key, field in part.get("properties", {}).items():
            field.pop("title", None)
            if key == "barge_in":
                part["properties"][key] = {**_BARGE_IN, "default": "speech"}
            elif key not in _NEVER_ALONE:
                part["properties"][key] = _alone_too(field)
        if name in _SHORT:
            parts[name] = {"anyOf": [_SHORT[name], part]}
    words = {model.__name__: word for word, model in STEPS.items()}
    for name, word in words.items():
        parts[name]["required"] = sorted({*parts[name].get("required", ()), word})
    top = parts.pop(FlowFile.__name__)
    top["properties"]["steps"] = {
        "type": "object",
        "description": "name -> step; a step begins with one of: " + ", ".join(STEPS),
        "additionalProperties": {"oneOf": [{"$ref": f"#/$defs/{name}"} for name in words]},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A flow",
        **top,
        "$defs": parts,
    }


def _loosen(part: Schema) -> None:
    """Numbers and true or false where a text is wanted."""
    for node in _nodes(part):
        if node.get("type") == "string" and "enum" not in node and "const" not in node:
            node["type"] = _PLAIN


def _nodes(node: Any) -> Iterator[Schema]:
    if isinstance(node, dict):
        yield node
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _nodes(child)


def _alone_too(field: Schema) -> Schema:
    """A list of one may be written without its dash."""
    if field.get("type") == "array" and "items" in field:
        about: Schema = {key: field[key] for key in ("default", "description") if key in field}
        return {"anyOf": [field["items"], field], **about}
    if "anyOf" in field:
        return {**field, "anyOf": [_alone_too(choice) for choice in field["anyOf"]]}
    return field
