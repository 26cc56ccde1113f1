"""Texts as YAML writes them: a text enters; it leaves plain where it may be, in quotes where it must."""

from __future__ import annotations

import json

import yaml


def written(text: str, in_brackets: bool = False, quote: str = "") -> str:
    """`in_brackets`: within `[a, b]`; `quote`: the quotes to use in any case."""
    if quote == "'" and "\n" not in text:
        return "'" + text.replace("'", "''") + "'"
    if not quote and _reads_plain(text, in_brackets):
        return text
    return json.dumps(text, ensure_ascii=False)


def _reads_plain(text: str, in_brackets: bool) -> bool:
    if not text[:1].isalpha() or "\n" in text or (in_brackets and "?" in text):
        return False
    try:
        return bool(yaml.safe_load(f"[{text}]" if in_brackets else f"- {text}") == [text])
    except (yaml.YAMLError, ValueError):
        return False
