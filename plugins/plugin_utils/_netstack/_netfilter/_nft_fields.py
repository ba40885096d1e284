# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""What a packet has in the place that an expression of nft names: a header field, meta data, its connection, a route.

The tables are keyed as libnftables-json(5) names expressions. Sources: that, nft(8), net/netfilter/nft_*.c of Linux.
"""

from __future__ import annotations

import json
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter import _names, _nft_values
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._addresses import number
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._nft_values import (
    CT_STATES,
    CT_STATUS,
    Prefixed,
    Span,
    Unreadable,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._view import View, protocol
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import Ct, Packet

Json = t.Mapping[str, t.Any]


class Nothing:
    """The packet has no such thing: the rule does not match, whatever is compared (NFT_BREAK)."""


class Hidden:
    """The packet has it, but it is not known."""


class Dice(t.NamedTuple):
    """A number from offset to offset + modulus - 1, each as likely as the others."""

    modulus: int
    offset: int


NOTHING, HIDDEN = Nothing(), Hidden()
Found = t.Union[int, str, bool, tuple[t.Any, ...], Nothing, Hidden, Dice]
_PORTS = frozenset(("tcp", "udp", "udplite", "sctp", "dccp"))


def kind_of(expression: t.Any) -> str | None:
    """The data type of an expression, None where it is not known."""
    if not isinstance(expression, dict) or len(expression) != 1:
        return None
    ((name, inside),) = expression.items()
    if name in ("&", "|", "^", "<<", ">>") and isinstance(inside, list) and inside:
        return kind_of(inside[0])
    if not isinstance(inside, dict):
        return None
    if name == "payload":
        return _PAYLOAD_KINDS.get((str(inside.get("protocol")), str(inside.get("field")))) or _FIELD_KINDS.get(
            str(inside.get("field"))
        )
    if name == "meta":
        return _META_KINDS.get(str(inside.get("key")))
    if name == "ct":
        return _CT_KINDS.get(str(inside.get("key")))
    if name == "fib":
        return "fib_addrtype" if inside.get("result") == "type" else "ifname"
    return None


def kinds_of(expression: t.Any) -> tuple[str | None, ...]:
    """The data types of the parts of a concatenation."""
    if isinstance(expression, dict) and "concat" in expression:
        return tuple(kind_of(each) for each in expression["concat"])
    return (kind_of(expression),)


_FIELD_KINDS = {"sport": "inet_service", "dport": "inet_service", "dscp": "dscp", "protocol": "inet_proto"}
_PAYLOAD_KINDS = {
    ("tcp", "flags"): "tcp_flag",
    ("icmp", "type"): "icmp_type",
    ("icmpv6", "type"): "icmpv6_type",
    ("icmp", "code"): "icmp_code",
    ("icmpv6", "code"): "icmpv6_code",
    ("ip6", "nexthdr"): "inet_proto",
    ("ether", "type"): "ether_type",
    ("ether", "saddr"): "ether_addr",
    ("ether", "daddr"): "ether_addr",
    ("vlan", "type"): "ether_type",
    ("arp", "operation"): "arp_op",
    ("arp", "ptype"): "ether_type",
    ("arp", "saddr ether"): "ether_addr",
    ("arp", "daddr ether"): "ether_addr",
}
_META_KINDS = {
    **dict.fromkeys(("iifname", "oifname", "iif", "oif", "ibrname", "obrname", "iifkind", "oifkind"), "ifname"),
    "l4proto": "inet_proto",
    "protocol": "ether_type",
    "nfproto": "nf_proto",
    "pkttype": "pkt_type",
    "iiftype": "iface_type",
    "oiftype": "iface_type",
    "iifgroup": "devgroup",
    "oifgroup": "devgroup",
}
_CT_KINDS = {
    "state": "ct_state",
    "status": "ct_status",
    "direction": "ct_dir",
    "protocol": "inet_proto",
    "l3proto": "nf_proto",
    "helper": "string",
    "proto-src": "inet_service",
    "proto-dst": "inet_service",
}


# -- payload -----------------------------------------------------------------------------------------------------
def _payload(view: View, data: Json) -> Found:
    if "base" in data:
        return _raw(view.packet, data)
    function = _PAYLOADS.get(str(data.get("protocol")))
    return HIDDEN if function is None else function(view, str(data.get("field")))


def _raw(packet: Packet, data: Json) -> Found:
    """@th,0,16 and the like: ports and addresses where they have fixed places."""
    place = (data.get("base"), data.get("offset"), data.get("len"))
    if place[0] == "ih" and not packet.carries_data:
        return NOTHING
    if packet.protocol in _PORTS and place in ((("th", 0, 16)), ("th", 16, 16)):
        return _or_hidden(packet.sport if place[1] == 0 else packet.dport)
    if packet.family == 4 and packet.protocol != "arp" and place in (("nh", 96, 32), ("nh", 128, 32), ("nh", 72, 8)):
        return {96: _address(packet.src), 128: _address(packet.dst), 72: protocol(packet)}[place[1]]
    return HIDDEN


def _or_hidden(value: int | None) -> Found:
    return HIDDEN if value is None else value


def _address(text: str) -> Found:
    return _or_hidden(number(text))


# Of a fragment between the first and the last: more fragments, and an offset.
_PIECE = 0x20B9


def _ip(view: View, field: str) -> Found:
    packet = view.packet
    if packet.family != 4 or packet.protocol == "arp":
        return NOTHING
    if field in ("saddr", "daddr"):
        return _address(packet.src if field == "saddr" else packet.dst)
    values: dict[str, Found] = {
        "protocol": protocol(packet),
        "ttl": packet.ttl,
        "length": packet.size,
        "version": 4,
        "hdrlength": 5,
        "dscp": packet.tos >> 2,
        "ecn": packet.tos & 3,
        "frag-off": _PIECE if view.in_pieces else 0x4000 if packet.df else 0,
    }
    return values.get(field, HIDDEN)


def _ip6(view: View, field: str) -> Found:
    packet = view.packet
    if packet.family != 6:
        return NOTHING
    if field in ("saddr", "daddr"):
        return _address(packet.src if field == "saddr" else packet.dst)
    values: dict[str, Found] = {
        "nexthdr": protocol(packet),
        "hoplimit": packet.ttl,
        "length": packet.size - 40,
        "version": 6,
        "dscp": packet.tos >> 2,
        "ecn": packet.tos & 3,
    }
    return values.get(field, HIDDEN)


def _transport(name: str) -> t.Callable[[View, str], Found]:
    def function(view: View, field: str) -> Found:
        packet = view.packet
        if packet.protocol == "arp" or (name != "th" and packet.protocol != name):
            return NOTHING
        if name == "th" and packet.protocol not in _PORTS:
            return HIDDEN
        if field in ("sport", "dport"):
            return _or_hidden(packet.sport if field == "sport" else packet.dport)
        if name == "tcp" and field == "flags":
            return sum(_names.TCP_FLAGS.get(flag, 0) for flag in packet.flags)
        return HIDDEN

    return function


def _icmp(name: str) -> t.Callable[[View, str], Found]:
    def function(view: View, field: str) -> Found:
        packet = view.packet
        if packet.protocol != name:
            return NOTHING
        if field == "type":
            return _or_hidden(packet.icmp_type)
        if field == "code":
            return HIDDEN if packet.icmp_type is None else packet.icmp_code or 0
        return _or_hidden(packet.sport) if field == "id" else HIDDEN

    return function


def _ether(view: View, field: str) -> Found:
    """The frame that it came in; a packet that is sent here has none before egress."""
    packet, layer = view.packet, view.context.layer
    if layer == "ip" and (view.iif is None or view.iif == "lo"):
        return NOTHING
    if field == "type":
        return ethertype(packet)
    address = packet.src_mac if field == "saddr" else packet.dst_mac
    return HIDDEN if address is None else _nft_values.mac(address)


def ethertype(packet: Packet) -> int:
    """The EtherType that a packet's frame has."""
    if packet.protocol == "arp":
        return 0x0806
    return 0x86DD if packet.family == 6 else 0x0800


