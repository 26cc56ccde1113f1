"""Digest authentication with MD5 (RFC 2617, RFC 7616), the client's side and the server's."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Credentials:
    user: str
    password: str


def parse_digest(value: str) -> dict[str, str]:
    """The parameters of WWW-Authenticate, Authorization and their proxy forms."""
    return {
        name.lower(): quoted or plain
        for name, quoted, plain in re.findall(r"(\w+)\s*=\s*(?:\"([^\"]*)\"|([^\s,]+))", value)
    }


def challenge(realm: str, nonce: str) -> str:
    """Value of WWW-Authenticate or Proxy-Authenticate."""
    return f'Digest realm="{realm}", nonce="{nonce}", algorithm=MD5, qop="auth"'


def authorization(challenged: str, who: Credentials, method: str, uri: str) -> str:
    """Value of Authorization that answers a challenge, with qop=auth where it is offered."""
    given = parse_digest(challenged)
    answer = {"username": who.user, "realm": given["realm"], "nonce": given["nonce"], "uri": uri}
    if "auth" in given.get("qop", "").split(","):
        answer |= {"qop": "auth", "nc": "00000001", "cnonce": secrets.token_hex(8)}
    answer["response"] = _response(answer, who.password, method)
    bare = ("qop", "nc")
    fields = [f"{name}={text}" if name in bare else f'{name}="{text}"' for name, text in answer.items()]
    return "Digest " + ", ".join(fields) + ", algorithm=MD5"


def verify(value: str, password: str, method: str, nonce: str) -> bool:
    """Whether an Authorization answers our nonce with the right password."""
    given = parse_digest(value)
    if not {"username", "realm", "nonce", "uri", "response"} <= given.keys() or given["nonce"] != nonce:
        return False
    return given["response"] == _response(given, password, method)


def _response(given: dict[str, str], password: str, method: str) -> str:
    secret = _md5(f"{given['username']}:{given['realm']}:{password}")
    what = _md5(f"{method}:{given['uri']}")
    if "qop" in given:
        return _md5(":".join([secret, given["nonce"], given["nc"], given["cnonce"], given["qop"], what]))
    return _md5(f"{secret}:{given['nonce']}:{what}")


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()
