"""Session descriptions (RFC 4566) of one audio stream: bytes in, `Sdp` out, and back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Direction = Literal["sendrecv", "sendonly", "recvonly", "inactive"]
Codec = Literal["PCMU", "PCMA"]
"""what our endpoints speak"""

STATIC_PAYLOAD_TYPES: dict[int, str] = {0: "PCMU", 3: "GSM", 8: "PCMA", 9: "G722", 18: "G729"}
PAYLOAD_TYPE_OF: dict[str, int] = {"PCMU": 0, "PCMA": 8}
EVENT_PAYLOAD_TYPE = 101
"""what we offer for telephone-events (RFC 4733)"""
MIRRORED: dict[Direction, Direction] = {
    "sendrecv": "sendrecv",
    "sendonly": "recvonly",
    "recvonly": "sendonly",
    "inactive": "inactive",
}
"""the answer to a direction (RFC 3264, section 6.1)"""


class SdpError(ValueError):
    """A body that describes no audio stream."""


@dataclass(frozen=True, slots=True)
class Sdp:
    host: str
    port: int
    codecs: tuple[str, ...]
    """encoding names in the order of preference, without telephone-event"""
    direction: Direction = "sendrecv"
    event_payload_type: int | None = EVENT_PAYLOAD_TYPE
    version: int = 1
    """rises with each description of a session (RFC 3264, section 8)"""

    def encode(self) -> bytes:
        types = [PAYLOAD_TYPE_OF[name] for name in self.codecs]
        lines = [
            "v=0",
            f"o=peer 1 {self.version} IN IP4 {self.host}",
            "s=-",
            f"c=IN IP4 {self.host}",
            "t=0 0",
        ]
        maps = [f"a=rtpmap:{PAYLOAD_TYPE_OF[name]} {name}/8000" for name in self.codecs]
        if self.event_payload_type is not None:
            types.append(self.event_payload_type)
            maps.append(f"a=rtpmap:{self.event_payload_type} telephone-event/8000")
            maps.append(f"a=fmtp:{self.event_payload_type} 0-15")
        lines.append(f"m=audio {self.port} RTP/AVP {' '.join(map(str, types))}")
        lines += [*maps, "a=ptime:20", f"a={self.direction}", ""]
        return "\r\n".join(lines).encode()


def parse_sdp(body: bytes) -> Sdp:
    """The first audio stream; raises SdpError."""
    text = body.decode("utf-8", "replace").replace("\r\n", "\n")
    session, found, media = text.partition("\nm=audio ")
    if not found:
        raise SdpError("no audio stream")
    media = media.split("\nm=")[0]
    line = media.split("\n")[0].split()
    if len(line) < 3 or not line[0].isdigit():
        raise SdpError(f"bad media line: {line}")
    connection = re.search(r"(?m)^c=IN IP4 (\S+)", media) or re.search(r"(?m)^c=IN IP4 (\S+)", session)
    if not connection:
        raise SdpError("no connection address")
    names = dict(STATIC_PAYLOAD_TYPES)
    for number, name in re.findall(r"(?m)^a=rtpmap:(\d+) ([^/\s]+)/", media):
        names[int(number)] = name.upper()
    types = [int(word) for word in line[2:] if word.isdigit()]
    events = [number for number in types if names.get(number) == "TELEPHONE-EVENT"]
    return Sdp(
        host=connection.group(1),
        port=int(line[0]),
        codecs=tuple(names[number] for number in types if number in names and number not in events),
        direction=_direction(media) or _direction(session) or "sendrecv",
        event_payload_type=events[0] if events else None,
        version=_version(session),
    )


def _direction(text: str) -> Direction | None:
    for name in MIRRORED:
        if re.search(rf"(?m)^a={name}\s*$", text):
            return name
    return None


def _version(session: str) -> int:
    origin = re.search(r"(?m)^o=\S+ \S+ (\d+) ", session)
    return int(origin.group(1)) if origin else 0
