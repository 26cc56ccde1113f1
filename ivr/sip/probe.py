"""Is there a SIP endpoint that answers? One OPTIONS request (RFC 3261, section 11) over a plain
socket, so that the supervisor needs no PJSIP of its own."""

from __future__ import annotations

import secrets
import socket
from typing import Literal


def answers(host: str, port: int, transport: Literal["udp", "tcp"], timeout_s: float = 1.0) -> bool:
    """True when any SIP response comes in time."""
    target = "127.0.0.1" if host in ("0.0.0.0", "") else host
    kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.settimeout(timeout_s)
        try:
            probe.connect((target, port))
            own_host, own_port = probe.getsockname()
            probe.send(_options(target, port, transport.upper(), f"{own_host}:{own_port}"))
            return probe.recv(16).startswith(b"SIP/2.0 ")
        except OSError:
            return False


def _options(host: str, port: int, transport: str, own: str) -> bytes:
    token = secrets.token_hex(8)
    lines = (
        f"OPTIONS sip:{host}:{port} SIP/2.0",
        f"Via: SIP/2.0/{transport} {own};branch=z9hG4bK{token};rport",
        "Max-Forwards: 70",
        f"From: <sip:probe@{own}>;tag={token}",
        f"To: <sip:{host}:{port}>",
        f"Call-ID: {token}",
        "CSeq: 1 OPTIONS",
        f"Contact: <sip:probe@{own}>",
        "Content-Length: 0",
    )
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