def _arp(view: View, field: str) -> Found:
    packet = view.packet
    if packet.protocol != "arp":
        return NOTHING
    if field in ("saddr ip", "daddr ip"):
        return _address(packet.src if field == "saddr ip" else packet.dst)
    values: dict[str, Found] = {
        "operation": _or_hidden(packet.icmp_type),
        "htype": 1,
        "ptype": 0x0800,
        "hlen": 6,
        "plen": 4,
        "saddr ether": HIDDEN if packet.src_mac is None else _nft_values.mac(packet.src_mac),
    }
    return values.get(field, HIDDEN)


def _absent(view: View, field: str) -> Found:
    return NOTHING


_PAYLOADS: t.Mapping[str, t.Callable[[View, str], Found]] = {
    "ip": _ip,
    "ip6": _ip6,
    "icmp": _icmp("icmp"),
    "icmpv6": _icmp("icmpv6"),
    "ether": _ether,
    "arp": _arp,
    "vlan": _absent,
    **{name: _transport(name) for name in (*_PORTS, "th")},
    **dict.fromkeys(("ah", "esp", "comp", "igmp"), _absent),
}


# -- meta --------------------------------------------------------------------------------------------------------
def _meta(view: View, data: t.Any) -> Found:
    key = data if isinstance(data, str) else str(data.get("key"))
    function = _META.get(key)
    return HIDDEN if function is None else function(view)


