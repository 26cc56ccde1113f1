"""The `ivr` command: words of the shell enter; each command calls one room."""

from __future__ import annotations

import re
import sys
import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ivr import __version__
from ivr.audio import AudioError, read_wav
from ivr.commands.chat import chat
from ivr.commands.common import config_path, console, errors, fail, settings
from ivr.commands.flow_check import flow_check
from ivr.commands.flow_graph import flow_graph
from ivr.commands.flow_learn import flow_learn
from ivr.commands.flow_release import flow_compare, flow_release, flow_rollback, flow_versions
from ivr.commands.flow_schema import flow_schema
from ivr.commands.flow_test import flow_test
from ivr.commands.simulate import simulate_app
from ivr.located import YamlError

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
flow_app = typer.Typer(no_args_is_help=True, help="Work on dialogue files.")
app.add_typer(flow_app, name="flow")
flow_app.command("check")(flow_check)
flow_app.command("test")(flow_test)
flow_app.command("learn")(flow_learn)
flow_app.command("graph")(flow_graph)
flow_app.command("schema")(flow_schema)
flow_app.command("release")(flow_release)
flow_app.command("rollback")(flow_rollback)
flow_app.command("versions")(flow_versions)
flow_app.command("compare")(flow_compare)
app.command()(chat)
app.add_typer(simulate_app, name="simulate")

FIXTURES = Path("audio_fixtures/manifest.yaml")


class Codec(StrEnum):
    PCMU = "PCMU"
    PCMA = "PCMA"
    G722 = "G722"


def main() -> None:
    app()


@app.callback()
def _root(
    config_file: Annotated[Path, typer.Option("--config", help="Settings file.")] = Path("config.yaml"),
) -> None:
    """A self-hosted telephone voice bot."""
    config_path[0] = config_file


@app.command()
def version() -> None:
    """Print the version."""
    console.print(__version__)


@app.command()
def serve() -> None:
    """Answer calls until Ctrl-C or SIGTERM."""
    from ivr.server import Server, ServerError

    loaded = settings("server")
    try:
        code = Server(loaded, config_path[0], lambda text: print(text, flush=True)).run()
    except (YamlError, ServerError) as error:
        fail(str(error))
    raise typer.Exit(code)


@app.command()
def speech(
    index: Annotated[int, typer.Option(help="Which of the server's own processes this is.")] = 0,
    uri: Annotated[str, typer.Option(help="Serve here instead: unix:///path or tcp://host:port.")] = "",
) -> None:
    """Recogniser and voice as a Wyoming service; `ivr serve` starts its own."""
    from ivr import supervisor
    from ivr.node import service_uris
    from ivr.speech import server

    loaded = settings(f"speech{index}")
    raise typer.Exit(
        server.serve(
            loaded,
            uri or service_uris(loaded.speech)[index],
            ready=lambda: print(supervisor.READY, flush=True),
        )
    )


@app.command(hidden=True)
def node(index: Annotated[int, typer.Option()] = 0) -> None:
    """One SIP endpoint of `ivr serve`, which starts it."""
    from ivr import node as nodes

    raise typer.Exit(nodes.run(settings(f"node{index}"), index))


@app.command()
def call(
    uri: Annotated[
        str, typer.Argument(help="Whom to call: sip:8000@127.0.0.1:5060. Default: our server.")
    ] = "",
    fixture: Annotated[str, typer.Option(help="A call of the fixtures' manifest.")] = "",
    say: Annotated[list[Path] | None, typer.Option(help="WAV to speak when the bot listens.")] = None,
    keys: Annotated[list[str] | None, typer.Option(help="Keys to press when the bot listens.")] = None,
    record: Annotated[Path | None, typer.Option(help="WAV to write: we left, the bot right.")] = None,
    codec: Annotated[Codec, typer.Option()] = Codec.PCMU,
    count: Annotated[int, typer.Option(min=1, max=10_000, help="How many calls in all.")] = 1,
    parallel: Annotated[int, typer.Option(min=1, max=4, help="How many at a time.")] = 1,
    longest_s: Annotated[int, typer.Option(min=1, max=3600, help="Hang up after this.")] = 120,
) -> None:
    """Place real SIP calls with recorded speech and print the conversation.

    `--say` and `--keys` may be given several times and are done in the order of the command line.
    """
    from ivr.replay import dialogue, manifest
    from ivr.replay.player import caller_turn
    from ivr.replay.script import CallerTurn
    from ivr.sip import probe

    loaded = settings("call", level="warning")
    for text in keys or []:
        if not re.fullmatch(r"[0-9*#A-D]+", text):
            fail(f"--keys {text}: keys are 0-9, *, # and A-D")
    if record and not record.parent.is_dir():
        fail(f"--record {record}: there is no folder {record.parent}")
    turns: list[CallerTurn] = []
    key_interval_ms = 200
    try:
        if fixture:
            fixtures = manifest.load(FIXTURES)
            known = [entry.id for entry in fixtures.calls]
            if fixture not in known:
                fail(f"no call '{fixture}' in {FIXTURES}; there are: {', '.join(known)}")
            key_interval_ms = fixtures.key_interval_ms
            turns = [caller_turn(fixtures, turn) for turn in fixtures.call(fixture).turns]
        for option, value in _in_order(sys.argv, ("--say", "--keys")):
            if option == "--say":
                turns.append(CallerTurn(value, "after_prompt", 15, read_wav(Path(value))))
            else:
                turns.append(CallerTurn(f"keys {value}", "after_prompt", 15, keys=value))
    except (YamlError, AudioError) as error:
        fail(str(error))
    if not uri:
        host = "127.0.0.1" if loaded.sip.host == "0.0.0.0" else loaded.sip.host
        uri = f"sip:8000@{host}:{loaded.sip.port}"
        if not probe.answers(host, loaded.sip.port, loaded.sip.transports[0]):
            fail(f"no server answers at {uri}; start it with 'make run'")
    plan = dialogue.Plan(
        uri=uri,
        turns=turns,
        key_interval_ms=key_interval_ms,
        longest_ms=longest_s * 1000,
        record=record,
    )
    raise typer.Exit(dialogue.run(loaded, plan, codec.value, count, parallel, console))


