# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The probes whose packets are looked for, and the devices that they are expected to pass."""

from __future__ import annotations

import binascii
import dataclasses
import ipaddress
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._captures import Point

# Kinds by what tells their packets from all others.
TOKEN_KINDS = frozenset(("icmp", "path_mtu", "burst"))
TCP_KINDS = frozenset(("tcp", "http", "tcp_segment", "connections"))
# A shorter token than this could be in a packet by chance.
MIN_TOKEN = 4


@dataclasses.dataclass(frozen=True)
class ExpectedPath:
    """Devices in the order in which packets from client to server should pass them.

    destination: the address that a packet has when it takes this one of several ways (a backend of a Service).
    reply: the order for replies, where it is not the reverse.
    """

    devices: tuple[Point, ...]
    destination: str | None = None
    reply: tuple[Point, ...] | None = None

    @property
    def reply_order(self) -> tuple[Point, ...]:
        return self.reply if self.reply is not None else tuple(reversed(self.devices))


@dataclasses.dataclass(frozen=True)
class Attempt:
    """One connection or query. address: where it went, None when not known."""

    source_port: int | None
    address: str | None = None


@dataclasses.dataclass(frozen=True)
class Probe:
    """A probe that was made while the captures ran.

    clients: addresses that its packets may leave with. servers: addresses and ports that they may go to, on any part
    of the way (a Service and its backends).
    """

    id: str
    kind: str
    token: bytes = b""
    clients: frozenset[str] = frozenset()
    servers: frozenset[tuple[str, int]] = frozenset()
    attempts: tuple[Attempt, ...] = ()
    paths: tuple[ExpectedPath, ...] = ()

    @classmethod
    def from_record(
        cls,
        request: t.Mapping[str, t.Any],
        result: t.Mapping[str, t.Any],
        paths: t.Sequence[ExpectedPath] = (),
        servers: t.Iterable[tuple[str, int]] = (),
        clients: t.Iterable[str] = (),
    ) -> Probe:
        """From a request and its result. servers and clients: further addresses, as the model of the path knows them.

        Addresses that are none are left out. Of many connections those are attempts that did not open as they ought to.
        """
        data = result.get("data") or {}
        attempts = data.get("signs") if request.get("kind") == "connections" else result.get("attempts")
        port = request.get("port") or (53 if request.get("kind") == "dns" else None)
        tried = [(item.get("source_port"), _address(item.get("address"))) for item in attempts or ()]
        origin = request.get("from") or {}
        reached = [
            _address(result.get("address")),
            _address(request.get("nameserver")),
            _address(request.get("target")),
        ]
        reached += [address for _source_port, address in tried]
        known = [(address, port) for address in reached if address and port]
        extra = [(_address(address), number) for address, number in servers]
        return cls(
            id=str(request.get("id")),
            kind=str(request.get("kind")),
            token=_token(data.get("token") or request.get("token")),
            clients=frozenset(
                filter(None, map(_address, (result.get("local_address"), origin.get("address"), *clients)))
            ),
            servers=frozenset([*known, *((address, number) for address, number in extra if address)]),
            attempts=tuple(Attempt(source_port, address) for source_port, address in tried),
            paths=tuple(paths),
        )

    @property
    def source_ports(self) -> dict[int, int]:
        """How many attempts were made from each source port that is known."""
        ports: dict[int, int] = {}
        for attempt in self.attempts:
            if attempt.source_port:
                ports[attempt.source_port] = ports.get(attempt.source_port, 0) + 1
        return ports

    @property
    def server_ports(self) -> frozenset[int]:
        return frozenset(port for _address, port in self.servers)

    @property
    def points(self) -> list[Point]:
        """Every expected device once, in order."""
        return list(dict.fromkeys(point for path in self.paths for point in path.devices))


def _token(text: t.Any) -> bytes:
    try:
        return binascii.unhexlify(str(text or ""))
    except (binascii.Error, ValueError):
        return b""


def _address(text: t.Any) -> str | None:
    """An address in its one spelling, without scope; None when it is none."""
    try:
        return str(ipaddress.ip_address(str(text).partition("%")[0]))
    except ValueError:
        return None
