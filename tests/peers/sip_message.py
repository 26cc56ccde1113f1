"""SIP messages (RFC 3261): bytes in, `Message` out, and back; pure functions, no sockets."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field

Headers = list[tuple[str, str]]
Address = tuple[str, int]

# RFC 3261, section 7.3.3, and RFC 3515, 4028, 6665
COMPACT = {
    "v": "via", "f": "from", "t": "to", "i": "call-id", "m": "contact", "l": "content-length",
    "c": "content-type", "k": "supported", "s": "subject", "e": "content-encoding",
    "r": "refer-to", "b": "referred-by", "x": "session-expires", "o": "event", "u": "allow-events",
}  # fmt: skip

REASONS = {
    100: "Trying", 180: "Ringing", 183: "Session Progress", 200: "OK", 202: "Accepted",
    302: "Moved Temporarily", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
    405: "Method Not Allowed", 407: "Proxy Authentication Required", 408: "Request Timeout",
    422: "Session Interval Too Small", 480: "Temporarily Unavailable",
    481: "Call/Transaction Does Not Exist", 486: "Busy Here", 487: "Request Terminated",
    488: "Not Acceptable Here", 491: "Request Pending", 500: "Server Internal Error",
    503: "Service Unavailable", 603: "Decline",
}  # fmt: skip


class SipError(ValueError):
    """Bytes that are no SIP message; the text says what is wrong."""


def _canonical(name: str) -> str:
    name = name.strip().lower()
    return COMPACT.get(name, name)


@dataclass(slots=True)
class Message:
    """A request or a response; header names compare without case and in short or long form."""

    start_line: str
    headers: Headers = field(default_factory=list)
    body: bytes = b""

    @property
    def is_request(self) -> bool:
        return not self.start_line.startswith("SIP/2.0 ")

    @property
    def method(self) -> str:
        """Of a request its own method, of a response the method it answers."""
        return self.start_line.split(" ", 1)[0] if self.is_request else self.cseq[1]

    @property
    def uri(self) -> str:
        """Request URI."""
        return self.start_line.split(" ")[1]

    @property
    def status(self) -> int:
        """Status of a response; 0 for a request."""
        return 0 if self.is_request else int(self.start_line.split(" ")[1])

    @property
    def cseq(self) -> tuple[int, str]:
        number, method = self["cseq"].split()
        return int(number), method

    @property
    def branch(self) -> str:
        return parameter(self["via"], "branch") or ""

    @property
    def call_id(self) -> str:
        return self["call-id"]

    def __getitem__(self, name: str) -> str:
        value = self.get(name)
        if value is None:
            raise SipError(f"no {name} header in: {self.start_line}")
        return value

    def get(self, name: str) -> str | None:
        """The first header of that name."""
        return next(iter(self.all(name)), None)

    def all(self, name: str) -> list[str]:
        wanted = _canonical(name)
        return [value for key, value in self.headers if _canonical(key) == wanted]

    def encode(self) -> bytes:
        """Wire form with a true Content-Length (left as it is when the headers carry one)."""
        headers = list(self.headers)
        if self.get("content-length") is None:
            headers.append(("Content-Length", str(len(self.body))))
        lines = [self.start_line, *(f"{name}: {value}" for name, value in headers), "", ""]
        return "\r\n".join(lines).encode() + self.body


def parse(data: bytes) -> Message:
    """One whole message; raises SipError. Folded header lines are joined (section 7.3.1)."""
    head, separator, body = data.partition(b"\r\n\r\n")
    if not separator:
        raise SipError("no empty line after the headers")
    text = re.sub(r"\r\n[ \t]+", " ", head.decode("utf-8", "replace"))
    start_line, *lines = text.split("\r\n")
    if not re.fullmatch(r"SIP/2\.0 [1-6]\d\d( .*)?|[A-Z]+ \S+ SIP/2\.0", start_line):
        raise SipError(f"no SIP start line: {start_line[:60]!r}")
    headers: Headers = []
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon:
            raise SipError(f"header without colon: {line[:60]!r}")
        headers.append((name.strip(), value.strip()))
    message = Message(start_line, headers, body)
    for name in ("via", "from", "to", "call-id"):
        message[name]
    if not re.fullmatch(r"\d+\s+[A-Z]+", message["cseq"]):
        raise SipError(f"bad CSeq: {message['cseq'][:40]!r}")
    return message


def split_stream(buffer: bytes) -> tuple[list[bytes], bytes]:
    """Whole messages at the front of a TCP stream, and the rest (RFC 3261, section 18.3)."""
    messages: list[bytes] = []
    while True:
        buffer = buffer.lstrip(b"\r\n")
        head, separator, _ = buffer.partition(b"\r\n\r\n")
        if not separator:
            return messages, buffer
        length = re.search(rb"(?im)^(?:content-length|l)[ \t]*:[ \t]*(\d+)", head)
        end = len(head) + 4 + (int(length.group(1)) if length else 0)
        if len(buffer) < end:
            return messages, buffer
        messages.append(buffer[:end])
        buffer = buffer[end:]


def request(method: str, uri: str, headers: Iterable[tuple[str, str]], body: bytes = b"") -> Message:
    return Message(f"{method} {uri} SIP/2.0", list(headers), body)


def response(
    to: Message, status: int, *, tag: str = "", headers: Iterable[tuple[str, str]] = (), body: bytes = b""
) -> Message:
    """The answer to a request (section 8.2.6): Via, From, To with our tag, Call-ID, CSeq copied."""
    copied: Headers = [("Via", via) for via in to.all("via")]
    copied += [("Record-Route", route) for route in to.all("record-route")]
    to_value = to["to"]
    if tag and status > 100 and parameter(to_value, "tag") is None:
        to_value += f";tag={tag}"
    copied += [("From", to["from"]), ("To", to_value), ("Call-ID", to.call_id), ("CSeq", to["cseq"])]
    reason = REASONS.get(status, "Whatever")
    return Message(f"SIP/2.0 {status} {reason}", [*copied, *headers], body)


def parameter(value: str, name: str) -> str | None:
    """A `;name=value` parameter behind a header's address or a Via's sent-by."""
    outside = re.sub(r"<[^>]*>", "", value)
    found = re.search(rf"(?i);\s*{name}\s*=\s*\"?([^;,\s\"]+)", outside)
    return found.group(1) if found else None


def uri_of(value: str) -> str:
    """The URI of From, To, Contact, Refer-To, Route: inside <> or bare."""
    found = re.search(r"<([^>]*)>", value)
    return found.group(1) if found else value.split(";")[0].strip()


def user_of(uri: str) -> str:
    found = re.match(r"(?i)sips?:([^@;>]+)@", uri)
    return found.group(1) if found else ""


def address_of(uri: str) -> Address:
    """Host and port of a SIP URI; numbers and localhost only, no DNS (RFC 3263 is left out)."""
    found = re.match(r"(?i)sips?:(?:[^@]*@)?([^:;?>]+)(?::(\d+))?", uri)
    if not found:
        raise SipError(f"no SIP URI: {uri!r}")
    host = "127.0.0.1" if found.group(1) == "localhost" else found.group(1)
    return host, int(found.group(2) or 5060)


def new_branch() -> str:
    return "z9hG4bK" + secrets.token_hex(8)


def new_tag() -> str:
    return secrets.token_hex(6)
