# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Constants of nft rules as values that can be compared: numbers for addresses, ports, protocols and flags.

Sources: libnftables-json(5), nft(8), src/datatype.c of nftables.
"""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter import _names
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._addresses import masked, number

CT_STATES = {"invalid": 1, "established": 2, "related": 4, "new": 8, "untracked": 64}
# Bits of enum ip_conntrack_status; nft has no names for the two that say that a flow has been through NAT.
CT_STATUS = {
    "expected": 1,
    "seen-reply": 2,
    "assured": 4,
    "confirmed": 8,
    "snat": 16,
    "dnat": 32,
    "snat-done": 128,
    "dnat-done": 256,
    "dying": 512,
}
ETHER_TYPES = {"ip": 0x0800, "arp": 0x0806, "ip6": 0x86DD, "vlan": 0x8100, "8021q": 0x8100, "8021ad": 0x88A8}
_NFPROTO = {"ipv4": 2, "ipv6": 10, "ip": 2, "ip6": 10, "arp": 3, "bridge": 7, "netdev": 5, "inet": 1}
_ARP = {"request": 1, "reply": 2, "rrequest": 3, "rreply": 4}
_PACKET_TYPES = {"host": 0, "unicast": 0, "broadcast": 1, "multicast": 2, "other": 3}
_DIRECTIONS = {"original": 0, "reply": 1}
_LINK_TYPES = {
    "ether": 1,
    "loopback": 772,
    "ppp": 512,
    "ipip": 768,
    "ipip6": 769,
    "sit": 776,
    "ipgre": 778,
    "none": 65534,
}
# Data types whose values are sets of bits.
BITS: t.Mapping[str, t.Mapping[str, int]] = {
    "ct_state": CT_STATES,
    "ct_status": CT_STATUS,
    "tcp_flag": _names.TCP_FLAGS,
}
_WORDS: t.Mapping[str, t.Mapping[str, int]] = {
    **BITS,
    "inet_proto": _names.PROTOCOLS,
    "icmp_type": _names.ICMP,
    "icmpv6_type": _names.ICMPV6,
    "ether_type": ETHER_TYPES,
    "nf_proto": _NFPROTO,
    "arp_op": _ARP,
    "pkt_type": _PACKET_TYPES,
    "ct_dir": _DIRECTIONS,
    "iface_type": _LINK_TYPES,
    "devgroup": {"default": 0},
    "icmp_code": {
        "net-unreachable": 0,
        "host-unreachable": 1,
        "prot-unreachable": 2,
        "port-unreachable": 3,
        "frag-needed": 4,
        "net-prohibited": 9,
        "host-prohibited": 10,
        "admin-prohibited": 13,
    },
    "icmpv6_code": {"no-route": 0, "admin-prohibited": 1, "addr-unreachable": 3, "port-unreachable": 4},
}


class Span(t.NamedTuple):
    """All numbers from low to high."""

    low: int
    high: int


class Prefixed(t.NamedTuple):
    """All names that begin so ("eth*")."""

    start: str


class Unreadable(Exception):
    """A constant that is not understood."""


Value = t.Union[int, str, bool]
Part = t.Union[int, str, bool, Span, Prefixed]
ANY = Span(0, (1 << 128) - 1)


def constant(data: t.Any, kind: str | None) -> Part:
    """A constant of a data type, or an interval of such; kind None: of any type."""
    if isinstance(data, bool):
        return data
    if isinstance(data, int):
        return data
    if isinstance(data, str):
        return _word(data, kind)
    if isinstance(data, list):
        return sum(_bit(each, kind) for each in data)
    if isinstance(data, dict) and len(data) == 1:
        ((name, inside),) = data.items()
        if name == "prefix":
            return _prefix(inside)
        if name == "range":
            return Span(_number(inside[0], kind), _number(inside[1], kind))
        if name == "elem":
            return constant(inside["val"], kind)
        if name == "|":
            return _or(inside, kind)
        if name == "&":
            return _number(inside[0], kind) & _number(inside[1], kind)
        if name == "<<":
            return _number(inside[0], kind) << min(_number(inside[1], None), 128)
    raise Unreadable(str(data)[:80])


def _or(parts: t.Sequence[t.Any], kind: str | None) -> int:
    total = 0
    for each in parts:
        total |= _number(each, kind)
    return total


def _bit(data: t.Any, kind: str | None) -> int:
    return _number(data, kind)


def _number(data: t.Any, kind: str | None) -> int:
    value = constant(data, kind)
    if isinstance(value, bool) or not isinstance(value, int):
        raise Unreadable(str(data)[:80])
    return value


def _prefix(data: t.Any) -> Part:
    found = masked(f"{data['addr']}/{int(data['len'])}")
    if found is None:
        raise Unreadable(str(data)[:80])
    every = 0xFFFFFFFF if found.family == 4 else (1 << 128) - 1
    return Span(found.value, found.value | every & ~found.mask)


def _word(text: str, kind: str | None) -> Part:
    if kind in ("ifname", "string", "fib_addrtype"):
        return Prefixed(text[:-1]) if kind == "ifname" and text.endswith("*") and text != "*" else text
    if kind == "dscp":
        return _names.dscp(text)
    if kind == "ether_addr":
        return mac(text)
    words = _WORDS.get(kind or "")
    if words is not None and text in words:
        return words[text]
    value = number(text)
    if value is not None:
        return value
    if kind == "inet_service":
        try:
            return _names.port(text)
        except KeyError as exc:
            raise Unreadable(text) from exc
    try:
        return int(text, 0)
    except ValueError:
        pass
    if kind is None:
        if text.count(":") == 5:
            return mac(text)
        return _names.PROTOCOLS.get(text, text)
    raise Unreadable(text[:80])


def mac(text: str) -> int:
    """A MAC address as a number."""
    try:
        return int(text.replace(":", ""), 16)
    except ValueError as exc:
        raise Unreadable(text[:80]) from exc
