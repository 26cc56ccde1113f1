"""`ivr flow learn` as it is typed in a shell."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from ivr import cli
from ivr.events import CallFacts, Kind
from ivr.learn import sheet
from ivr.store.journal import Journal
from tests.learn import loan


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text(
        f"flows:\n  transfers: {{agents: sip:agents@127.0.0.1}}\n  classifiers: {tmp_path / 'learnt'}\n"
        f"store: {{url: 'sqlite:///{tmp_path}/ivr.db'}}\n",
        encoding="utf-8",
    )
    return path


@pytest.fixture
def flow(tmp_path: Path) -> Path:
    folder = tmp_path / "flows"
    folder.mkdir()
    return loan.write(folder)


@pytest.fixture
def store(tmp_path: Path) -> None:
    """Three callers say the same in other words, one of another flow too."""
    with Journal(f"sqlite:///{tmp_path}/ivr.db") as journal:
        for number, text in enumerate([*loan.KNOWN["en"], "let me pay back a part of my loan now", "a ****"]):
            facts = CallFacts(f"c{number}", f"{number}@far", "node0", "trunk", f"555100{number}", "100")
            call = journal.open_call(facts, "loan", "1", "en", "")
            call.write(1, Kind.NO_MATCH, {"step": "main", "count": 1, "text": text})
            call.close()
        facts = CallFacts("other", "other@far", "node0", "trunk", "5559999", "100")
        call = journal.open_call(facts, "another", "1", "en", "")
        call.write(1, Kind.NO_MATCH, {"step": "main", "count": 1, "text": "let me pay back a bit"})
        call.close()


def learn(config: Path, *words: str | Path) -> Result:
    return CliRunner().invoke(cli.app, ["--config", str(config), "flow", "learn", *map(str, words)])


@pytest.mark.usefixtures("store")
def test_from_the_journal_to_the_flow(config: Path, flow: Path, tmp_path: Path) -> None:
    out = tmp_path / "p.yaml"
    proposed = learn(config, flow, "--out", out)
    assert proposed.exit_code == 0, proposed.output
    assert "3 sentences of 3 callers, 1 groups" in proposed.output
    assert out.stat().st_mode & 0o777 == 0o600
    assert "555100" not in out.read_text() + proposed.output
    (one,) = sheet.read(out).decisions
    assert (one.accept, one.intent, len(one.sentences)) == (False, "repay", 3)

    again = learn(config, flow, "--out", out)
    assert (again.exit_code, "is there already" in again.output) == (2, True)

    before = flow.read_text(encoding="utf-8")
    assert "nothing was added" in learn(config, flow, "--apply", out).output
    assert "group 1 is accepted for repay" in learn(config, flow, "--accept", "1=repay", "--out", out).output
    assert flow.read_text(encoding="utf-8") == before

    applied = learn(config, flow, "--apply", out)
    assert applied.exit_code == 0, applied.output
    assert "3 examples added; checked, 2 conversations held" in applied.output
    assert "examples so far" in applied.output
    added = "".join(f"      - {text}\n" for text in one.sentences)
    last = "      - i would like to pay back a part\n"
    assert flow.read_text(encoding="utf-8") == before.replace(last, last + added)
    assert "nothing was added" in learn(config, flow, "--apply", out).output


@pytest.mark.usefixtures("store")
def test_only_some_calls(config: Path, flow: Path, tmp_path: Path) -> None:
    out = tmp_path / "p.yaml"
    assert "nothing that was not understood" in learn(config, flow, "--since", "2999-01-01").output
    assert "2 sentences of 2 callers" in learn(config, flow, "--calls", "3", "--out", out).output


def test_from_a_file(config: Path, flow: Path, tmp_path: Path) -> None:
    said, out = tmp_path / "said.txt", tmp_path / "p.yaml"
    said.write_text("\n".join(["1001\t" + loan.NEW["en"][0], *loan.NEW["en"][1:]]), encoding="utf-8")
    assert "3 sentences of 3 callers, 1 groups" in learn(config, flow, "--from", said, "--out", out).output
    applied = learn(config, flow, "--accept", "1=freeze", "--apply", out)
    assert (
        "there is no intent 'freeze' yet. To begin it, write into the flow:\nintents:\n  freeze:\n"
        in applied.output
    )
    assert "nothing was added" in applied.output


def test_a_collision_is_told_and_the_rest_is_added(config: Path, flow: Path, tmp_path: Path) -> None:
    out = tmp_path / "p.yaml"
    out.write_text(
        "flow: loan\ngroups:\n  - group: 1\n    accept: yes\n    intent: card\n"
        "    sentences: [i want to repay my loan, swap my card]\n"
    )
    applied = learn(config, flow, "--apply", out)
    assert "not added: 'i want to repay my loan' for card: stands under" in applied.output
    assert "loan.yaml: card: swap my card" in applied.output


def test_what_would_break_a_conversation_is_not_applied(config: Path, flow: Path, tmp_path: Path) -> None:
    out = tmp_path / "p.yaml"
    out.write_text(
        "flow: loan\ngroups: [{group: 1, accept: yes, intent: hours, sentences: [swap my plastic now]}]\n"
    )
    flow.with_name("loan.test.yaml").write_text(
        "today: 2026-11-23\nconversations: {a: [{says: swap my plastic now}, {not_bot: eight}]}\n"
    )
    before = flow.read_text(encoding="utf-8")
    applied = learn(config, flow, "--apply", out)
    assert applied.exit_code == 2
    assert "loan.test.yaml:2: a: wanted not_bot: eight" in applied.output
    assert "nothing was changed" in applied.output
    assert flow.read_text(encoding="utf-8") == before


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--since", "yesterday"], "--since yesterday: is no day"),
        (["--accept", "one"], "--accept one: write it as GROUP=INTENT"),
        (["--apply", "none.yaml"], "cannot read"),
        (["--from", "none.txt"], "--from none.txt: cannot read"),
    ],
)
def test_what_cannot_be_is_told(config: Path, flow: Path, words: list[str], told: str) -> None:
    result = learn(config, flow, *words)
    assert (result.exit_code, told in result.output) == (2, True), result.output


def test_a_file_of_another_flow_and_no_such_group(config: Path, flow: Path, tmp_path: Path) -> None:
    out = tmp_path / "p.yaml"
    out.write_text("flow: other\ngroups: []\n")
    assert "is about the flow 'other', not 'loan'" in learn(config, flow, "--apply", out).output
    assert "there is no group 7" in learn(config, flow, "--accept", "7=card", "--out", out).output


def test_a_broken_flow(config: Path, flow: Path) -> None:
    flow.write_text(loan.EN.replace("next: bye", "next: by"), encoding="utf-8")
    result = learn(config, flow)
    assert (result.exit_code, "did you mean 'bye'?" in result.output) == (2, True)
