# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Which socket of a namespace takes a packet.

Source: inet_lookup_listener() and udp4_lib_lookup() of the kernel: the socket with the most exact address wins, sockets
of the same address and port (SO_REUSEPORT) share the packets, and a socket of IPv6 takes IPv4 too unless it is v6only.
"""

from __future__ import annotations

import dataclasses
import enum

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import Namespace, Socket
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack import _address, _vrf
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import Family, Packet
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._sysctl import Settings

_ANY = frozenset(("0.0.0.0", "::"))


class Listening(enum.Enum):
    """What a look-up found."""

    SOCKET = "socket"
    NOTHING = "nothing"
    ELSEWHERE = "elsewhere"  # the port is open, but on another address, family or device
    FULL = "full"  # its accept queue takes no more
    UNKNOWN = "unknown"


@dataclasses.dataclass(frozen=True)
class OpenSocket:
    """A connected socket that is not in the snapshot, because the simulated packet is what opens it."""

    node: str
    netns: str
    protocol: str
    local: str
    local_port: int | None
    remote: str
    remote_port: int | None

    def takes(self, node: str, netns: str, packet: Packet) -> bool:
        """Whether a packet that arrived in a namespace is of this connection.

        An echo's answer is told by its identifier alone: the sockets that ping and probes use are connected to nobody
        (ping_lookup(), raw_v4_match()).
        """
        if self.protocol in ("icmp", "icmpv6") and packet.dport is not None:
            here = (node, netns, packet.protocol) == (self.node, self.netns, self.protocol)
            return here and (packet.dst, packet.dport) == (self.local, self.local_port)
        return (node, netns, packet.protocol) == (self.node, self.netns, self.protocol) and (
            packet.dst,
            packet.dport,
            packet.src,
            packet.sport,
        ) == (self.local, self.local_port, self.remote, self.remote_port)


@dataclasses.dataclass(frozen=True)
class Answer:
    """socket: the one that takes the packet, or the one that is almost it. group: how many share such packets."""

    listening: Listening
    socket: Socket | None = None
    group: int = 1


def look_up(namespace: Namespace, packet: Packet, device: str | None) -> Answer:
    """The listening or bound socket for a packet that came in by a device."""
    if packet.dport is None:
        return Answer(Listening.UNKNOWN)
    same = [each for each in _on_port(namespace).get((packet.protocol, packet.dport), ()) if packet.protocol != ""]
    fitting = [each for each in same if _fits(namespace, each, packet, device)]
    if not fitting:
        if "sockets" in namespace.unread:
            return Answer(Listening.UNKNOWN)
        return Answer(Listening.ELSEWHERE, same[0]) if same else Answer(Listening.NOTHING)
    best = max(_score(each, packet) for each in fitting)
    group = [each for each in fitting if _score(each, packet) == best]
    if packet.protocol == "tcp":
        # A connection is given to one of the group by a hash: only when all are full it certainly is lost.
        free = [each for each in group if not _full(each)]
        return Answer(Listening.SOCKET, free[0], len(group)) if free else Answer(Listening.FULL, group[0], len(group))
    return Answer(Listening.SOCKET, group[0], len(group))


def _on_port(namespace: Namespace) -> dict[tuple[str, int], tuple[Socket, ...]]:
    found: dict[tuple[str, int], tuple[Socket, ...]] = namespace.compiled("sockets", _by_port)
    return found


def _by_port(namespace: Namespace) -> dict[tuple[str, int], tuple[Socket, ...]]:
    found: dict[tuple[str, int], list[Socket]] = {}
    for socket in namespace.sockets:
        found.setdefault((socket.protocol, socket.port), []).append(socket)
    return {key: tuple(sockets) for key, sockets in found.items()}


def _fits(namespace: Namespace, socket: Socket, packet: Packet, device: str | None) -> bool:
    if not in_domain(namespace, socket, device):
        return False
    own = 6 if ":" in socket.local else 4
    if packet.family == Family.IPV4 and own == 6:
        mapped = _address.unmapped(socket.local)
        if mapped != socket.local:
            return mapped in (*_ANY, packet.dst)
        only = socket.v6only if socket.v6only is not None else bool(Settings(namespace).number("net.ipv6.bindv6only"))
        return socket.local == "::" and not only
    return own == packet.family and (socket.local in _ANY or socket.local == packet.dst)


def in_domain(namespace: Namespace, socket: Socket, device: str | None) -> bool:
    """inet_bound_dev_eq(): a socket that is bound to a device takes its packets, one that is bound to a VRF device
    those of its domain, and any other one those of no domain, unless a setting says so.
    """
    domain = _vrf.of(namespace, device)
    if socket.dev is not None:
        return socket.dev in (device, domain.name if domain is not None else None)
    return domain is None or bool(Settings(namespace).number(f"net.ipv4.{socket.protocol}_l3mdev_accept"))


def _score(socket: Socket, packet: Packet) -> tuple[bool, bool, bool]:
    return socket.local not in _ANY, socket.dev is not None, (":" in socket.local) == (packet.family == Family.IPV6)


def _full(socket: Socket) -> bool:
    """sk_acceptq_is_full(): the queue may hold one more than its limit."""
    return socket.backlog is not None and socket.max_backlog is not None and socket.backlog > socket.max_backlog
