"""Calls of a population: plans enter; how each call went leaves.

caller --what they do--> noise --what was understood--> engine --> backend
   ^                                                      |
   +------------------ the next question -----------------+
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ivr.events import CallFacts, Kind, TransferOutcome
from ivr.flow.engine import Engine
from ivr.flow.state import Phase
from ivr.simulate import phrases, world
from ivr.simulate.answers import Act
from ivr.simulate.caller import Caller
from ivr.simulate.noise import Channel
from ivr.simulate.population import Plan
from ivr.simulate.world import Backend, Exchange, Outside
from ivr.talk.text_call import Came, TextCall

LETTERS_A_SECOND = {"en": 15.0, "zh": 4.5}
"""of speech, the bot's and the caller's"""
PAUSE_S, KEY_S, SILENCE_S = 0.6, 0.4, 7.0


@dataclass(slots=True)
class Held:
    """One call that was held."""

    plan: Plan
    turns: int = 0
    seconds: float = 0.0
    words: int = 0
    errors: int = 0
    outcome: str = ""
    """as the flow ended it; "caller" where they hung up"""
    exchanges: list[Exchange] = field(default_factory=list)
    flows: set[str] = field(default_factory=set)
    """that were entered"""
    identity: list[str] = field(default_factory=list)
    """outcomes of factors and of the whole check"""
    passed_on: bool = False
    """to a person, who may not have been free"""
    wanted_person: bool = False
    gave_up: bool = False
    agreed: set[str] = field(default_factory=set)
    failed_requests: int = 0
    flow_errors: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    """the conversation, to be read"""


class Simulation:
    """One flow, one company, one recogniser."""

    def __init__(self, engine: Engine, backend: Backend, today: date, wer: float) -> None:
        self._engine, self._backend, self._today = engine, backend, today
        self._language = engine.flow.language
        self._phrases = phrases.load(self._language)
        known = [*phrases.examples(engine.flow), *self._phrases.sentences()]
        self._channel = Channel(self._language, wer, known)

    def hold_all(self, plans: Iterable[Plan]) -> Iterator[Held]:
        for plan in plans:
            yield self.hold(plan)

    def hold(self, plan: Plan) -> Held:
        held = Held(plan)
        outside = Outside(self._backend, plan.trouble, plan.chance("trouble"))
        facts = CallFacts(f"simulated-{plan.seed}", "", "", "", plan.calls_from, "")
        talk = TextCall(self._engine, outside.ask, facts, self._today, self._profile(plan)).begin()
        caller = Caller(
            plan, self._phrases, self._today, lambda: world.code_sent(self._backend, plan.person.id)
        )
        noise = plan.chance("noise")
        self._listen(held, talk.last)
        while talk.outcome is None:
            if talk.state.phase is Phase.TRANSFERRING:
                held.passed_on = True
                outcome = TransferOutcome.COMPLETED if plan.agents_free else TransferOutcome.NO_ANSWER
                talk.transfer_ended(outcome)
                self._listen(held, talk.last)
                continue
            act = caller.act(talk.state, self._engine.flow.flows, outside.exchanges)
            held.turns += 1
            if act.kind == "hangs_up":
                held.outcome = "caller"
                held.lines.append("caller: (hangs up)")
                break
            self._carry_out(talk, act, held, noise)
            self._listen(held, talk.last)
        held.outcome = held.outcome or talk.outcome or ""
        held.exchanges, held.failed_requests = outside.exchanges, outside.failed
        held.wanted_person, held.gave_up, held.agreed = caller.wanted_person, caller.gave_up, caller.agreed
        return held

    def _profile(self, plan: Plan) -> Mapping[str, Any] | None:
        if not plan.calls_from or plan.trouble == 1.0:
            return None
        answer = self._backend.handle("GET", f"/customers/by-number/{plan.calls_from}", {}, None)
        return answer.json if answer.status == 200 else None

    def _carry_out(self, talk: TextCall, act: Act, held: Held, noise: Any) -> None:
        match act.kind:
            case "silence":
                talk.silence()
                held.seconds += SILENCE_S
                held.lines.append("caller: (silent)")
            case "keys":
                talk.keys(act.text)
                held.seconds += PAUSE_S + KEY_S * len(act.text)
                held.lines.append(f"caller: [{act.text}]")
            case _:
                heard = self._channel.hear(act.text, noise)
                talk.says(heard.text, heard.confidence)
                held.words += heard.words
                held.errors += heard.errors
                held.seconds += PAUSE_S + len(act.text) / LETTERS_A_SECOND[self._language]
                shown = "" if heard.text == act.text else f"   -> {heard.text or '(rejected)'}"
                held.lines.append(f"caller: {act.text}{shown}")

    def _listen(self, held: Held, came: Came) -> None:
        for say in came.said:
            held.seconds += len(say.text) / LETTERS_A_SECOND[self._language]
            held.lines.append(f"bot: {say.text}")
        for note in came.notes:
            match note.kind:
                case Kind.FLOW_ENTERED:
                    held.flows.add(note.data["flow"])
                case Kind.IDENTITY:
                    held.identity.append(note.data["outcome"])
                case Kind.UNDERSTOOD:
                    intent = note.data.get("intent")
                    held.lines.append(f"    ({intent or note.data.get('slot')} {note.data['score']})")
                case Kind.ERROR:
                    held.flow_errors.append(f"{note.data['where']}: {note.data['reason']}")
                    held.lines.append(f"    (error: {note.data['where']}: {note.data['reason']})")