@app.command()
def replay(
    fixtures: Annotated[Path, typer.Option(help="Manifest of the fixtures.")] = FIXTURES,
    only: Annotated[str, typer.Option(help="Only fixtures whose id contains this.")] = "",
    json: Annotated[Path | None, typer.Option("--json", help="Report to write.")] = None,
    picture: Annotated[
        Path | None, typer.Option(help="Draw this recording instead: caller left, bot right.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="With --picture: folder, or file name without its ending.")
    ] = None,
) -> None:
    """Run every fixture through the call loop without a network, as fast as the machine.

    The table marks what differs from the manifest; that is a finding, not a failure of the command.

    With --picture a recorded call goes through the same loop, and what was decided is drawn on one time
    line, as PNG and as one HTML file.
    """
    if picture:
        if only or json:
            fail("--picture draws one recording: leave out --only and --json")
        _draw(picture, out)
        return
    if out:
        fail("--out goes with --picture only")
    from ivr.asr import engines as recognisers
    from ivr.flow import loader
    from ivr.node import links
    from ivr.replay import manifest, report
    from ivr.replay.player import Player
    from ivr.tts import engines as voices
    from ivr.tts.prompts import Prompts
    from ivr.tts.spoken import say_as

    loaded = settings("replay", level="warning")
    try:
        entries = manifest.load(fixtures).matching(only)
        flows = {
            name: loader.load(path, say_as, links=links(loaded.flows)) for name, path in entries.flows.items()
        }
    except YamlError as error:
        fail(str(error))
    if not entries.played and not entries.calls:
        fail(f"no fixture of {fixtures} has '{only}' in its id")
    prompts = Prompts(voices.create(loaded.tts), loaded.tts.cache)
    player = Player(entries, flows, loaded, recognisers.create(loaded.asr), prompts)
    started_s = time.monotonic()
    with Progress(
        TextColumn("replay"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=errors
    ) as progress:
        bar = progress.add_task("replay", total=len(entries.played) + len(entries.calls))
        try:
            results = list(player.play(lambda: progress.advance(bar)))
        except AudioError as error:
            fail(str(error))
    report.show(results, time.monotonic() - started_s, console)
    if json:
        report.write_json(results, json)


def _draw(recording: Path, out: Path | None) -> None:
    from ivr.asr import engines as recognisers
    from ivr.flow import loader
    from ivr.node import links
    from ivr.replay import recorded
    from ivr.replay.picture import Picture
    from ivr.tts.spoken import say_as

    loaded = settings("replay", level="warning")
    stem = _picture_stem(recording, out)
    try:
        caller, bot = recorded.read_channels(recording)
        flow = loader.load(loaded.flows.default, say_as, links=links(loaded.flows))
    except (YamlError, AudioError) as error:
        fail(str(error))
    question = recorded.first_question(flow)
    if question is None:
        fail(
            f"{flow.file}: asks nothing on its way from '{flow.start}'; set flows.default to a flow that does"
        )
    expectation, policy = question
    recogniser = recognisers.create(loaded.asr)
    entries = recorded.judge_recording(caller, bot, expectation, loaded, recogniser, policy)
    drawn = Picture(recording.name, caller, bot, entries)
    png, html = stem.with_name(f"{stem.name}.png"), stem.with_name(f"{stem.name}.html")
    try:
        drawn.write_png(png)
        drawn.write_html(html)
    except OSError as error:
        fail(f"cannot write {error.filename or png}: {error.strerror or error}")
    console.print(f"{png}\n{html}", highlight=False, soft_wrap=True)


def _picture_stem(recording: Path, out: Path | None) -> Path:
    """The two files without their endings. By default in the current folder, not among the recordings."""
    if out is None:
        return Path(recording.stem)
    if out.is_dir():
        return out / recording.stem
    if not out.parent.is_dir():
        fail(f"--out {out}: there is no folder {out.parent}")
    return out.with_suffix("") if out.suffix in (".png", ".html") else out


# --- helpers ----------------------------------------------------------------------------------


def _in_order(argv: list[str], options: tuple[str, ...]) -> list[tuple[str, str]]:
    """Repeated options in the order in which they stand; typer groups them by name."""
    found = []
    for place, word in enumerate(argv):
        name, _, value = word.partition("=")
        if name in options:
            found.append((name, value or argv[place + 1]))
    return found


if __name__ == "__main__":
    main()
