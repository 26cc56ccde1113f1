"""Whatever a caller and the network do, the engine never raises, always waits or has ended, and
shows no secret."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.events import (
    Alternative,
    KeysEntered,
    NoInput,
    RecogniserLost,
    Transcript,
    TransferEnded,
    TransferOutcome,
)
from ivr.flow.actions import HangUp, Listen, Note, Say, Transfer
from ivr.flow.engine import Engine
from ivr.flow.flow import Flow
from ivr.flow.loader import load
from ivr.flow.state import Phase
from ivr.flow.steps import ListenStep
from ivr.tts.spoken import say_as
from tests.flow.flows import FACTS, TODAY, TRANSFERS

FLOWS = {
    name: load(Path(__file__).parents[2] / "flows" / f"{name}.yaml", say_as, TRANSFERS)
    for name in ("hotline_en", "hotline_zh")
}
ENGINES = {name: Engine(flow, say_as) for name, flow in FLOWS.items()}
LAST = {
    Phase.LISTENING: Listen,
    Phase.CONFIRMING: Listen,
    Phase.TRANSFERRING: Transfer,
    Phase.ENDED: HangUp,
}
CARD = "8316529407318652"
FOUR = "8652"


def _sentences(flow: Flow) -> list[str]:
    intents = [
        i for step in flow.steps.values() if isinstance(step, ListenStep) for i in step.listen.values()
    ]
    return [text for intent in intents for text in intent.examples]


def _events(flow: Flow) -> st.SearchStrategy[Any]:
    words = [
        "yes",
        "no",
        "是",
        "不是",
        "five thousand",
        "五千",
        "next friday",
        "下周五",
        "agent",
        "repeat",
        "help",
        "",
    ]
    texts = st.sampled_from([*_sentences(flow), *words, CARD, FOUR, " ".join(CARD)]) | st.text(max_size=12)
    keys = st.sampled_from(["1", "2", "3", "4", "0", "*", "500", "1201", CARD, FOUR]) | st.text(
        "0123456789*#", max_size=6
    )
    alternatives = st.lists(st.builds(Alternative, texts, st.just(0.3)), max_size=2).map(tuple)
    return st.one_of(
        st.builds(Transcript, st.just(1), texts, st.just(0.8), alternatives),
        st.builds(KeysEntered, st.just(1), keys, st.sampled_from(["full", "terminator", "timeout"])),
        st.just(NoInput(1)),
        st.just(RecogniserLost(1, "gone")),
        st.builds(TransferEnded, st.just(1), st.sampled_from(TransferOutcome), st.just(0)),
    )


@pytest.mark.parametrize("name", sorted(FLOWS))
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_events(name: str, data: st.DataObject) -> None:
    engine = ENGINES[name]
    state, actions = engine.start(FACTS, TODAY)
    for event in data.draw(st.lists(_events(engine.flow), max_size=25)):
        before = state
        state, actions = engine.step(state, event)
        assert engine.step(before, event) == (state, actions)
        shown = [a.shown for a in actions if isinstance(a, Say)] + [
            repr(a) for a in actions if isinstance(a, Note)
        ]
        if not _open_question(before):
            assert CARD not in repr(shown)
            assert FOUR not in repr(shown)
        assert CARD not in repr(state)
        assert FOUR not in repr(state)
        if not actions:
            late = before.phase is Phase.ENDED
            assert state == before
            assert late or (before.phase is Phase.TRANSFERRING) != isinstance(event, TransferEnded)
            continue
        assert sum(isinstance(a, Listen | Transfer | HangUp) for a in actions) == 1
        assert isinstance(actions[-1], LAST[state.phase])


def _open_question(state: Any) -> bool:
    """A question whose answer is no secret: what is said there may be shown."""
    return state.step in ("repay_amount", "repay_day", "new_card", "main")


@pytest.mark.parametrize("name", sorted(FLOWS))
def test_every_example_means_its_intent(name: str) -> None:
    flow = FLOWS[name]
    for step_name, step in flow.steps.items():
        if isinstance(step, ListenStep):
            for intent, body in step.listen.items():
                for example in body.examples:
                    found = flow.matchers[step_name].match(example.upper() + "!", TODAY)
                    assert found is not None
                    assert (found.name, found.score) == (intent, 1.0)
