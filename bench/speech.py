"""make bench-speech: how much the embedded recogniser understands.

in grammar      fixtures of audio_fixtures/ that are expected where they are said, understood as described
out of grammar  fixtures that are not, taken for something all the same
digits          strings of four digits of real people, 150-400 ms apart, all four right
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.result import SPEECH, report
from ivr import config
from ivr.asr import engines as recognisers
from ivr.audio import read_wav
from ivr.events import Grammar, RecogniserEvent, Slot, Transcript
from ivr.flow import loader, slots
from ivr.replay import manifest
from ivr.replay.player import Player, Result
from ivr.tts import engines as voices
from ivr.tts.prompts import Prompts
from ivr.tts.spoken import say_as

STRINGS = 240
SEED = 20260316
PAUSES_MS = (150, 400)
LEAD_MS, TAIL_MS = 300, 500
DAY = date(2026, 3, 16)
FOUR_DIGITS = Grammar("en", slots=(Slot("digits", 4, 4),))


def silence(duration_ms: int) -> bytes:
    return bytes(16 * duration_ms)


def digit_strings(folder: Path) -> list[tuple[str, str, bytes]]:
    """Speaker, digits and audio; every speaker says the same number of strings."""
    takes: dict[tuple[str, str], list[Path]] = {}
    for path in sorted(folder.glob("*_*_*.wav")):
        digit, speaker, _ = path.stem.split("_")
        takes.setdefault((speaker, digit), []).append(path)
    rng = random.Random(SEED)
    strings = []
    speakers = sorted({speaker for speaker, _ in takes})
    for speaker in itertools.islice(itertools.cycle(speakers), STRINGS):
        digits = [str(rng.randrange(10)) for _ in range(4)]
        spoken = [read_wav(rng.choice(takes[speaker, digit])) for digit in digits]
        pauses = [silence(rng.randint(*PAUSES_MS)) for _ in spoken[1:]] + [silence(TAIL_MS)]
        audio = silence(LEAD_MS) + b"".join(a + b for a, b in zip(spoken, pauses, strict=True))
        strings.append((speaker, "".join(digits), audio))
    return strings


def digit_accuracy(settings: config.Asr, console: Console) -> float | None:
    folder = SPEECH / "digits"
    if not folder.is_dir():
        console.print(f"no recordings of people in {folder}: digit_string_accuracy is left out")
        return None
    recogniser = recognisers.create(settings)
    right: dict[str, list[bool]] = {}
    for number, (speaker, digits, audio) in enumerate(digit_strings(folder)):
        posted: list[RecogniserEvent] = []
        recognition = recogniser.open(number, FOUR_DIGITS, posted.append)
        recognition.feed(audio)
        recognition.finish()
        final = posted[-1]
        text = final.text if isinstance(final, Transcript) else ""
        understood = slots.parse(text, FOUR_DIGITS.slots[0], "en", DAY) if text else None
        right.setdefault(speaker, []).append(understood == digits)
    view = Table("speaker", "strings", "right", box=None)
    for speaker, results in right.items():
        view.add_row(speaker, str(len(results)), f"{sum(results) / len(results):.1%}")
    console.print(view)
    return share([result for results in right.values() for result in results])


def share(results: Sequence[bool]) -> float:
    return round(sum(results) / len(results), 4)


def conditions(results: Sequence[Result], console: Console) -> None:
    by_condition: dict[str, list[bool]] = {}
    for result in results:
        by_condition.setdefault(result.condition, []).append(bool(result.ok))
    view = Table("condition", "in grammar", "understood", box=None)
    for condition, understood in sorted(by_condition.items()):
        view.add_row(condition, str(len(understood)), str(sum(understood)))
    console.print(view)


def main() -> None:
    console = Console()
    settings = config.load(Path("config.yaml"))
    fixtures = manifest.load(Path("audio_fixtures/manifest.yaml"))
    flows = {
        name: loader.load(path, say_as, settings.flows.transfers) for name, path in fixtures.flows.items()
    }
    prompts = Prompts(voices.create(settings.tts), settings.tts.cache)
    player = Player(fixtures, flows, settings, recognisers.create(settings.asr), prompts)
    results = [r for r in map(player.utterance, fixtures.utterances) if r.ok is not None]
    inside = [r for r in results if r.in_grammar]
    outside = [r for r in results if not r.in_grammar]
    conditions(inside, console)
    report(
        "speech",
        {
            "in_grammar_correct": share([bool(r.ok) for r in inside]),
            "out_of_grammar_accepted": share([r.got not in ("rejected", "no input") for r in outside]),
            "digit_string_accuracy": digit_accuracy(settings.asr, console),
        },
        {
            "in_grammar_correct": "at least 0.95",
            "out_of_grammar_accepted": "at most 0.05",
            "digit_string_accuracy": "at least 0.8",
        },
    )


if __name__ == "__main__":
    main()
