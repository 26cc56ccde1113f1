"""`ivr flow release` and what belongs to it, `graph` and `schema`, as they are typed in a shell."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert
from typer.testing import CliRunner, Result

from ivr import cli
from ivr.store.database import connect
from ivr.store.schema import calls, journal

FLOW = """flow: words
language: zh
start: a
steps:
  a: {say: "{word}", next: b}
  b: {hang_up: contained}
"""
CONVERSATION = """today: 2026-11-23
conversations:
  greeting:
    - bot: "{word}"
"""


class Office:
    """Somebody who edits flows; no server is up."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.flow = folder, folder / "words.yaml"
        self.store = f"sqlite:///{folder / 'ivr.db'}"
        self.config = folder / "config.yaml"
        self.config.write_text(
            f"flows: {{default: '{self.flow}', releases: '{folder / 'releases'}', "
            f"classifiers: '{folder / 'learnt'}'}}\n"
            f"store: {{url: '{self.store}'}}\nspeech: {{socket_dir: '{folder}'}}\n"
        )

    def writes(self, word: str, tested: str = "") -> None:
        self.flow.write_text(FLOW.replace("{word}", word), "utf-8")
        (self.folder / "words.test.yaml").write_text(CONVERSATION.replace("{word}", tested or word), "utf-8")

    def ivr(self, command: str, *options: str) -> Result:
        words = ["--config", str(self.config), "flow", command, *options]
        return CliRunner().invoke(cli.app, words)

    def does(self, command: str, *options: str) -> str:
        result = self.ivr(command, str(self.flow), *options)
        assert result.exit_code == 0, result.output
        return result.output

    def releases(self, word: str, *options: str) -> str:
        """The version."""
        self.writes(word)
        last = self.does("release", *options).splitlines()[-1]
        return last.split()[-1]

    def refused(self, command: str, *options: str) -> str:
        result = self.ivr(command, str(self.flow), *options)
        assert result.exit_code == 2
        return result.output


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def row(output: str, word: str) -> str:
    return next(line for line in output.splitlines() if word in line)


def test_release_trial_rollback_and_an_older_version_again(office: Office) -> None:
    first = office.releases("一", "--note", "首发")
    second = office.releases("二", "--percent", "20")
    assert first != second
    assert f"80 % of new calls get version {first}, 20 % of new calls get version {second}" in office.does(
        "release", "--percent", "20"
    )
    office.does("release", "--version", second)
    listed = office.does("versions")
    assert "首发" in row(listed, first)
    assert row(listed, second).count("100 %") == 2
    assert f"100 % of new calls get version {first}" in office.does("rollback", "--note", "worse")
    assert "rollback; worse" in row(office.does("versions"), first)
    assert "no version before" in office.refused("rollback")


def test_what_is_refused(office: Office) -> None:
    office.writes("一")
    assert "release it without --percent first" in office.refused("release", "--percent", "20")
    assert "there is no version 'nothing'" in office.refused("release", "--version", "nothing")
    office.writes("一", tested="二")
    assert "or add --untested" in office.refused("release")
    office.flow.write_text("flow: words\nlanguage: zh\nstart: a\nsteps:\n  b: {hang_up: x}\n")
    assert "words.yaml:3:" in office.refused("release", "--untested")
    office.flow.unlink()
    assert "cannot read" in office.refused("release")
    assert "was never released" in office.does("versions")
    assert "was never released" in office.refused("rollback")
    assert not list((office.folder / "releases").rglob("index.json"))


def test_a_flow_that_no_number_leads_to_is_told(office: Office) -> None:
    office.config.write_text(office.config.read_text().replace(f"default: '{office.flow}', ", ""))
    office.writes("一")
    assert "no number of the settings leads to it" in office.does("release")


def test_comparison_tells_only_what_is_sure(office: Office) -> None:
    office.writes("一")
    assert "no call has ended yet" in office.does("compare")
    now = datetime.now(UTC)
    versions = {"old": (0.5, timedelta(days=2)), "new": (0.9, timedelta(days=1)), "few": (0.5, timedelta())}
    engine = connect(office.store)
    with engine.begin() as connection:
        for version, (contained, ago) in versions.items():
            for number in range(10 if version == "few" else 100):
                outcome = "contained" if number < 100 * contained else "transferred"
                connection.execute(
                    insert(calls).values(
                        id=f"{version}{number}", flow="words", flow_version=version, language="zh", turns=4,
                        no_matches=1, started_at=now - ago, ended_at=now, outcome=outcome,
                    )
                )  # fmt: skip
    engine.dispose()
    told = office.does("compare").splitlines()
    assert [line.split()[0] for line in told if not line.startswith(" ")] == ["version", "old", "new", "few"]
    new = next(at for at, line in enumerate(told) if line.startswith("new"))
    assert ("100 " in told[new], "90.0 %" in told[new], "25.0 %" in told[new]) == (True, True, True)
    assert "+27.8 to +50.6" in told[new + 1]
    assert "not sure" in told[new + 1]
    assert told[new + 3].count("too few calls to tell") == 3
    since = office.does("compare", "--since", f"{now + timedelta(days=1):%Y-%m-%d}")
    assert "no call has ended yet" in since


def test_a_picture_with_counts_and_without(office: Office) -> None:
    office.writes("您好")
    engine = connect(office.store)
    with engine.begin() as connection:
        connection.execute(
            insert(calls).values(id="c", flow="words", language="zh", started_at=datetime.now(UTC))
        )
        for seq, step in enumerate("ab"):
            entry = {"call": "c", "seq": seq, "at": 0, "kind": "step", "data": json.dumps({"step": step})}
            connection.execute(insert(journal).values(entry))
    engine.dispose()
    for name in ("x.svg", "x.html"):
        office.does("graph", "--out", str(office.folder / name))
        plain = (office.folder / name).read_text("utf-8")
        assert "您好" in plain
        assert ">1</tspan>" not in plain
        office.does("graph", "--counts", "--out", str(office.folder / name))
        assert ">1</tspan>" in (office.folder / name).read_text("utf-8")
    assert "of 1 calls" in (office.folder / "x.html").read_text("utf-8")
    assert "write a .svg or a .html" in office.refused("graph", "--out", "x.png")
    assert "cannot write" in office.refused("graph", "--out", str(office.folder / "none" / "x.svg"))


def test_a_schema_file(office: Office) -> None:
    out = office.folder / "flow.schema.json"
    result = office.ivr("schema", "--out", str(out))
    assert f"# yaml-language-server: $schema={out}" in result.output.replace("\n", "")
    assert "steps" in json.loads(out.read_text("utf-8"))["properties"]
