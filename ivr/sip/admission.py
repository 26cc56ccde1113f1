"""Who may call: the source address of an INVITE enters; accepted, or why not, leaves.

Every SIP server on a public address is tried for toll fraud within the hour, so an address
that nobody has allowed is refused before anything else is looked at.
"""

from __future__ import annotations

import ipaddress
from collections import deque
from collections.abc import Iterable

SETUPS = 24
WINDOW_S = 0.6
"""PJSIP's select loop holds 64 media sockets; a call takes two and frees them 500 ms after its
end. A 33rd call within half a second aborts the process."""


class Peers:
    """Networks that may call through one account."""

    def __init__(self, networks: Iterable[str]) -> None:
        self._networks = [ipaddress.ip_network(network) for network in networks]

    def allow(self, source: str) -> bool:
        """`source` as PJSIP tells it: 192.0.2.1:5060 or [2001:db8::1]:5060."""
        host = source.rsplit(":", 1)[0].strip("[]")
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return False
        return any(address in network for network in self._networks)


class SetupPace:
    """How many calls have begun just now."""

    def __init__(self) -> None:
        self._setups_s: deque[float] = deque()

    def has_room(self, now_s: float) -> bool:
        """Whether one more set-up is safe now; counts it if so."""
        while self._setups_s and now_s - self._setups_s[0] > WINDOW_S:
            self._setups_s.popleft()
        if len(self._setups_s) >= SETUPS:
            return False
        self._setups_s.append(now_s)
        return True
