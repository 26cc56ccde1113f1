"""Python functions that the settings register by name for flows: `name: package.module:function`. A
function takes the values of the step's `body` by name and returns what JSON can carry."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Mapping
from typing import Any

from ivr.services.client import Answer

Function = Callable[..., Any]


class FunctionError(Exception):
    """A registered function that does not exist; the message says how to mend it."""


def load(registered: Mapping[str, str]) -> dict[str, Function]:
    """Raises FunctionError."""
    found: dict[str, Function] = {}
    for name, place in registered.items():
        module, _, attribute = place.partition(":")
        try:
            function = getattr(importlib.import_module(module), attribute)
        except (ImportError, AttributeError) as error:
            raise FunctionError(
                f"flows.functions.{name}: cannot import {place}: {error}; write it as package.module:function"
            ) from error
        if not callable(function):
            raise FunctionError(f"flows.functions.{name}: {place} is no function")
        found[name] = function
    return found


def run(function: Function, values: Mapping[str, Any]) -> Answer:
    """200 with what it returns; 0 with the kind of error where it raises."""
    began_s = time.monotonic()
    try:
        data = function(**values)
    except Exception as error:  # whatever it is, the call goes on by its flow's own path
        return Answer(0, reason=type(error).__name__, took_ms=round((time.monotonic() - began_s) * 1000))
    return Answer(200, data, took_ms=round((time.monotonic() - began_s) * 1000))
