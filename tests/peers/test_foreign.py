"""The raw telephone against SIPp and baresip, where installed: it must not only understand itself."""

from __future__ import annotations

import shutil
import signal
import subprocess
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from tests.free_ports import free_port
from tests.peers.heard import wait_quiet, wait_speech
from tests.peers.raw_phone import RawPhone
from tests.peers.registrar import Registrar
from tests.peers.sdp import parse_sdp
from tests.peers.transport import Kind

needs_sipp = pytest.mark.skipif(not shutil.which("sipp"), reason="sipp is not installed (Debian: sip-tester)")
needs_baresip = pytest.mark.skipif(
    not shutil.which("baresip"), reason="baresip is not installed (Debian: baresip-core)"
)
TONE = np.rint(8000 * np.sin(2 * np.pi * 400 / 8000 * np.arange(8000) + 0.5)).astype("<i2").tobytes()


@contextmanager
def running(*command: str, cwd: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A program with its output in cwd/output.txt, ended with the block; a failure there shows it."""
    with (cwd / "output.txt").open("wb") as output:
        process = subprocess.Popen(
            command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            yield process
        except BaseException as error:
            state = "still runs" if process.poll() is None else f"ended with {process.returncode}"
            error.add_note(f"{command[0]} {state}:\n{(cwd / 'output.txt').read_text(errors='replace')}")
            raise
        finally:
            process.kill()
            process.wait(10)


def sipp(*arguments: str) -> tuple[str, ...]:
    return ("sipp", "-i", "127.0.0.1", "-nostdin", "-m", "1", "-timeout", "20", *arguments)


@needs_sipp
@pytest.mark.parametrize("kind", ["udp", "tcp"])
def test_sipp_calls_the_phone(kind: Kind, tmp_path: Path) -> None:
    with RawPhone(transport=kind) as phone:
        host, port = phone.address
        mode = "t1" if kind == "tcp" else "u1"
        command = sipp("-sn", "uac", "-t", mode, "-d", "100", f"{host}:{port}")
        with running(*command, cwd=tmp_path) as process:
            phone.wait_state("ended", 20)
            assert process.wait(20) == 0, (tmp_path / "output.txt").read_text()
        assert [len(phone.received(method)) for method in ("INVITE", "ACK", "BYE")] == [1, 1, 1]


@needs_sipp
def test_the_phone_calls_sipp(tmp_path: Path) -> None:
    port = free_port()
    command = sipp("-sn", "uas", "-p", str(port))
    with running(*command, cwd=tmp_path) as process, RawPhone() as phone:
        phone.call(f"sip:service@127.0.0.1:{port}")
        assert phone.wait_answer(20).status == 200
        assert phone.bye().status == 200
        assert process.wait(20) == 0, (tmp_path / "output.txt").read_text()


def write_baresip(folder: Path, account: str) -> None:
    """A baresip without sound card: it speaks a WAV file and hears nothing."""
    with wave.open(str(folder / "tone.wav"), "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(8000)
        wav.writeframes(10 * TONE)
    (folder / "config").write_text(
        "sip_listen 127.0.0.1:0\n"
        f"audio_source aufile,{folder}/tone.wav\n"
        "audio_channels 1\nrtp_ports 20000-29999\n"
        f"module_path {next(Path('/usr/lib').glob('**/baresip/modules'))}\n"
        "module g711.so\nmodule aufile.so\nmodule_tmp uuid.so\nmodule_tmp account.so\nmodule_app menu.so\n"
    )
    (folder / "accounts").write_text(account + "\n")
    (folder / "contacts").write_text("")


@needs_baresip
def test_baresip_registers_is_called_talks_and_unregisters(tmp_path: Path) -> None:
    with Registrar({"desk": "secret"}) as pbx:
        host, port = pbx.address
        write_baresip(tmp_path, f"<sip:desk@{host}:{port}>;auth_pass=secret;regint=60;answermode=auto")
        with running("baresip", "-f", str(tmp_path), cwd=tmp_path) as process:
            pbx.call(pbx.wait_registered("desk", 20))
            assert pbx.wait_answer().status == 200
            onset_ns = wait_speech(pbx.rtp, 0)
            assert parse_sdp(pbx.reinvite("inactive").body).direction == "inactive"
            wait_quiet(pbx.rtp, onset_ns, quiet_ms=100)
            pbx.reinvite("sendrecv")
            pbx.send_rfc4733("1")
            assert pbx.bye().status == 200
            process.send_signal(signal.SIGTERM)
            pbx.wait_unregistered("desk")
            process.wait(10)
        assert pbx.wrong_passwords == 0


@needs_baresip
def test_baresip_with_a_wrong_password_is_refused(tmp_path: Path) -> None:
    with Registrar({"desk": "secret"}) as pbx:
        host, port = pbx.address
        write_baresip(tmp_path, f"<sip:desk@{host}:{port}>;auth_pass=guess;regint=60")
        with running("baresip", "-f", str(tmp_path), cwd=tmp_path):
            pbx.wait_wrong_password(deadline_s=20)
        assert pbx.bindings == {}


@needs_baresip
def test_baresip_calls_the_phone(tmp_path: Path) -> None:
    with Registrar({"desk": "secret"}, challenge_calls=True) as pbx:
        host, port = pbx.address
        write_baresip(tmp_path, f"<sip:desk@{host}:{port}>;auth_pass=secret;regint=0")
        with running("baresip", "-f", str(tmp_path), "-e", f"/dial {pbx.uri}", cwd=tmp_path):
            pbx.wait_state("up", 20)
            wait_speech(pbx.rtp, 0)
            pbx.bye()
        assert len(pbx.received("INVITE")) == 2
