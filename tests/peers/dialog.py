"""A dialog (RFC 3261, section 12): who talks to whom, and where requests inside it go."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.peers.sip_message import (
    Address,
    Headers,
    Message,
    address_of,
    new_tag,
    parameter,
    uri_of,
)


@dataclass(slots=True)
class Dialog:
    call_id: str
    local: str
    """our From or To value, with tag"""
    remote: str
    """theirs; the tag comes with the first response that has one"""
    target: str
    """request URI: their Contact"""
    next_hop: Address
    routes: list[str] = field(default_factory=list)

    @property
    def local_tag(self) -> str:
        return parameter(self.local, "tag") or ""

    @classmethod
    def from_invite(cls, invite: Message, source: Address) -> Dialog:
        """The called side's dialog."""
        local = invite["to"] + f";tag={new_tag()}"
        dialog = cls(invite.call_id, local, invite["from"], uri_of(invite["contact"]), source)
        dialog._route(invite.all("record-route"))
        return dialog

    def learn(self, answer: Message) -> None:
        """Tag, target and route set from a response to our INVITE (the 2xx has the last word)."""
        if parameter(answer["to"], "tag"):
            self.remote = answer["to"]
        if answer.get("contact"):
            self.target = uri_of(answer["contact"])
            self._route(answer.all("record-route"), reverse=True)

    def retarget(self, message: Message) -> None:
        """A re-INVITE or UPDATE may move the target (section 12.2)."""
        if message.get("contact"):
            self.target = uri_of(message["contact"])
            if not self.routes:
                self.next_hop = address_of(self.target)

    def owns(self, message: Message) -> bool:
        """Whether a request from the far side belongs here."""
        return message.call_id == self.call_id and parameter(message["to"], "tag") == self.local_tag

    def headers(self, cseq: int, method: str, via: tuple[str, str]) -> Headers:
        return [
            via,
            ("CSeq", f"{cseq} {method}"),
            ("From", self.local),
            ("To", self.remote),
            ("Call-ID", self.call_id),
            ("Max-Forwards", "70"),
            *[("Route", route) for route in self.routes],
        ]

    def _route(self, record_routes: list[str], reverse: bool = False) -> None:
        """Record-Route values as they stand in the INVITE, or to be reversed on the calling side
        (section 12.1.2); loose routing."""
        self.routes = [route.strip() for value in record_routes for route in value.split(",")]
        if reverse:
            self.routes.reverse()
        self.next_hop = address_of(uri_of(self.routes[0]) if self.routes else self.target)
