"""A flow of two files that says one word, for tests of its versions."""

from __future__ import annotations

from pathlib import Path

from ivr.flow.flow import Flow
from ivr.flow.loader import load as load_flow
from ivr.releases.store import Releases
from ivr.tts.spoken import say_as

AT = "2026-11-25T10:00:00+00:00"


def load(path: Path) -> Flow:
    return load_flow(path, say_as)


def write(folder: Path, word: str, recording: str = "") -> Path:
    """A flow and one that it calls, which says the word."""
    main = folder / "main.yaml"
    main.write_text(
        "flow: main\nlanguage: zh\nstart: a\nsteps:\n  a: {flow: part, next: b}\n  b: {hang_up: done}\n"
    )
    say = f"{{text: {word}, recording: {recording}}}" if recording else word
    (folder / "part.yaml").write_text(
        f"flow: part\nlanguage: zh\nstart: a\nsteps:\n  a: {{say: {say}, next: b}}\n  b: {{return: {{}}}}\n",
        encoding="utf-8",
    )
    return main


def word(flow: Flow) -> str:
    return str(getattr(flow.flows["part"].steps["a"], "say")[0].text)  # noqa: B009  (only SayStep has it)


def release(releases: Releases, path: Path, percent: int = 100, note: str = "") -> str:
    """The flow as its files are now; its version."""
    version = releases.keep(path, load(path))
    releases.release(path, version, AT, percent, note)
    return version
