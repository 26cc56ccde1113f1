"""Who may import whom, as docs/design.md says."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

IVR = Path(__file__).parents[1] / "ivr"
BASE = {"events", "audio", "config", "line", "located"}
MAY_IMPORT = {
    "events": set(),
    "audio": {"events"},
    "located": {"events"},
    "line": {"events"},
    "config": {"events", "located"},
    "sip": BASE,
    "listen": BASE,
    "asr": BASE,
    "flow": BASE,
    "tts": BASE,
    "store": {"events", "config", "audio"},
    "services": {"events", "config"},
    "releases": {"events", "located", "flow", "store"},
    "ops": {"events", "config"},
    "speech": {"asr", "tts", "events", "audio", "config"},
    "rooms": {"events"},
    "voice": {"events", "audio", "line", "rooms", "listen", "flow"},
    "errands": {"events", "audio", "line", "rooms", "listen", "flow"},
    "call": {"events", "audio", "line", "rooms", "voice", "errands", "listen", "flow"},
    "replay": BASE | {"call", "rooms", "sip", "listen", "asr", "flow", "tts", "store"},
    "talk": BASE | {"flow"},
    "learn": BASE | {"flow", "store", "talk"},
    "simulate": BASE | {"flow", "talk"},
    "supervisor": set(),
}
ANYTHING = {"node", "server", "commands", "cli", "__init__"}
ONE_FILE = ("pocketsphinx", "webrtcvad", "pywebrtc_audio", "espeakng_loader", "urllib3")
FILES = sorted(IVR.rglob("*.py"))


def room_of(path: Path) -> str:
    return path.relative_to(IVR).parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    """Full names of the modules that a file imports, anywhere in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: relative import"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(IVR)) for path in FILES])
def test_imports_stay_within_the_table(path: Path) -> None:
    room = room_of(path)
    if room in ANYTHING:
        return
    assert room in MAY_IMPORT, f"{room} stands in no row of the table"
    parts = (name.split(".") for name in imported(path))
    rooms = {
        words[1] for words in parts if words[0] == "ivr" and len(words) > 1 and words[1] != "__version__"
    }
    assert rooms - {room} <= MAY_IMPORT[room]


@pytest.mark.parametrize("library", ONE_FILE)
def test_an_engine_is_imported_in_one_file(library: str) -> None:
    users = [path for path in FILES if any(name.split(".")[0] == library for name in imported(path))]
    assert len(users) == 1


def test_pjsua2_stays_in_its_room() -> None:
    users = {room_of(path) for path in FILES if any(n.split(".")[0] == "pjsua2" for n in imported(path))}
    assert users == {"sip"}


def test_every_room_is_named_in_the_design() -> None:
    design = (IVR.parent / "docs" / "design.md").read_text(encoding="utf-8")
    rooms = {room_of(path) for path in FILES} - {"__init__"}
    assert not {room for room in rooms if f"`{room}/`" not in design and f"`{room}.py`" not in design}
