"""manifest.yaml and wav/ as they are: every entry well formed, every file usable and described."""

from __future__ import annotations

import wave
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from ivr.asr.grammar import build
from ivr.events import Grammar, Slot
from ivr.flow import slots
from ivr.flow.flow import Flow
from ivr.flow.loader import load
from ivr.flow.steps import AskStep, HangUpStep, ListenStep
from ivr.tts.spoken import say_as

FOLDER = Path(__file__).parents[2] / "audio_fixtures"
MANIFEST: dict[str, Any] = yaml.safe_load((FOLDER / "manifest.yaml").read_text(encoding="utf-8"))
UTTERANCES: list[dict[str, Any]] = MANIFEST["utterances"]
CALLS: list[dict[str, Any]] = MANIFEST["calls"]

REQUIRED = {"id", "wav", "voice", "words", "condition", "in_grammar", "expect"}
OPTIONAL = {"flow", "step", "grammar", "parts", "keep", "stretch"}
EXPECTED = ({"intent"}, {"slot", "value"}, {"rejected"}, {"no_input"})
COUNTS = {"barge_ins", "no_matches", "no_inputs"}

each_utterance = pytest.mark.parametrize("entry", UTTERANCES, ids=[entry["id"] for entry in UTTERANCES])
each_call = pytest.mark.parametrize("call", CALLS, ids=[call["id"] for call in CALLS])


def test_there_is_enough_of_it() -> None:
    voices = {entry["voice"] for entry in UTTERANCES} - {"none"}
    rejected = {entry["words"] for entry in UTTERANCES if entry["expect"] == {"rejected": True}} - {""}
    assert len(UTTERANCES) >= 60
    assert len(voices) >= 5
    assert len(rejected) >= 15
    assert len(CALLS) >= 25
    assert len({entry["id"] for entry in UTTERANCES}) == len(UTTERANCES)
    assert len({call["id"] for call in CALLS}) == len(CALLS)