def _device_fact(side: str, key: str) -> t.Callable[[View], Found]:
    def function(view: View) -> Found:
        device = view.iif if side == "iif" else view.oif
        if device is None:
            return NOTHING
        if key == "type" and device == "lo":
            return 772
        ask = view.context.interface
        found = ask(device, key) if ask is not None else None
        if found is None:
            return HIDDEN
        try:
            part = _nft_values.constant(found, {"type": "iface_type", "group": "devgroup"}.get(key, "string"))
        except Unreadable:
            return HIDDEN
        return HIDDEN if isinstance(part, (Span, Prefixed)) else part

    return function


def _packet_type(view: View) -> Found:
    packet = view.packet
    if packet.to_all:
        return 1
    if packet.dst_mac is not None and view.context.layer != "ip":
        address = _nft_values.mac(packet.dst_mac)
        return 1 if address == 0xFFFFFFFFFFFF else 2 if address >> 40 & 1 else HIDDEN
    value = number(packet.dst)
    if value is None:
        return HIDDEN
    multicast = value >> 28 == 0xE if packet.family == 4 else value >> 120 == 0xFF
    return 2 if multicast else 1 if packet.family == 4 and value == 0xFFFFFFFF else 0


def _of_owner(view: View, number_: int | None) -> Found:
    """Only packets that a program's socket of this namespace sends have an owner (nft_meta_get_eval_skugid())."""
    return _or_hidden(number_) if view.context.iif is None and view.packet.owned else NOTHING


def _nfproto(view: View) -> Found:
    if view.context.layer == "bridge":
        return 7
    if view.context.layer == "netdev":
        return 5
    return 10 if view.packet.family == 6 else 2


_META: t.Mapping[str, t.Callable[[View], Found]] = {
    "length": lambda view: view.packet.size if view.context.layer != "netdev" else HIDDEN,
    "protocol": lambda view: ethertype(view.packet),
    "nfproto": _nfproto,
    "l4proto": lambda view: NOTHING if view.packet.protocol == "arp" else protocol(view.packet),
    "mark": lambda view: _or_hidden(view.packet.mark),
    "iif": lambda view: view.iif or "",
    "oif": lambda view: view.oif or "",
    "iifname": lambda view: view.iif or "",
    "oifname": lambda view: view.oif or "",
    "ibrname": lambda view: view.context.bridge_in or "",
    "obrname": lambda view: view.context.bridge_out or "",
    "iiftype": _device_fact("iif", "type"),
    "oiftype": _device_fact("oif", "type"),
    "iifgroup": _device_fact("iif", "group"),
    "oifgroup": _device_fact("oif", "group"),
    "iifkind": _device_fact("iif", "kind"),
    "oifkind": _device_fact("oif", "kind"),
    "skuid": lambda view: _of_owner(view, view.packet.uid),
    "skgid": lambda view: _of_owner(view, view.packet.gid),
    "cgroup": lambda view: _of_owner(view, None),
    "pkttype": _packet_type,
    "random": lambda view: Dice(1 << 32, 0),
    **dict.fromkeys(("ipsec", "secpath"), lambda view: HIDDEN if view.context.ipsec is not False else 0),
}


