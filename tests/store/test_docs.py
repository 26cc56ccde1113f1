from __future__ import annotations

import re
from pathlib import Path

from ivr.events import Kind

DOCUMENT = Path(__file__).parents[2] / "docs" / "journal.md"


def test_every_kind_is_documented_and_no_other() -> None:
    table = DOCUMENT.read_text(encoding="utf-8").split("## ")[0]
    assert re.findall(r"^\| `([\w.]+)` \|", table, re.MULTILINE) == [kind.value for kind in Kind]
