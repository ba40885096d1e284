# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The text of a packet filter (pcap-filter(7)) that finds a flow on every device of its way.

On the way addresses and ports may be translated and the packet may be in a VXLAN tunnel, so a packet is wanted when
one of its two ends is a known address, inside a tunnel as outside. The text is built from addresses and numbers only.
"""

from __future__ import annotations

import dataclasses
import ipaddress
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._packets import VXLAN_PORTS

Address = t.Union[ipaddress.IPv4Address, ipaddress.IPv6Address]
# The kernel takes at most 4096 instructions (BPF_MAXINSNS), also for the largest filter that these allow.
MAX_ADDRESSES = 32
MAX_PORTS = 32
# Offsets from the outer UDP header: UDP 8, VXLAN 8, then the inner Ethernet frame.
_INNER_TYPE = 8 + 8 + 12
_INNER_IP = 8 + 8 + 14
_IPV6_HEADER = 40


@dataclasses.dataclass(frozen=True)
class FlowFilter:
    """What to capture. addresses: one end of each wanted packet is among them.

    tcp_ports, udp_ports: one port of each wanted packet is among them. icmp: echo packets and ICMP errors.
    handshake_only: of TCP only packets with SYN, FIN or RST, for busy devices. any_protocol: all from or to an
    address, ports and kinds do not matter. answered_to: whoever sends from one of the UDP ports to one of these is
    wanted, too: a node that stands for the client hears there who answers instead of the one that was asked. VLAN tags
    need no mention: the kernel takes them off before a packet is captured.
    """

    addresses: tuple[Address, ...]
    tcp_ports: tuple[int, ...] = ()
    udp_ports: tuple[int, ...] = ()
    icmp: bool = True
    vxlan_ports: tuple[int, ...] = tuple(sorted(VXLAN_PORTS))
    handshake_only: bool = False
    any_protocol: bool = False
    answered_to: tuple[Address, ...] = ()

    def __post_init__(self) -> None:
        if not self.addresses or not (self.tcp_ports or self.udp_ports or self.icmp):
            raise ValueError("Cannot build a packet filter: it would capture nothing")
        if len(set(self.addresses)) > MAX_ADDRESSES:
            raise ValueError(f"Cannot build a packet filter for more than {MAX_ADDRESSES} addresses")
        for ports in (self.tcp_ports, self.udp_ports, self.vxlan_ports):
            if len(set(ports)) > MAX_PORTS:
                raise ValueError(f"Cannot build a packet filter for more than {MAX_PORTS} ports")

    def text(self) -> str:
        """The filter."""
        return _any_of([self._plain(), *self._answers(), *self._tunnels()])

    def tunnelled_text(self) -> str:
        """The part of it that is about packets in a tunnel; empty where tunnels do not matter."""
        tunnels = self._tunnels()
        return _any_of(tunnels) if tunnels else ""

    def _tunnels(self) -> list[str]:
        if not self.vxlan_ports:
            return []
        return [self._tunnelled(4), self._tunnelled(6), self._tunnel_errors()]

    # -- packets that are in no tunnel -----------------------------------------------------------------------
    def _plain(self) -> str:
        hosts = [f"{'ip' if address.version == 4 else 'ip6'} host {address}" for address in _sorted(self.addresses)]
        if self.any_protocol:
            # Without "ip" its questions by ARP are among them.
            return _any_of([host.removeprefix("ip ") for host in hosts])
        kinds = ["icmp", "icmp6"] if self.icmp else []
        kinds += [self._handshake(f"tcp port {_port(port)}") for port in _unique(self.tcp_ports)]
        kinds += [f"udp port {_port(port)}" for port in _unique(self.udp_ports)]
        return f"{_any_of(hosts)} and {_any_of(kinds)}"

    def _answers(self) -> list[str]:
        if not self.udp_ports or not self.answered_to:
            return []
        ports = _any_of([f"udp src port {_port(port)}" for port in _unique(self.udp_ports)])
        hosts = [f"dst host {address}" for address in _sorted(self.answered_to)[:MAX_ADDRESSES]]
        return [f"{ports} and {_any_of(hosts)}"]

    def _handshake(self, text: str) -> str:
        # tcp[…] reaches into IPv4 only; the flags of TCP over IPv6 without extension headers are at 40 + 13.
        return f"{text} and (tcp[13] & 7 != 0 or ip6[53] & 7 != 0)" if self.handshake_only else text

    # -- packets in a tunnel ---------------------------------------------------------------------------------
    def _tunnelled(self, outer: int) -> str:
        base = _Base("udp", 0) if outer == 4 else _Base("ip6", _IPV6_HEADER)
        ports = _any_of([f"udp dst port {_port(port)}" for port in _unique(self.vxlan_ports)])
        guard = f"{'ip' if outer == 4 else 'ip6'} and {ports}"
        inner = [self._inner(base, version) for version in (4, 6) if self._of_version(version)]
        return f"{guard} and {_any_of(inner)}"

    def _of_version(self, version: int) -> list[Address]:
        return [address for address in _sorted(self.addresses) if address.version == version]

    def _inner(self, base: _Base, version: int) -> str:
        kind = base.at(_INNER_TYPE, 2)
        if version == 4:
            ends = [
                f"{base.at(_INNER_IP + offset, 4)} = {int(address):#x}"
                for address in self._of_version(4)
                for offset in (12, 16)
            ]
            transport = f"{base.offset + _INNER_IP} + (({base.at(_INNER_IP, 1)} & 15) << 2)"
            protocol = base.at(_INNER_IP + 9, 1)
            if self.any_protocol:
                return f"{kind} = 0x800 and {_any_of(ends)}"
            return f"{kind} = 0x800 and {_any_of(ends)} and {self._inner_transport(base, protocol, transport, 1)}"
        ends = [_words(base, _INNER_IP + offset, address) for address in self._of_version(6) for offset in (8, 24)]
        if self.any_protocol:
            return f"{kind} = 0x86dd and {_any_of(ends)}"
        transport = str(base.offset + _INNER_IP + _IPV6_HEADER)
        protocol = base.at(_INNER_IP + 6, 1)
        return f"{kind} = 0x86dd and {_any_of(ends)} and {self._inner_transport(base, protocol, transport, 58)}"

    def _inner_transport(self, base: _Base, protocol: str, start: str, icmp: int) -> str:
        """start: where the inner transport header begins, as an expression."""
        kinds = [f"{protocol} = {icmp}"] if self.icmp else []
        for number, ports in ((6, self.tcp_ports), (17, self.udp_ports)):
            if not ports:
                continue
            ends = [
                f"{base.name}[{start} + {offset} : 2] = {_port(port)}" for port in _unique(ports) for offset in (0, 2)
            ]
            text = f"{protocol} = {number} and {_any_of(ends)}"
            if number == 6 and self.handshake_only:
                text += f" and {base.name}[{start} + 13] & 7 != 0"
            kinds.append(text)
        return _any_of(kinds)

    def _tunnel_errors(self) -> str:
        """ICMP errors about tunnel packets: they go from a router to a node, neither of which is an end."""
        ports = [f"icmp[30:2] = {_port(port)}" for port in _unique(self.vxlan_ports)]
        return f"icmp[0] = 3 and icmp[17] = 17 and {_any_of(ports)}"


@dataclasses.dataclass(frozen=True)
class _Base:
    """Something that an offset counts from: pcap-filter's name of a header, and where UDP begins behind it."""

    name: str
    offset: int

    def at(self, offset: int, size: int) -> str:
        return f"{self.name}[{self.offset + offset}:{size}]"


def _words(base: _Base, offset: int, address: Address) -> str:
    """A comparison of 16 bytes: pcap-filter compares four at a time."""
    words = [int(address) >> shift & 0xFFFFFFFF for shift in (96, 64, 32, 0)]
    equal = [f"{base.at(offset + 4 * number, 4)} = {word:#x}" for number, word in enumerate(words)]
    return " and ".join(equal)


def _any_of(parts: t.Sequence[str]) -> str:
    return "(" + " or ".join(f"({part})" if " and " in part or " or " in part else part for part in parts) + ")"


def _sorted(addresses: t.Iterable[Address]) -> list[Address]:
    return sorted(set(addresses), key=lambda address: (address.version, int(address)))


def _unique(ports: t.Iterable[int]) -> list[int]:
    return sorted(set(ports))


def _port(port: int) -> int:
    if isinstance(port, bool) or not isinstance(port, int) or not 1 <= port <= 65535:
        raise ValueError(f"Cannot build a packet filter: {port!r} is no port")
    return port
