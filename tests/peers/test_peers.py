"""The telephone and the PBX against each other: every ability that other tests rely on."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest

from tests.peers.called_side import Behaviour
from tests.peers.clock import monotonic_ns
from tests.peers.digest import Credentials
from tests.peers.heard import deviations_ms, wait_keys, wait_quiet, wait_speech
from tests.peers.raw_phone import RawPhone, SessionTimer
from tests.peers.registrar import Registrar
from tests.peers.rtp import TICK_NS
from tests.peers.rtp_packet import lose
from tests.peers.sdp import Codec, parse_sdp
from tests.peers.sip_message import parameter
from tests.peers.transport import Kind

TONE = np.rint(8000 * np.sin(2 * np.pi * 440 / 8000 * np.arange(4000) + 0.5)).astype("<i2").tobytes()
"""half a second, loud from its first sample"""


@pytest.fixture(params=["udp", "tcp"])
def kind(request: pytest.FixtureRequest) -> Kind:
    return "tcp" if request.param == "tcp" else "udp"


@pytest.fixture
def phones(kind: Kind) -> Iterator[tuple[RawPhone, RawPhone]]:
    """A caller and a called one."""
    with RawPhone(transport=kind, user="bob") as bob, RawPhone(transport=kind, user="alice") as alice:
        yield alice, bob


def connect(alice: RawPhone, bob: RawPhone) -> None:
    alice.call(bob.uri)
    assert alice.wait_answer().status == 200
    bob.wait_request("ACK")


def test_both_sides_hear_each_other_and_hang_up(phones: tuple[RawPhone, RawPhone]) -> None:
    alice, bob = phones
    connect(alice, bob)
    for speaker, listener in ((alice, bob), (bob, alice)):
        said = speaker.say(TONE)
        assert len(said.sent_ns) == 25 and said.end_ns - said.first_packet_ns > 24 * TICK_NS
        onset_ns = wait_speech(listener.rtp, said.first_packet_ns)
        quiet_ns = wait_quiet(listener.rtp, onset_ns)
        assert said.first_packet_ns < onset_ns < quiet_ns
        heard = np.frombuffer(listener.received_audio.between(onset_ns, quiet_ns), "<i2")
        assert np.abs(np.fft.rfft(heard))[1:].argmax() + 1 == round(440 * len(heard) / 8000)
    assert bob.bye().status == 200
    alice.wait_state("ended")
    assert alice.end_status == 200


@pytest.mark.parametrize("codec", ["PCMU", "PCMA"])
def test_the_called_phone_takes_the_codec_that_is_offered(codec: Codec) -> None:
    with RawPhone(codecs=("PCMU", "PCMA")) as bob, RawPhone() as alice:
        alice.call(bob.uri, codecs=(codec,))
        assert parse_sdp(alice.wait_answer().body).codecs == (codec,)
        said = alice.say(TONE)
        wait_speech(bob.rtp, said.first_packet_ns)


def test_without_a_common_codec_the_call_is_not_acceptable() -> None:
    with RawPhone(codecs=("PCMA",)) as bob, RawPhone() as alice:
        alice.call(bob.uri)
        assert alice.wait_answer().status == 488
        assert (alice.state, alice.end_status) == ("ended", 488)


def test_keys_by_both_ways_in_both_directions(phones: tuple[RawPhone, RawPhone]) -> None:
    alice, bob = phones
    connect(alice, bob)
    for presser, listener in ((alice, bob), (bob, alice)):
        presser.send_rfc4733("12#55D")
        wait_keys(listener.rtp, "12#55D", 101)
        assert presser.send_info_dtmf("9*0").status == 200
        assert listener.info_keys == "9*0"


def test_a_key_is_marked_grows_and_ends_three_times() -> None:
    with RawPhone() as bob, RawPhone() as alice:
        connect(alice, bob)
        alice.send_rfc4733("7", on_ms=60)
        wait_keys(bob.rtp, "7", 101)
        wait_speech(bob.rtp, alice.say(TONE).first_packet_ns)
        events = [packet for packet in bob.rtp.packets if packet.payload_type == 101]
    assert [packet.marker for packet in events] == [True] + 5 * [False]
    assert len({packet.timestamp for packet in events}) == 1
    durations = [int.from_bytes(packet.payload[2:]) for packet in events]
    assert durations == [160, 320, 480, 480, 480, 480]
    assert [packet.payload[1] >> 7 for packet in events] == [0, 0, 0, 1, 1, 1]


def test_a_late_offer_is_answered_in_the_ack(phones: tuple[RawPhone, RawPhone]) -> None:
    alice, bob = phones
    alice.call(bob.uri, offer="late")
    assert alice.wait_answer().body
    assert bob.received("INVITE")[0].body == b""
    assert parse_sdp(bob.wait_request("ACK").body).port == alice.rtp.address[1]
    wait_speech(bob.rtp, alice.say(TONE).first_packet_ns)
    wait_speech(alice.rtp, bob.say(TONE).first_packet_ns)


def test_hold_and_resume(phones: tuple[RawPhone, RawPhone]) -> None:
    alice, bob = phones
    connect(alice, bob)
    assert parse_sdp(alice.reinvite("sendonly").body).direction == "recvonly"
    assert bob.rtp.paused and not alice.rtp.paused
    wait_speech(bob.rtp, alice.say(TONE).first_packet_ns)
    assert parse_sdp(alice.reinvite("inactive").body).direction == "inactive"
    assert bob.rtp.paused and alice.rtp.paused
    assert parse_sdp(alice.reinvite("sendrecv").body).direction == "sendrecv"
    wait_speech(alice.rtp, bob.say(TONE).first_packet_ns)
    assert [parse_sdp(message.body).version for message in bob.received("INVITE")] == [1, 2, 3, 4]


def test_a_ringing_call_is_cancelled(kind: Kind) -> None:
    with (
        RawPhone(behaviour=Behaviour(invite_status=None), transport=kind) as bob,
        RawPhone(transport=kind) as alice,
    ):
        alice.call(bob.uri)
        assert alice.wait_ringing().status == 180
        assert alice.cancel().status == 487
        bob.wait_request("ACK")
        assert (alice.end_status, bob.end_status, bob.state) == (487, 487, "ended")


@pytest.mark.parametrize("status", [480, 486, 603])
def test_a_call_is_refused_and_the_next_one_taken(status: int, kind: Kind) -> None:
    with (
        RawPhone(behaviour=Behaviour(invite_status=status), transport=kind) as bob,
        RawPhone(transport=kind) as alice,
    ):
        alice.call(bob.uri)
        assert alice.wait_answer().status == status
        bob.wait_request("ACK")
        bob.behaviour.invite_status = 200
        alice.call(bob.uri)
        assert alice.wait_answer().status == 200


def test_a_phone_answers_after_a_while_and_refuses_a_second_caller() -> None:
    with RawPhone(behaviour=Behaviour(answer_after_s=0.1)) as bob, RawPhone() as alice, RawPhone() as carol:
        alice.call(bob.uri)
        assert alice.wait_ringing().status == 180
        carol.call(bob.uri)
        assert carol.wait_answer().status == 486
        assert alice.wait_answer().status == 200


@pytest.mark.parametrize("outcome", [200, 486, 603])
def test_a_transfer_is_accepted_and_its_outcome_told(outcome: int, phones: tuple[RawPhone, RawPhone]) -> None:
    alice, bob = phones
    alice.behaviour.refer_outcome = outcome
    connect(alice, bob)
    assert bob.refer("sip:agent@127.0.0.1:9").status == 202
    assert alice.refer_targets == ["sip:agent@127.0.0.1:9"]
    final = bob.wait_for(
        lambda e: not e.sent and "terminated" in (e.message.get("subscription-state") or "")
    ).message
    assert final.body.startswith(b"SIP/2.0 %d" % outcome)
    assert [m.body.split()[1] for m in bob.received("NOTIFY")] == [b"100", b"%d" % outcome]


def test_a_transfer_is_refused() -> None:
    with RawPhone(behaviour=Behaviour(refer_status=603)) as bob, RawPhone() as alice:
        connect(alice, bob)
        assert alice.refer("sip:agent@127.0.0.1:9").status == 603
        assert alice.received("NOTIFY") == []


def test_session_timers_are_agreed_and_refreshed(phones: tuple[RawPhone, RawPhone]) -> None:
    alice, bob = phones
    timer = SessionTimer(expires_s=120, refresher="uas")
    alice.call(bob.uri, session_timer=timer)
    assert alice.wait_answer()["Session-Expires"] == "120;refresher=uas"
    assert bob.received("INVITE")[0]["Min-SE"] == "90"
    refreshed = bob.update([("Session-Expires", "120;refresher=uac")])
    assert refreshed.status == 200 and parameter(refreshed["x"], "refresher") == "uac"
    assert alice.reinvite(headers=timer.headers()).get("Session-Expires") == "120;refresher=uas"


def test_without_ack_the_answer_is_repeated() -> None:
    with RawPhone() as bob, RawPhone(behaviour=Behaviour(send_ack=False)) as alice:
        alice.call(bob.uri)
        assert alice.wait_answer().status == 200
        alice.wait_for(lambda e: not e.sent and e.message.status == 200 and e.repeated)
        assert bob.received("ACK") == []
        alice.ack()
        bob.wait_request("ACK")


def test_a_lost_request_is_repeated_until_it_is_heard() -> None:
    with RawPhone() as bob, RawPhone() as alice:
        bob.silent = True
        alice.call(bob.uri)
        bob.wait_request("INVITE")
        bob.silent = False
        assert alice.wait_answer().status == 200
        arrived = [e for e in bob.history if not e.sent and e.message.method == "INVITE"]
        assert [e.repeated for e in arrived] == [False, True]


def test_a_vanished_phone_answers_nothing() -> None:
    with RawPhone() as bob, RawPhone() as alice:
        connect(alice, bob)
        bob.vanish()
        with pytest.raises(TimeoutError, match="BYE"):
            alice.bye(deadline_s=0.2)
        assert bob.wait_request("BYE")
        packets = len(alice.rtp.packets)
        wait_quiet(alice.rtp, monotonic_ns(), quiet_ms=100)
        assert len(alice.rtp.packets) - packets <= 2


def test_mangled_bytes_reach_the_other_side_and_hurt_nobody() -> None:
    with RawPhone() as bob, RawPhone() as alice:
        alice.send_raw(b"INVITE \xff\x00 SIP/2.0\r\n\r\n", bob.address)
        connect(alice, bob)
        assert bob.unparsable == [b"INVITE \xff\x00 SIP/2.0\r\n\r\n"]
        alice.rtp.send_raw(b"\x00nonsense")
        alice.rtp.mangle = lose(0.5)
        alice.say(TONE)
        alice.rtp.mangle = None
        alice.send_rfc4733("5")
        wait_keys(bob.rtp, "5", 101)
        lost = sum((b.seq - a.seq) % 65536 - 1 for a, b in pairwise(bob.rtp.packets))
        assert bob.rtp.undecodable == 1 and 3 < lost < 22


def test_a_foreign_request_inside_no_dialog_is_refused() -> None:
    with RawPhone() as bob, RawPhone() as alice:
        assert alice.options(bob.uri).status == 200
        connect(alice, bob)
        assert alice.dialog
        alice.dialog.call_id = "another"
        assert alice.bye().status == 481
        bob.vanish()


def test_interrupted_speech_reports_how_far_it_got() -> None:
    with RawPhone() as bob, RawPhone() as alice:
        connect(alice, bob)
        speech = alice.rtp.say(10 * TONE)
        wait_speech(bob.rtp, 0)
        alice.rtp.shut_up()
        assert speech.wait().cut and 0 < len(speech.sent_ns) < 250


def test_packets_leave_on_a_schedule_that_does_not_drift() -> None:
    with RawPhone() as bob, RawPhone() as alice:
        connect(alice, bob)
        said = alice.say(4 * TONE)
        wait_quiet(bob.rtp, wait_speech(bob.rtp, said.first_packet_ns))
    # Any packet may be late on a busy machine, but lateness must not add up.
    behind = [at - said.first_packet_ns - i * TICK_NS for i, at in enumerate(said.sent_ns)]
    assert min(behind[50:]) < 5_000_000
    assert deviations_ms(bob.rtp.packets).size >= 99


def test_registration_calls_both_ways_and_the_end_of_it(kind: Kind) -> None:
    with (
        Registrar({"bot": "secret"}, challenge_calls=True, transport=kind) as pbx,
        RawPhone(user="bot", credentials=Credentials("bot", "secret"), transport=kind) as bot,
    ):
        host, port = pbx.address
        place = f"sip:{host}:{port}" + (";transport=tcp" if kind == "tcp" else "")
        assert bot.register(place, expires_s=60).status == 200
        assert pbx.wait_registered("bot") == bot.uri
        pbx.call(pbx.bindings["bot"])
        assert pbx.wait_answer().status == 200
        pbx.bye()
        bot.call(pbx.uri)
        assert bot.wait_answer().status == 200
        assert [e.message.status for e in bot.history if e.message.status in (401, 407)] == [401, 407]
        bot.bye()
        assert bot.register(place, expires_s=0).status == 200
        pbx.wait_unregistered("bot")
        assert pbx.wrong_passwords == 0


def test_a_wrong_password_is_refused_and_counted() -> None:
    with (
        Registrar({"bot": "secret"}) as pbx,
        RawPhone(user="bot", credentials=Credentials("bot", "guess")) as bot,
        RawPhone(user="nobody") as nobody,
    ):
        host, port = pbx.address
        assert bot.register(f"sip:{host}:{port}").status == 403
        assert nobody.register(f"sip:{host}:{port}").status == 401
        pbx.wait_wrong_password(1)
        assert (pbx.wrong_passwords, pbx.bindings) == (1, {})
