"""Does a speech service answer? One `describe` over a socket of its own."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

from wyoming.event import read_event, write_event
from wyoming.info import Describe, Info


def alive(uri: str, timeout_s: float) -> bool:
    """True when the service at unix:///path or tcp://host:port describes itself in time."""
    parts = urlsplit(uri)
    unix = parts.scheme == "unix"
    address = parts.path if unix else (parts.hostname, parts.port)
    with socket.socket(socket.AF_UNIX if unix else socket.AF_INET, socket.SOCK_STREAM) as connection:
        connection.settimeout(timeout_s)
        try:
            connection.connect(address)
            with connection.makefile("rb") as reader, connection.makefile("wb") as writer:
                write_event(Describe().event(), writer)
                event = read_event(reader)
                return event is not None and Info.is_type(event.type)
        except OSError:
            return False
