"""SIP over UDP or TCP (RFC 3261, section 18): bytes in with the address they came from, bytes out."""

from __future__ import annotations

import select
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from tests.peers.sip_message import Address, split_stream

Kind = Literal["udp", "tcp"]


class Transport:
    """One listening address. `receive` belongs to one thread; `send` may be called from any that
    holds the agent's lock."""

    def __init__(self, kind: Kind, host: str = "127.0.0.1", port: int = 0) -> None:
        self.kind = kind
        self._socket = socket.socket(
            socket.AF_INET, socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM
        )
        if kind == "tcp":
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._socket.bind((host, port))
            if kind == "tcp":
                self._socket.listen(16)
        except OSError:
            self._socket.close()
            raise
        self.address: Address = self._socket.getsockname()
        self._connections: dict[Address, socket.socket] = {}
        self._buffers: dict[socket.socket, bytes] = {}
        self._corked: dict[Address, bytes] | None = None
        """what waits to leave in one piece"""
        self._wake_in, self._wake_out = socket.socketpair()

    def wake(self) -> None:
        """Let `receive` return."""
        self._wake_out.send(b".")

    def send(self, data: bytes, to: Address) -> None:
        """TCP: over the connection to that address, opened if there is none."""
        if self.kind == "udp":
            self._socket.sendto(data, to)
            return
        connection = self._connections.get(to)
        if connection is None:
            connection = socket.create_connection(to, timeout=5.0)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._connections[to] = connection
            self.wake()
        if self._corked is not None:
            self._corked[to] = self._corked.get(to, b"") + data
        else:
            connection.sendall(data)

    @contextmanager
    def corked(self) -> Iterator[None]:
        """TCP: all that is sent meanwhile leaves in one segment, so that the other side reads it at once."""
        self._corked = {}
        try:
            yield
        finally:
            held, self._corked = self._corked, None
            for to, data in held.items():
                self._connections[to].sendall(data)

    def receive(self, timeout_s: float) -> list[tuple[bytes, Address]]:
        """What has arrived; waits for the first up to the timeout. Keep-alives are left out."""
        sockets = [self._wake_in, self._socket, *list(self._connections.values())]
        ready, _, _ = select.select(sockets, [], [], max(0.0, timeout_s))
        arrived: list[tuple[bytes, Address]] = []
        for sock in ready:
            if sock is self._wake_in:
                sock.recv(4096)
            elif sock is not self._socket:
                arrived += self._read_stream(sock)
            elif self.kind == "tcp":
                connection, source = sock.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._connections[source] = connection
            else:
                arrived.append(sock.recvfrom(65535))
        return [(data, source) for data, source in arrived if data.strip()]

    def drop_connections(self) -> None:
        """Close every TCP connection, as a phone does that lost its network."""
        for connection in self._connections.values():
            connection.close()
        self._connections.clear()
        self._buffers.clear()

    def close(self) -> None:
        self.drop_connections()
        for sock in (self._socket, self._wake_in, self._wake_out):
            sock.close()

    def _read_stream(self, connection: socket.socket) -> list[tuple[bytes, Address]]:
        source = next(address for address, sock in self._connections.items() if sock is connection)
        try:
            data = connection.recv(65535)
        except ConnectionError:
            data = b""
        if not data:
            connection.close()
            del self._connections[source]
            self._buffers.pop(connection, None)
            return []
        messages, rest = split_stream(self._buffers.get(connection, b"") + data)
        self._buffers[connection] = rest
        return [(message, source) for message in messages]
