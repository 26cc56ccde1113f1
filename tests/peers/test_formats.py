"""The peers' formats against the examples of their standards, and against any bytes at all."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.peers import g711
from tests.peers.digest import Credentials, authorization, challenge, verify
from tests.peers.heard import deviations_ms, onset_in, received_keys, timeline
from tests.peers.rtp_packet import RtpPacket, corrupt, lose, parse_rtp
from tests.peers.sdp import Codec, Direction, Sdp, SdpError, parse_sdp
from tests.peers.sip_message import Message, SipError, address_of, parameter, parse, split_stream, uri_of

INVITE = (
    b"INVITE sip:bob@biloxi.example SIP/2.0\r\n"
    b"v: SIP/2.0/UDP pc33.example;branch=z9hG4bKnashds8\r\n"
    b"Max-Forwards: 70\r\n"
    b't: "Bob; tag=x" <sip:bob@biloxi.example>\r\n'
    b"f: Alice\r\n <sip:alice@atlanta.example;x=1>;tag=1928301774\r\n"
    b"i: a84b4c76e66710\r\nCSeq: 314159 INVITE\r\nl: 4\r\n\r\nbody"
)
TICK_NS = 20_000_000


def test_compact_folded_and_quoted_headers_are_understood() -> None:
    message = parse(INVITE)
    assert (message.method, message.uri, message.branch) == (
        "INVITE",
        "sip:bob@biloxi.example",
        "z9hG4bKnashds8",
    )
    assert message.cseq == (314159, "INVITE") and message.body == b"body"
    assert parameter(message["from"], "tag") == "1928301774"
    assert parameter(message["from"], "x") is None
    assert uri_of(message["To"]) == "sip:bob@biloxi.example"
    assert address_of("sip:bob@192.0.2.1:5070;transport=tcp") == ("192.0.2.1", 5070)


@given(st.binary(max_size=300), st.integers(0, len(INVITE)), st.integers(0, 40))
def test_damaged_messages_raise_sip_error_or_parse(noise: bytes, at: int, cut: int) -> None:
    try:
        message = parse(INVITE[:at] + noise + INVITE[at + cut :])
    except SipError:
        return
    assert parse(message.encode()).headers[: len(message.headers)] == message.headers


@given(st.integers(0, 3 * len(INVITE)))
def test_a_stream_splits_into_messages_wherever_it_is_cut(cut: int) -> None:
    stream = INVITE + b"\r\n\r\n" + INVITE + INVITE
    first, rest = split_stream(stream[:cut])
    second, left = split_stream(rest + stream[cut:])
    assert [*first, *second] == [INVITE] * 3 and left == b""


@given(
    st.integers(1, 65535),
    st.sampled_from([("PCMU",), ("PCMA",), ("PCMA", "PCMU")]),
    st.sampled_from(["sendrecv", "sendonly", "recvonly", "inactive"]),
    st.sampled_from([None, 96, 101, 127]),
)
def test_sdp_survives_a_round_trip(
    port: int, codecs: tuple[str, ...], direction: Direction, event_payload_type: int | None
) -> None:
    sdp = Sdp("127.0.0.1", port, codecs, direction, event_payload_type, version=7)
    assert parse_sdp(sdp.encode()) == sdp


@given(st.binary(max_size=200))
def test_any_bytes_as_sdp_raise_sdp_error_or_parse(noise: bytes) -> None:
    for body in (noise, b"v=0\nc=IN IP4 127.0.0.1\nm=audio " + noise):
        try:
            parse_sdp(body)
        except SdpError:
            continue


def test_the_digest_example_of_rfc_2617() -> None:
    nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c093"
    value = (
        f'Digest username="Mufasa", realm="testrealm@host.com", nonce="{nonce}", uri="/dir/index.html", '
        'qop=auth, nc=00000001, cnonce="0a4f113b", response="6629fae49393a05397450978507c4ef1"'
    )
    assert verify(value, "Circle Of Life", "GET", nonce)
    assert not verify(value, "Circle of Life", "GET", nonce)
    assert not verify(value, "Circle Of Life", "GET", "another")


def test_both_sides_of_the_digest_agree() -> None:
    offered = challenge("peers", "abc")
    value = authorization(offered, Credentials("bot", "secret"), "REGISTER", "sip:pbx")
    assert verify(value, "secret", "REGISTER", "abc")
    assert not verify(value, "wrong", "REGISTER", "abc")
    assert not verify(value, "secret", "INVITE", "abc")


def test_g711_decodes_the_values_of_the_standard() -> None:
    assert list(g711.decode(b"\x00\x7f\x80\xff", "PCMU")) == [-32124, 0, 32124, 0]
    assert list(g711.decode(b"\x2a\x55\xaa\xd5", "PCMA")) == [-32256, -8, 32256, 8]


@pytest.mark.parametrize("codec", ["PCMU", "PCMA"])
def test_g711_encodes_to_the_nearest_value(codec: Codec) -> None:
    samples = np.arange(-32768, 32768).astype("<i2")
    heard = g711.decode(g711.encode(samples.tobytes(), codec), codec).astype(int)
    values = np.sort(g711.decode(bytes(range(256)), codec).astype(int))
    nearest = np.min(np.abs(values[:, None] - samples.astype(int)[None, ::97]), axis=0)
    assert np.array_equal(np.abs(heard - samples)[::97], nearest)


@given(st.binary(max_size=80))
def test_any_datagram_is_rtp_or_none(noise: bytes) -> None:
    for data in (noise, b"\xb5\x00" + noise):
        packet = parse_rtp(data)
        assert packet is None or len(packet.payload) <= len(data) - 12


def _packets(*samples: int | None, ssrc: int = 1) -> list[RtpPacket]:
    """One packet of equal samples a tick; None: lost."""
    return [
        RtpPacket(
            1000 + i * TICK_NS, i, (160 * i - 160) % (1 << 32), 0, False, ssrc,
            g711.encode(np.full(160, value, "<i2").tobytes(), "PCMU"),
        )
        for i, value in enumerate(samples)
        if value is not None
    ]  # fmt: skip


def test_the_time_line_puts_silence_where_packets_are_missing() -> None:
    heard = timeline(_packets(8031, None, -8031))
    assert heard.start_ns == 1000
    samples = np.frombuffer(heard.pcm16, "<i2")
    assert [int(part.mean().round(-2)) for part in np.split(samples, 3)] == [7900, 0, -7900]
    assert heard.between(1000 + 2 * TICK_NS, 1000 + 3 * TICK_NS) == heard.pcm16[-320:]


def test_a_new_source_goes_on_where_it_arrives() -> None:
    first = _packets(4000, 4000)
    second = [
        RtpPacket(p.arrival_ns + 10 * TICK_NS, p.seq, p.timestamp + 77777, 0, False, 2, p.payload)
        for p in first
    ]
    assert len(timeline([*first, *second]).pcm16) == 2 * 160 * 12


def test_the_onset_is_a_sample_not_a_packet() -> None:
    late = np.zeros(160, "<i2")
    late[100:] = 5000
    packet = RtpPacket(1000, 0, 0, 8, False, 1, g711.encode(late.tobytes(), "PCMA"))
    assert onset_in(packet) == 1000 + 100 * 125_000
    assert onset_in(_packets(0)[0]) is None


def test_jitter_is_measured_between_neighbours_only() -> None:
    packets = _packets(0, 0, None, 0, 0)
    moved = packets[3]
    packets[3] = RtpPacket(moved.arrival_ns + 3_000_000, *[getattr(moved, name) for name in
                           ("seq", "timestamp", "payload_type", "marker", "ssrc", "payload")])  # fmt: skip
    assert deviations_ms(packets).tolist() == [0.0, 3.0]


def test_a_key_counts_once_however_often_its_end_is_sent() -> None:
    def event(seq: int, timestamp: int, payload: bytes) -> RtpPacket:
        return RtpPacket(seq, seq, timestamp, 101, False, 1, payload)

    down, up = b"\x05\x0a\x00\xa0", b"\x05\x8a\x01\x40"
    packets = [event(0, 100, down), *[event(i, 100, up) for i in (1, 2, 3)], event(4, 900, up)]
    assert received_keys(packets, 101) == "55"
    assert received_keys(packets, 96) == ""


@pytest.mark.parametrize("damage", [lose, corrupt])
def test_damage_has_its_rate_and_repeats_itself(damage: object) -> None:
    assert damage in (lose, corrupt)
    packet = bytes(range(1, 173))
    hits = []
    for _ in range(2):
        mangle = lose(0.3, seed=5) if damage is lose else corrupt(0.3, seed=5)
        hits.append([tuple(mangle(packet)) for _ in range(1000)])
    changed = sum(out != (packet,) for out in hits[0])
    assert hits[0] == hits[1] and math.isclose(changed, 300, abs_tol=60)


def test_a_message_is_compared_by_its_headers_in_any_case() -> None:
    assert Message("OPTIONS sip:a SIP/2.0", [("SUBJECT", "x")]).get("s") == "x"
