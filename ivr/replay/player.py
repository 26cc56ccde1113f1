"""The player: fixtures enter; each runs through the same call loop as a telephone call, and what
came of it is compared with what the manifest says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from ivr import config
from ivr.audio import ms
from ivr.call import Call
from ivr.events import CallFacts, Expectation, Grammar, Kind
from ivr.flow import slots
from ivr.flow.actions import Action, HangUp, Listen
from ivr.flow.engine import Engine
from ivr.flow.flow import Flow
from ivr.flow.state import FlowEvent, State
from ivr.listen.listener import Listener
from ivr.replay.manifest import Manifest, ScriptedCall, Turn, Utterance
from ivr.replay.script import CallerTurn, ScriptedCaller
from ivr.replay.wav_line import WavLine
from ivr.rooms import Prompts, Recogniser, Rooms
from ivr.tts.spoken import say_as

LONGEST_CALL_MS = 300_000


@dataclass(frozen=True, slots=True)
class Result:
    """One fixture as it went. `ok` is None where nothing could be compared, and `got` says why."""

    id: str
    kind: str
    condition: str
    hard: bool
    in_grammar: bool | None
    expected: str
    got: str
    ok: bool | None
    audio_ms: int

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


class MemoryJournal:
    def __init__(self) -> None:
        self.entries: list[tuple[int, Kind, dict[str, Any]]] = []

    def write(self, at: int, kind: Kind, data: dict[str, Any]) -> None:
        self.entries.append((at, kind, data))

    def of(self, kind: Kind) -> list[dict[str, Any]]:
        return [data for _, entry_kind, data in self.entries if entry_kind is kind]


class OneQuestion:
    """A flow engine that asks nothing, listens once and hangs up: what was heard in one fixture."""

    def __init__(self, expectation: Expectation) -> None:
        self._expectation = expectation

    def start(
        self, facts: CallFacts, today: date, profile: Mapping[str, Any] | None = None
    ) -> tuple[State, tuple[Action, ...]]:
        return State(today), (Listen(self._expectation),)

    def step(self, state: State, event: FlowEvent) -> tuple[State, tuple[Action, ...]]:
        return state, (HangUp("heard"),)

    def give_up(self, state: State) -> tuple[State, tuple[Action, ...]]:
        return state, (HangUp("error"),)


class Player:
    def __init__(
        self,
        manifest: Manifest,
        flows: Mapping[str, Flow],
        settings: config.Settings,
        recogniser: Recogniser,
        prompts: Prompts,
    ) -> None:
        self._manifest = manifest
        self._flows = flows
        self._settings = settings
        self._rooms = Rooms(recogniser, prompts, background=lambda work: work())

    def play(self, done: Callable[[], None] = lambda: None) -> Iterator[Result]:
        """Every fixture in the order of the manifest; `done` is called after each."""
        for utterance in self._manifest.played:
            yield self.utterance(utterance)
            done()
        for call in self._manifest.calls:
            yield self.call(call)
            done()

    # --- one utterance ------------------------------------------------------------------------

    def utterance(self, utterance: Utterance) -> Result:
        flow = self._flows[utterance.flow]
        expectation = self._expectation(utterance, flow)
        turn = CallerTurn(utterance.id, "at_once", 0, self._manifest.audio(utterance))
        journal, _, line = self._run(OneQuestion(expectation), [turn], flow)
        expected, got = _expected(utterance), self._understood(utterance, flow, expectation, journal)
        known = flow.language in self._rooms.recogniser.languages
        condition = self._manifest.conditions[utterance.condition]
        return Result(
            id=utterance.id,
            kind="utterance",
            condition=utterance.condition,
            hard=condition.hard,
            in_grammar=utterance.in_grammar,
            expected=expected,
            got=got if known else f"no recogniser for {flow.language}",
            ok=got == expected if known else None,
            audio_ms=ms(line.frames),
        )

    def _expectation(self, utterance: Utterance, flow: Flow) -> Expectation:
        if utterance.grammar:
            return Expectation(Grammar(flow.language, slots=(utterance.grammar.slot(),)), None)
        return flow.expectation(utterance.step)

    def _understood(
        self, utterance: Utterance, flow: Flow, expectation: Expectation, journal: MemoryJournal
    ) -> str:
        transcripts = journal.of(Kind.TRANSCRIPT)
        if not transcripts:
            return "no input"
        # a secret question masks its transcript; fixtures ask values in the open
        text = transcripts[0]["text"]
        if not text:
            return "rejected"
        for slot in expectation.grammar.slots:
            value = slots.parse(text, slot, flow.language, self._manifest.today)
            if value is not None:
                return f"{slot.type} {_plain(value)}"
        matcher = flow.matchers.get(utterance.step, flow.commands_matcher)
        match = matcher.match(text, self._manifest.today)
        return f"intent {match.name}" if match else f"nothing in: {text}"

    # --- a whole call -------------------------------------------------------------------------

    def call(self, call: ScriptedCall) -> Result:
        flow = self._flows[call.flow]
        turns = [self.caller_turn(turn) for turn in call.turns]
        journal, values, line = self._run(Engine(flow, say_as), turns, flow)
        expected = _expected_call(call)
        got = {key: _got(key, journal, values, call) for key in expected}
        return Result(
            id=call.id,
            kind="call",
            condition="",
            hard=False,
            in_grammar=None,
            expected=_words(expected),
            got=_words(got),
            ok=expected == got,
            audio_ms=ms(line.frames),
        )

    def caller_turn(self, turn: Turn) -> CallerTurn:
        return caller_turn(self._manifest, turn)

    def _run(
        self, engine: Any, turns: list[CallerTurn], flow: Flow
    ) -> tuple[MemoryJournal, dict[str, Any], WavLine]:
        caller = ScriptedCaller(turns, self._manifest.key_interval_ms)
        line = WavLine(caller, LONGEST_CALL_MS)
        journal = MemoryJournal()
        facts = CallFacts("replay", "", "replay", "", "", "")
        call = Call(
            line, facts, engine, Listener(self._settings.listen), self._rooms, journal, self._manifest.today
        )
        call.run()
        return journal, dict(call.state.values) if call.state else {}, line


def caller_turn(manifest: Manifest, turn: Turn) -> CallerTurn:
    utterance = manifest.utterance(turn.say) if turn.say else None
    name = f"keys {turn.keys}" if turn.keys else "silence" if turn.silence_ms else "hangs up"
    return CallerTurn(
        name=(utterance.words or f"({utterance.id})") if utterance else name,
        at=turn.at,
        wait_frames=turn.wait_ms // 20,
        pcm16=manifest.audio(utterance) if utterance else b"",
        keys=turn.keys,
        silence_frames=turn.silence_ms // 20,
        leaves=turn.hang_up,
    )


# --- comparison ---------------------------------------------------------------------------------


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.2f}" if isinstance(value, Decimal) else str(value)


def _expected(utterance: Utterance) -> str:
    expect = utterance.expect
    if expect.rejected:
        return "rejected"
    if expect.no_input:
        return "no input"
    return f"intent {expect.intent}" if expect.intent else f"{expect.slot} {_plain(expect.value)}"


def _expected_call(call: ScriptedCall) -> dict[str, Any]:
    expect = call.expect
    wanted: dict[str, Any] = {
        "outcome": expect.outcome,
        "barge_ins": expect.barge_ins,
        "no_matches": expect.no_matches,
        "no_inputs": expect.no_inputs,
    }
    if expect.intents is not None:
        wanted["intents"] = expect.intents
    if expect.slots is not None:
        wanted["slots"] = {name: _plain(value) for name, value in expect.slots.items()}
    return wanted


def _got(key: str, journal: MemoryJournal, values: dict[str, Any], call: ScriptedCall) -> Any:
    match key:
        case "outcome":
            return journal.of(Kind.CALL_ENDED)[-1]["outcome"]
        case "intents":
            return [data["intent"] for data in journal.of(Kind.UNDERSTOOD) if data.get("intent")]
        case "slots":
            return {name: _plain(values.get(name)) for name in call.expect.slots or {}}
    kind = {"barge_ins": Kind.BARGE_IN, "no_matches": Kind.NO_MATCH, "no_inputs": Kind.NO_INPUT}[key]
    return len(journal.of(kind))


def _words(facts: dict[str, Any]) -> str:
    def word(value: Any) -> str:
        if isinstance(value, dict):
            return ",".join(f"{name}:{part}" for name, part in value.items())
        return ",".join(value) if isinstance(value, list) else str(value)

    return " ".join(f"{key}={word(value)}" for key, value in facts.items() if value not in (0, [], {}))
