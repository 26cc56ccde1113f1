"""Where a call stands, for people: the flow and a state enter; lines leave, secrets masked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ivr.flow.context import plain
from ivr.flow.flow import Flow
from ivr.flow.state import Phase, State, Values
from ivr.flow.steps import AskStep
from ivr.flow.templates import MASK

_LONGEST = 160


def standing(root: Flow, state: State) -> Iterator[str]:
    flow = root.flows[state.flow]
    yield f"step {state.step} of {state.flow}, {state.phase}"
    for caller in reversed(state.stack):
        values = _listed(root.flows[caller.flow], caller.values)
        yield f"called from step {caller.step} of {caller.flow}{values}"
    yield f"values{_listed(flow, state.values) or ': none'}"
    if state.early:
        yield f"said before it was asked{_listed(flow, state.early)}"
    step = flow.steps.get(state.step)
    if state.pending is not None and isinstance(step, AskStep):
        yield f"not confirmed yet{_listed(flow, ((step.ask, state.pending),))}"
    yield f"known{_listed(flow, state.shared)}"
    if state.phase in (Phase.LISTENING, Phase.CONFIRMING, Phase.UNSURE) and state.listen:
        expected = state.listen.expectation
        slots = [slot.type for slot in expected.grammar.slots]
        keys = [f"{expected.keys.min_keys} to {expected.keys.max_keys} keys"] if expected.keys else []
        yield f"listens for: {', '.join([f'{len(expected.grammar.sentences)} sentences', *slots, *keys])}"
    counts = {"not understood": state.no_match, "silent": state.no_input, "refused": state.refused}
    if any(counts.values()):
        yield f"in a row: {', '.join(f'{what} {count}' for what, count in counts.items() if count)}"


def _listed(flow: Flow, values: Values) -> str:
    told = [
        f"{name} = {MASK if name in flow.secrets else shown(value)}" for name, value in values if value != ""
    ]
    return f": {'; '.join(told)}" if told else ""


def shown(value: Any) -> str:
    """Money, days and times as in JSON; what is long is cut."""
    made = plain(value)
    text = made if isinstance(made, str) else json.dumps(made, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 4]} ..."
