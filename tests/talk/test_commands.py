"""`ivr flow test` and `ivr chat` as they are typed in a shell."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from ivr import cli
from tests.talk import small


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text(
        f"flows:\n  transfers: {{agents: sip:agents@127.0.0.1}}\n  classifiers: {tmp_path / 'learnt'}\n"
        "  services: {loans: {url: 'http://127.0.0.1:1'}}\n",
        encoding="utf-8",
    )
    return path


def ivr(config: Path, *words: str | Path, typed: str = "") -> Result:
    return CliRunner().invoke(cli.app, ["--config", str(config), *map(str, words)], input=typed)


def row(result: Result, name: str) -> list[str]:
    """The cells of a line of the table."""
    return next(line.split()[1:] for line in result.output.splitlines() if line.startswith(f"{name} "))


def test_all_is_well(tmp_path: Path, config: Path) -> None:
    path = small.write(tmp_path)
    result = ivr(config, "flow", "test", path)
    assert result.exit_code == 0, result.output
    assert row(result, str(path)) == ["2", "2", "0", "0", "87", "%", "60", "%"]
    assert row(result, "all") == ["2", "2", "0", "0", "58", "%", "42", "%"]
    assert "never" not in result.output


def test_what_failed_and_what_was_never_reached(tmp_path: Path, config: Path) -> None:
    top = f"known_failures: [known, mended]\n{small.TOP}"
    talks = "known:\n  - bot: x\nmended:\n  - bot: How\nwrong:\n  - keys: '2'\n  - bot: Hello\n"
    path = small.write(tmp_path, talks, top)
    result = ivr(config, "flow", "test", path, "--coverage")
    assert result.exit_code == 1
    script = tmp_path / "main.test.yaml"
    assert f"{script}:7: mended: succeeds now: strike it off known_failures" in result.output
    assert f"{script}:11: wrong: wanted bot: Hello; came Goodbye." in result.output
    assert f"{path}:21: step 'main' never leads to 'agent'" in result.output
    assert row(result, str(path))[:4] == ["3", "0", "2", "1"]


def test_only_some_conversations(tmp_path: Path, config: Path) -> None:
    path = small.write(tmp_path)
    result = ivr(config, "flow", "test", path, "--only", "NOBODY")
    assert (result.exit_code, row(result, str(path))[0]) == (0, "1")
    result = ivr(config, "flow", "test", path, "--only", "zzz")
    assert (result.exit_code, "no conversation has 'zzz' in its name" in result.output) == (2, True)


@pytest.mark.parametrize("name", ["", "main.test.yaml", "main.yaml"])
def test_folders_and_test_files_stand_for_their_flows(tmp_path: Path, config: Path, name: str) -> None:
    folder = tmp_path / "flows"
    folder.mkdir()
    small.write(folder)
    result = ivr(config, "flow", "test", folder / name, folder / "main.yaml")
    assert row(result, str(folder / "main.yaml"))[0] == "2"


def test_coverage_of_several_flows_is_one(tmp_path: Path, config: Path) -> None:
    path = small.write(tmp_path)
    other = tmp_path / "hours.test.yaml"
    other.write_text("today: 2026-11-23\nconversations: {a: [{bot: From eight}, {outcome: contained}]}\n")
    result = ivr(config, "flow", "test", path, tmp_path / "hours.yaml")
    assert row(result, str(tmp_path / "hours.yaml")) == ["1", "1", "0", "0", "75", "%", "50", "%"]


def test_mistakes_of_files_are_told_with_their_lines(tmp_path: Path, config: Path) -> None:
    path = small.write(tmp_path, "a:\n  - sais: x\n")
    result = ivr(config, "flow", "test", path)
    assert result.exit_code == 1
    assert f"{tmp_path / 'main.test.yaml'}:5: a: unknown line 'sais'; did you mean 'says'?" in result.output
    small.write(tmp_path, "a:\n  - step: mian\n")
    result = ivr(config, "flow", "test", path)
    assert "main.test.yaml:5: a: there is no step 'mian'; did you mean 'main'?" in result.output
    small.write(tmp_path, main=small.MAIN.replace("next: tell", "next: tel"))
    result = ivr(config, "flow", "test", path)
    assert (result.exit_code, "did you mean 'tell'?" in result.output) == (1, True)
    result = ivr(config, "flow", "test", tmp_path / "none.yaml")
    assert (result.exit_code, "cannot read" in result.output) == (1, True)


def test_a_flow_without_conversations(tmp_path: Path, config: Path) -> None:
    small.write(tmp_path)
    (tmp_path / "main.test.yaml").unlink()
    result = ivr(config, "flow", "test", tmp_path / "main.yaml")
    assert (result.exit_code, "no conversations stand beside it" in result.output) == (2, True)


# --- by voice -----------------------------------------------------------------------------------------

SPOKEN = """
  by voice:
    - bot: How can I help
    - says: how much do i owe
    - keys: "4477"
    - bot: twelve dollars
    - lost:
    - bot: say that again
    - says: ""
    - bot: Sorry
    - silence:
    - says: speak to a person
    - bot: One moment
    - transfer: busy
    - bot: Nobody is free
    - outcome: no_agent
  misheard:
    - says: opening hours
    - bot: never said
  not by voice:
    - audio: off
    - bot: How can I help
