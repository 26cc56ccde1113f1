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
    MessageRecorded,
    NoInput,
    RecogniserLost,
    RequestEnded,
    Transcript,
    TransferEnded,
    TransferOutcome,
)
from ivr.flow.actions import HangUp, Listen, Note, RecordMessage, Request, Say, Transfer
from ivr.flow.engine import Engine
from ivr.flow.flow import Flow
from ivr.flow.loader import load
from ivr.flow.state import Phase, State
from ivr.tts.spoken import say_as
from tests.flow.flows import FACTS, TODAY, TRANSFERS

FOLDER = Path(__file__).parents[2] / "flows"
SMALL = ("hotline_en", "hotline_zh")
FLOWS = {
    name: load(FOLDER / f"{name}.yaml", say_as, TRANSFERS)
    for name in (*SMALL, "finance/en/hotline", "finance/zh/hotline")
}
ENGINES = {name: Engine(flow, say_as) for name, flow in FLOWS.items()}
LAST = {
    Phase.LISTENING: Listen,
    Phase.CONFIRMING: Listen,
    Phase.UNSURE: Listen,
    Phase.CALLING: Request,
    Phase.RECORDING: RecordMessage,
    Phase.TRANSFERRING: Transfer,
    Phase.ENDED: HangUp,
}
CARD = "8316529407318652"
FOUR = "8652"


ANSWERS = st.sampled_from(
    [
        None,
        [],
        {"passed": True},
        {"passed": False, "tries_left": 1},
        {"balance": "12.50", "amount": "3.00", "due": "2026-12-01", "status": "pending"},
        {"id": 1, "known": True, "name": "Ada", "tags": [], "open_loans": [{"id": 1, "balance": "5.00"}]},
    ]
)


def _sentences(flow: Flow) -> list[str]:
    intents = [i for part in flow.flows.values() for at in part.listens.values() for i in at.values()]
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
        st.builds(
            RequestEnded, st.integers(1, 8), st.sampled_from([0, 200, 202, 404, 409, 422, 423]), ANSWERS
        ),
        st.builds(MessageRecorded, st.integers(0, 90)),
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
        if _secret_question(before) or (name in SMALL and not _open_question(before)):
            assert CARD not in repr(shown)
            assert FOUR not in repr(shown)
        assert CARD not in repr(state)
        assert FOUR not in repr(state)
        if not actions:
            assert state == before
            assert _too_late(before, event)
            continue
        assert sum(isinstance(a, WAITING) for a in actions) == 1
        assert isinstance(actions[-1], LAST[state.phase])


WAITING = Listen | Transfer | Request | RecordMessage | HangUp


def _too_late(state: State, event: Any) -> bool:
    """The flow does not wait for that."""
    awaited = {
        TransferEnded: Phase.TRANSFERRING, RequestEnded: Phase.CALLING, MessageRecorded: Phase.RECORDING,
    }  # fmt: skip
    if type(event) in awaited:
        of_another = isinstance(event, RequestEnded) and event.number != state.request
        return of_another or state.phase is not awaited[type(event)]
    return state.phase not in (Phase.LISTENING, Phase.CONFIRMING, Phase.UNSURE)


def _secret_question(state: State) -> bool:
    return state.listen is not None and state.listen.expectation.secret


def _open_question(state: Any) -> bool:
    """A question whose answer is no secret: what is said there may be shown."""
    return state.step in ("repay_amount", "repay_day", "new_card", "main")


@pytest.mark.parametrize("name", sorted(FLOWS))
def test_every_example_means_its_intent(name: str) -> None:
    for flow in FLOWS[name].flows.values():
        for step, intents in flow.listens.items():
            for intent, body in intents.items():
                for example in body.examples:
                    if "[" not in example:
                        found = flow.matchers[step].match(example.upper() + "!", TODAY)
                        assert found is not None
                        assert (found.name, found.score) == (intent, 1.0)