def test_every_file_is_described_once_and_all_are_small() -> None:
    described = [entry["wav"] for entry in UTTERANCES]
    present = {path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.wav")}
    assert len(set(described)) == len(described)
    assert set(described) == present
    assert sum((FOLDER / name).stat().st_size for name in described) < 6_000_000


def test_noises_of_every_strength_occur() -> None:
    used = {entry["condition"] for entry in UTTERANCES}
    assert used == set(MANIFEST["conditions"])
    assert {MANIFEST["conditions"][name].get("snr_db") for name in used} >= {20, 15, 10, 5}


@each_utterance
def test_sound_is_8_khz_mono_16_bit_in_whole_frames(entry: dict[str, Any]) -> None:
    with wave.open(str(FOLDER / entry["wav"]), "rb") as wav:
        assert (wav.getframerate(), wav.getnchannels(), wav.getsampwidth()) == (8000, 1, 2)
        assert wav.getnframes() % 160 == 0
        assert 0.6 <= wav.getnframes() / 8000 <= 10
        samples = wav.readframes(wav.getnframes())
    assert any(samples) or "no_input" in entry["expect"]


@each_utterance
def test_entry_is_well_formed(entry: dict[str, Any]) -> None:
    assert set(entry) >= REQUIRED
    assert set(entry) <= REQUIRED | OPTIONAL
    assert entry["wav"] == f"wav/{entry['id']}.wav"
    assert entry["voice"] in MANIFEST["voices"] or (entry["voice"] == "none" and entry["words"] == "")
    assert entry["condition"] in MANIFEST["conditions"]
    assert entry["words"] == " ".join(entry["words"].lower().split())
    assert ("step" in entry) != ("grammar" in entry)
    assert entry.get("flow", "en") in MANIFEST["flows"]
    if "grammar" in entry:
        Slot(**entry["grammar"])
    check_expectation(entry["expect"])
    assert entry["in_grammar"] == (set(entry["expect"]) in ({"intent"}, {"slot", "value"}))


def check_expectation(expect: dict[str, Any]) -> None:
    assert set(expect) in EXPECTED
    match expect:
        case {"slot": "digits", "value": value}:
            assert isinstance(value, str)
            assert value.isdecimal()
        case {"slot": "yes_no", "value": value}:
            assert value in ("yes", "no")
        case {"slot": "number", "value": value}:
            assert type(value) is int
        case {"slot": "money", "value": value}:
            assert isinstance(value, str)
            assert f"{float(value):.2f}" == value
        case {"slot": "date", "value": value}:
            assert isinstance(value, date)
            assert value >= MANIFEST["today"]
        case {"slot": other}:
            pytest.fail(f"unknown kind of value: {other}")


@each_call
def test_call_is_well_formed(call: dict[str, Any]) -> None:
    assert set(call) == {"id", "flow", "turns", "expect"}
    assert call["flow"] in MANIFEST["flows"]
    known = {entry["id"] for entry in UTTERANCES}
    for turn in call["turns"]:
        kinds = set(turn) - {"at", "after_ms"}
        assert turn.get("at", "after_prompt") in ("after_prompt", "during_prompt")
        assert turn.get("after_ms", 0) >= 0
        match turn:
            case {"say": utterance}:
                assert utterance in known
            case {"keys": keys}:
                assert isinstance(keys, str)
                assert keys
                assert set(keys) <= set("0123456789*#")
            case {"silence_ms": length}:
                assert length > 0
            case {"hang_up": True}:
                assert turn is call["turns"][-1]
        assert kinds in ({"say"}, {"keys"}, {"silence_ms"}, {"hang_up"})
    expect = call["expect"]
    assert set(expect) <= {"intents", "slots", "outcome"} | COUNTS
    assert "outcome" in expect
    assert all(expect[count] > 0 for count in COUNTS & set(expect))


# --- against the flows -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def flows() -> dict[str, Flow]:
    root = FOLDER.parent
    return {
        name: load(root / path, say_as, {"agents": "sip:agents@127.0.0.1"})
        for name, path in MANIFEST["flows"].items()
    }


@each_utterance
def test_step_and_intent_exist_in_the_flow(entry: dict[str, Any], flows: dict[str, Flow]) -> None:
    flow = flows[entry.get("flow", "en")]
    if "step" in entry:
        assert flow.expectation(entry["step"]).grammar.language == flow.language
    if "intent" in entry["expect"]:
        matcher = flow.matchers.get(entry["step"], flow.commands_matcher)
        match = matcher.exact(entry["words"], date(2026, 11, 23))
        assert match is not None
        assert match.name == entry["expect"]["intent"]


@each_utterance
def test_what_is_said_is_in_the_grammar_or_not(entry: dict[str, Any], flows: dict[str, Flow]) -> None:
    flow = flows[entry.get("flow", "en")]
    if "step" in entry:
        grammar = flow.expectation(entry["step"]).grammar
    else:
        grammar = Grammar(flow.language, slots=(Slot(**entry["grammar"]),))
    if flow.language == "en":
        assert build(grammar).accepts(entry["words"]) == entry["in_grammar"]
    elif "value" not in entry["expect"]:
        assert (entry["words"] in grammar.sentences) == entry["in_grammar"]
    if "value" in entry["expect"]:
        meant = slots.parse(entry["words"], grammar.slots[0], flow.language, MANIFEST["today"])
        assert plain(meant) == str(entry["expect"]["value"])


def plain(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


@each_call
def test_call_names_intents_and_slots_of_the_flow(call: dict[str, Any], flows: dict[str, Flow]) -> None:
    flow = flows[call["flow"]]
    known = {"yes", "no", *flow.commands}
    for step in flow.steps.values():
        if isinstance(step, ListenStep):
            known |= set(step.listen)
    asked = {step.ask for step in flow.steps.values() if isinstance(step, AskStep)}
    ends = {step.hang_up for step in flow.steps.values() if isinstance(step, HangUpStep)}
    assert set(call["expect"].get("intents", [])) <= known
    assert set(call["expect"].get("slots", {})) <= asked
    assert call["expect"]["outcome"] in ends | {"transferred", "abandoned"}


def test_calls_cover_every_intent_of_the_english_flow(flows: dict[str, Flow]) -> None:
    flow = flows["en"]
    wanted = set(flow.commands) - {"back", "cancel", "slower"}  # flows of several questions have those
    for step in flow.steps.values():
        if isinstance(step, ListenStep):
            wanted |= set(step.listen)
    covered = {
        intent for call in CALLS if call["flow"] == "en" for intent in call["expect"].get("intents", [])
    }
    assert wanted <= covered