# -- connections -------------------------------------------------------------------------------------------------
def _ct(view: View, data: Json) -> Found:
    key = str(data.get("key"))
    ct = view.packet.ct
    if key == "state":
        return CT_STATES["invalid"] if ct is None else CT_STATES[ct.state.value.lower()]
    if ct is None or not view.tracked:
        return NOTHING
    flow = ct.reply if data.get("dir") == "reply" else ct.original
    name = key.rpartition(" ")[2]
    if name in ("saddr", "daddr"):
        return _address(flow.src if name == "saddr" else flow.dst)
    values: dict[str, Found] = {
        "direction": int(ct.is_reply),
        "status": sum(CT_STATUS.get(each.lower().replace("_", "-"), 0) for each in ct.status),
        "mark": _or_hidden(ct.mark),
        "zone": ct.zones.reply if data.get("dir") == "reply" else ct.zone,
        "protocol": protocol(view.packet),
        "l3proto": 10 if view.packet.family == 6 else 2,
        "proto-src": _or_hidden(flow.sport),
        "proto-dst": _or_hidden(flow.dport),
        "helper": NOTHING,
        "bytes": _or_hidden(view.packet.carried if data.get("dir") in (None, _direction(ct)) else None),
        "avgpkt": _or_hidden(view.packet.average if data.get("dir") == _direction(ct) else None),
    }
    return values.get(key, HIDDEN)


def _direction(ct: Ct) -> str:
    return "reply" if ct.is_reply else "original"


# -- routing, sockets, extensions --------------------------------------------------------------------------------
def _fib(view: View, data: Json) -> Found:
    flags = frozenset(str(each) for each in _listed(data.get("flags")))
    if data.get("result") == "type" and not flags & {"iif", "oif", "mark"} and view.context.address_type is not None:
        found_type = view.context.address_type(view.packet.src if "saddr" in flags else view.packet.dst, None)
        return HIDDEN if found_type is None else found_type.lower()
    found = view.context.fib(view.packet, flags) if view.context.fib is not None else None
    if found is None:
        return HIDDEN
    if data.get("result") == "type":
        return (found.type or "unspec").lower()
    return found.oif or ""


def _rt(view: View, data: Json) -> Found:
    """Of the route that was found (nft_rt_get_eval())."""
    if data.get("key") != "nexthop" or view.context.next_hop is None or view.context.oif is None:
        return HIDDEN
    if data.get("family") not in (None, "ip6" if view.packet.family == 6 else "ip"):
        return NOTHING
    found = view.context.next_hop(view.packet)
    return HIDDEN if found is None else _address(found)


def _listed(data: t.Any) -> list[t.Any]:
    return data if isinstance(data, list) else [] if data is None else [data]


def _extension(view: View, data: Json) -> Found:
    """Simulated packets have no extension headers and no IP options."""
    return NOTHING if "field" in data else False


def _tcp_option(view: View, data: Json) -> Found:
    """A SYN announces its segment size; which other options it has is up to its sender's settings."""
    packet = view.packet
    if packet.protocol != "tcp" or "syn" not in packet.flags:
        return HIDDEN
    if data.get("name") != "maxseg":
        return HIDDEN
    return _or_hidden(packet.mss) if data.get("field") else True


def _hidden(view: View, data: t.Any) -> Found:
    return HIDDEN


def _dice(view: View, data: Json) -> Found:
    """numgen, and the hash of a flow (symhash), which nobody can foretell."""
    modulus, offset = data.get("mod"), data.get("offset", 0)
    if not isinstance(modulus, int) or not isinstance(offset, int) or modulus < 1:
        return HIDDEN
    return offset if modulus == 1 else Dice(modulus, offset)


def _hash(view: View, data: Json) -> Found:
    """A hash of a connection's own port differs from one to the next; one of less is the same for all of a pair, and
    its seed is not ours to know."""
    return _dice(view, data) if '"sport"' in json.dumps(data.get("expr")) else HIDDEN


def _ipsec(view: View, data: t.Any) -> Found:
    """Of the protection by IPsec: nothing where there is none."""
    return HIDDEN if view.context.ipsec is not False else NOTHING


FIELDS: t.Mapping[str, t.Callable[[View, t.Any], Found]] = {
    "payload": _payload,
    "meta": _meta,
    "ct": _ct,
    "fib": _fib,
    "rt": _rt,
    "numgen": _dice,
    "jhash": _hash,
    "symhash": _dice,
    "exthdr": _extension,
    "ip option": _extension,
    "tcp option": _tcp_option,
    "ipsec": _ipsec,
    **dict.fromkeys(("sctp chunk", "dccp option", "socket", "osf"), _hidden),
}