"""


def test_by_voice(tmp_path: Path, config: Path) -> None:
    path = small.write(tmp_path, SPOKEN.replace("never said", "From eight"))
    result = ivr(config, "flow", "test", path, "--audio")
    assert result.exit_code == 0, result.output
    assert row(result, str(path)) == ["3", "3", "0", "0", "75", "%", "60", "%", "2", "2", "0"]
    assert f"{path}: 1 not held by voice: audio: off" in result.output


def test_what_was_recognised_is_told(tmp_path: Path, config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ivr.commands.flow_test_audio import Voice

    speak = Voice._speak
    monkeypatch.setattr(Voice, "_speak", lambda self, text, language: speak(self, "opening hours", language))
    path = small.write(tmp_path, "a:\n  - says: how much do i owe\n  - bot: Your code\n")
    result = ivr(config, "flow", "test", path, "--audio")
    assert result.exit_code == 1
    assert "main.test.yaml:6: by voice: a: wanted bot: Your code; came From eight to eight." in result.output
    assert "; 'how much do i owe' was recognised as 'opening hours' (" in result.output


MESSAGE = """\
flow: main
language: en
start: leave
steps:
  leave: {voicemail: box, prompt: Speak now., next: thanks, empty: nothing}
  thanks: {prompt: Thanks., hang_up: left}
  nothing: {prompt: Nothing., hang_up: nothing}
"""


def test_a_message_by_voice(tmp_path: Path, config: Path) -> None:
    talks = "a:\n  - says: call me\n  - outcome: left\nb:\n  - silence:\n  - outcome: nothing\n"
    path = small.write(tmp_path, talks, main=MESSAGE)
    result = ivr(config, "flow", "test", path, "--audio")
    assert row(result, str(path))[-3:] == ["2", "2", "0"], result.output


def test_a_language_without_a_recogniser_is_told(tmp_path: Path, config: Path) -> None:
    chinese = small.MAIN.replace("language: en", "language: zh").replace("anywhere:", "data:")
    chinese = chinese.replace(
        "    examples: [when are you open, opening hours]\n    flow: hours\n", "    x: 1\n"
    )
    path = small.write(tmp_path, "a:\n  - bot: How\n", main=chinese)
    result = ivr(config, "flow", "test", path, "--audio")
    assert f"{path}: 1 not held by voice: no recogniser for the language 'zh'" in result.output
    assert result.exit_code == 0


# --- chat ---------------------------------------------------------------------------------------------


def test_chat_through_a_pipe(tmp_path: Path, config: Path) -> None:
    typed = "how much do i owe\n4477\n/state\nnothing else\n/quit\nnever read\n"
    words = ["--caller", "1001", "--today", "2026-11-23", "--backend", "tests.talk.small:Loans"]
    result = ivr(config, "chat", small.write(tmp_path), *words, "--scores", typed=typed)
    assert result.exit_code == 0, result.output
    assert "bot   You owe twelve dollars." in result.output
    assert "asks loans: GET /loans/****" in result.output
    assert '"name": "Ada"' in result.output
    assert "end   contained" in result.output
    assert "4477" not in result.output
    assert "you   ****" in result.output
    assert "never read" not in result.output


def test_chat_asks_the_services_of_the_settings(tmp_path: Path, config: Path) -> None:
    result = ivr(config, "chat", small.write(tmp_path), "--state", typed="#1\n#4477\n")
    assert "answer: none, " in result.output
    assert "bot   I don't know that code." in result.output
    assert "values: code = ****" in result.output


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--today", "tomorrow"], "--today tomorrow: is no day"),
        (["--backend", "tests.talk.small:Laons"], "--backend: cannot import 'tests.talk.small:Laons'"),
    ],
)
def test_chat_tells_what_cannot_be(tmp_path: Path, config: Path, words: list[str], told: str) -> None:
    result = ivr(config, "chat", small.write(tmp_path), *words)
    assert (result.exit_code, told in result.output) == (2, True)


def test_chat_with_a_broken_flow(tmp_path: Path, config: Path) -> None:
    path = small.write(tmp_path, main=small.MAIN.replace("next: tell", "next: tel"))
    result = ivr(config, "chat", path)
    assert (result.exit_code, "main.yaml:" in result.output) == (2, True)
