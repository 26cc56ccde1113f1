"""A small PBX: REGISTER in, digest challenge and binding out (RFC 3261, section 10); calls to and from
what has registered, over the same socket, as a trunk makes them."""

from __future__ import annotations

import secrets

from tests.peers.called_side import Behaviour
from tests.peers.digest import challenge, parse_digest, verify
from tests.peers.raw_phone import RawPhone
from tests.peers.sdp import Codec
from tests.peers.sip_message import Address, Message, new_tag, parameter, uri_of, user_of
from tests.peers.transport import Kind


class Registrar(RawPhone):
    """A RawPhone that also registers others.

    bindings          contact URI of each user that is registered now
    wrong_passwords   how many credentials were refused (with 403)
    """

    def __init__(
        self,
        passwords: dict[str, str],
        *,
        realm: str = "peers",
        challenge_calls: bool = False,
        longest_expiry_s: int = 3600,
        listen_port: int = 0,
        transport: Kind = "udp",
        host: str = "127.0.0.1",
        codecs: tuple[Codec, ...] = ("PCMU",),
        behaviour: Behaviour | None = None,
    ) -> None:
        """`passwords` by user; `challenge_calls`: an INVITE gets 407 first; a `longest_expiry_s` of a
        few seconds shows the refreshes of a registration."""
        self.passwords, self.realm, self.longest_expiry_s = passwords, realm, longest_expiry_s
        self.challenge_calls = challenge_calls
        self.bindings: dict[str, str] = {}
        self.wrong_passwords = 0
        self._nonces: set[str] = set()
        super().__init__(listen_port, behaviour, user="pbx", transport=transport, host=host, codecs=codecs)

    def wait_registered(self, user: str, deadline_s: float = 10.0) -> str:
        """The contact URI of a user, as soon as it is registered."""
        self._await(lambda: user in self.bindings, deadline_s, f"the registration of {user}")
        return self.bindings[user]

    def wait_unregistered(self, user: str, deadline_s: float = 10.0) -> None:
        self._await(lambda: user not in self.bindings, deadline_s, f"the end of the registration of {user}")

    def wait_wrong_password(self, count: int = 1, deadline_s: float = 10.0) -> None:
        self._await(lambda: self.wrong_passwords >= count, deadline_s, f"{count} wrong passwords")

    def _on_new(self, message: Message, source: Address) -> None:
        if message.method == "REGISTER":
            self._on_register(message, source)
        elif message.method == "INVITE" and self.challenge_calls:
            if self._authorised(message, source, 407, user_of(uri_of(message["from"]))):
                super()._on_new(message, source)
        else:
            super()._on_new(message, source)

    def _on_register(self, message: Message, source: Address) -> None:
        user = user_of(uri_of(message["to"]))
        if not self._authorised(message, source, 401, user):
            return
        contact = message.get("contact") or ""
        asked = parameter(contact, "expires") or message.get("expires") or "3600"
        expires_s = min(int(asked), self.longest_expiry_s)
        if expires_s == 0:
            self.bindings.pop(user, None)
            self._reply(message, source, 200, tag=new_tag())
            return
        if contact:
            self.bindings[user] = uri_of(contact)
        bound = self.bindings.get(user)
        headers = [("Contact", f"<{bound}>;expires={expires_s}")] if bound else []
        self._reply(message, source, 200, tag=new_tag(), headers=headers)

    def _authorised(self, message: Message, source: Address, status: int, user: str) -> bool:
        """Whether the credentials are right; otherwise the challenge or the 403 has been sent."""
        given = message.get("authorization" if status == 401 else "proxy-authorization")
        nonce = parse_digest(given).get("nonce", "") if given else ""
        if given is None or nonce not in self._nonces:
            fresh = secrets.token_hex(8)
            self._nonces.add(fresh)
            name = "WWW-Authenticate" if status == 401 else "Proxy-Authenticate"
            self._reply(
                message, source, status, tag=new_tag(), headers=[(name, challenge(self.realm, fresh))]
            )
            return False
        password = self.passwords.get(user)
        named = parse_digest(given).get("username")
        if password is None or named != user or not verify(given, password, message.method, nonce):
            self.wrong_passwords += 1
            self._reply(message, source, 403, tag=new_tag())
            return False
        return True
