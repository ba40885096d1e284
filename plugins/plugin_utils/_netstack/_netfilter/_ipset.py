# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Sets of ipset: what ipset save prints, and whether a packet is in one.

Sources: ipset(8), net/netfilter/ipset/ip_set_hash_gen.h of Linux.
"""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter import _names
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._addresses import masked, number
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._addresses import (
    text as address_text,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._iptables_words import words_of
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._rules import NamedSet, SetElement
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._view import (
    UNKNOWN,
    Answer,
    View,
    protocol,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import Packet

BACKEND = "ipset"
MAX_ELEMENTS = 2_000_000
MAX_NESTED = 8
_PORTS = frozenset(("tcp", "udp", "udplite", "sctp"))
Args = t.Mapping[str, t.Any]


def sets_of(listing: str) -> t.Iterator[NamedSet]:
    """The sets of a listing. A line that is not understood makes its set unread (option unread)."""
    heads: dict[str, tuple[tuple[str, ...], dict[str, str]]] = {}
    elements: dict[str, list[SetElement]] = {}
    total = 0
    for line in listing.split("\n"):
        words = words_of(line)
        if len(words) < 3:
            continue
        if words[0] == "create":
            dimensions = tuple(words[2].partition(":")[2].split(","))
            heads[words[1]] = (dimensions, {"type": words[2], **_options(words[3:])})
        elif words[0] == "add" and words[1] in heads:
            total += 1
            if total > MAX_ELEMENTS:
                heads[words[1]][1]["unread"] = "there are too many elements"
                continue
            data = _mark(_options(words[3:]).get("skbmark"))
            elements.setdefault(words[1], []).append(SetElement(words[2], data, nomatch="nomatch" in words[3:]))
    for name, (dimensions, options) in heads.items():
        yield NamedSet(
            backend=BACKEND,
            family="ip6" if options.get("family") == "inet6" else "ip",
            table="",
            name=name,
            types=dimensions,
            elements=tuple(elements.get(name, ())),
            options=options,
        )


def _mark(given: str | None) -> tuple[int, int] | None:
    """MARK or MARK/MASK of a set with skbinfo."""
    if given is None:
        return None
    value, _slash, mask = given.partition("/")
    try:
        return int(value, 0), int(mask, 0) if mask else 0xFFFFFFFF
    except ValueError:
        return None


def _options(words: t.Sequence[str]) -> dict[str, str]:
    return {word: words[position + 1] for position, word in enumerate(words[:-1])}


# -- elements ----------------------------------------------------------------------------------------------------
# A part of an element: a value and how many of its leading bits count (None: it is compared as it is).
Part = tuple[t.Any, t.Optional[int]]


def _part(dimension: str, given: str) -> Part:
    if dimension in ("ip", "net"):
        return _network(given)
    if dimension == "port":
        return _port(given), None
    if dimension == "mark":
        return int(given, 0), None
    if dimension == "mac":
        return given.lower(), None
    return given, None


def _network(given: str) -> Part:
    found = masked(given)
    if found is None:
        raise ValueError(given)
    return found.value, found.mask.bit_count()


def _port(given: str) -> tuple[int | None, int]:
    """tcp:80, 80, icmp:8/0; protocol None where the set keeps none."""
    name, colon, value = given.rpartition(":")
    if not colon:
        return None, int(given)
    number_ = _names.protocol(name)
    if name.startswith("icmp") or name == "ipv6-icmp":
        type_, code = _names.icmp(value, "icmp" if name == "icmp" else "icmpv6")
        return number_, (type_ or 0) << 8 | (code or 0)
    return number_, int(value)


class Index:
    """Elements by how many bits of each part count, the most specific first, as the kernel looks."""

    def __init__(self, named: NamedSet) -> None:
        self.unread = "unread" in named.options
        tables: dict[tuple[int | None, ...], dict[tuple[t.Any, ...], SetElement]] = {}
        for element in named.elements:
            try:
                given = str(element.key).split(",")
                if len(given) != len(named.types):
                    raise ValueError(element.key)
                parts = [_part(dimension, each) for dimension, each in zip(named.types, given)]
            except (ValueError, KeyError, IndexError):
                self.unread = True
                continue
            widths = tuple(width for _value, width in parts)
            tables.setdefault(widths, {})[tuple(value for value, _width in parts)] = element
        self.tables = sorted(tables.items(), key=lambda each: tuple(-(width or 0) for width in each[0]))

    def find(self, values: t.Sequence[t.Any], bits: int) -> SetElement | bool | None:
        """The element that the values are in, False without any: None where one is hidden and it depends on that."""
        hidden = any(value is None for value in values)
        for widths, table in self.tables:
            key = tuple(
                value if width is None or value is None else value >> (bits - width) << (bits - width)
                for value, width in zip(values, widths)
            )
            if hidden:
                if any(all(a is None or a == b for a, b in zip(key, element)) for element in table):
                    return None
            elif key in table:
                return False if table[key].nomatch else table[key]
        return None if self.unread else False


# -- packets -----------------------------------------------------------------------------------------------------
def matches(view: View, args: Args) -> Answer:
    """Whether a packet is in a set, by the ends of it that the rule names."""
    if args.get("return_nomatch"):
        return UNKNOWN
    answer = _member(view, args["name"], args["sides"], 0)
    return UNKNOWN if answer is None else bool(answer)


def mark(view: View, name: str, sides: tuple[str, ...]) -> tuple[int, int] | bool | None:
    """The mark, with its mask, that a set has for a packet: False where it is no member, or one without a mark; None
    where that is not known. What a list of sets has for its members is not followed.
    """
    named = view.rules.sets.get((BACKEND, "ip", "", name)) or view.rules.sets.get((BACKEND, "ip6", "", name))
    found = None if named is None or named.types == ("set",) else _member(view, name, sides, 0)
    if isinstance(found, SetElement):
        return t.cast("tuple[int, int]", found.data) if found.data is not None else False
    return found


def _member(view: View, name: str, sides: tuple[str, ...], depth: int) -> SetElement | bool | None:
    named = view.rules.sets.get((BACKEND, "ip", "", name)) or view.rules.sets.get((BACKEND, "ip6", "", name))
    if named is None or depth > MAX_NESTED:
        return None
    if named.types == ("set",):
        answers = [_member(view, str(element.key), sides, depth + 1) for element in named.elements]
        held = next((one for one in answers if one), None)
        return held if held is not None else None if None in answers else False
    packet = view.packet
    needs_family = any(dimension in ("ip", "net") for dimension in named.types)
    if needs_family and (named.family == "ip6") is not (packet.family == 6):
        return False
    if len(sides) < len([each for each in named.types if each != "mac" or named.types == ("mac",)]):
        return False
    values: list[t.Any] = []
    for position, dimension in enumerate(named.types):
        side = sides[position] if position < len(sides) else "src"
        found = _value(view, dimension, side, named)
        if found is _NONE:
            return False
        values.append(found)
    return _index(named).find(values, 128 if packet.family == 6 else 32)


_NONE = object()


def _index(named: NamedSet) -> Index:
    found = named.indexes.get("ipset")
    if not isinstance(found, Index):
        found = named.indexes["ipset"] = Index(named)
    return found


def _value(view: View, dimension: str, side: str, named: NamedSet) -> t.Any:
    """What a packet has for a part of the set: None where it is hidden, _NONE where it has none."""
    packet = view.packet
    if dimension in ("ip", "net"):
        return _address(packet, side, named)
    if dimension == "port":
        return _packet_port(packet, side, named)
    if dimension == "mac":
        mac = packet.src_mac if side == "src" else packet.dst_mac
        return mac.lower() if mac is not None else None if view.iif is not None else _NONE
    if dimension == "mark":
        mask = named.options.get("markmask")
        return None if packet.mark is None else packet.mark & (int(mask, 0) if mask else 0xFFFFFFFF)
    if dimension == "iface":
        device = view.iif if side == "src" else view.oif
        return device if device is not None else _NONE
    return None


def _address(packet: Packet, side: str, named: NamedSet) -> int | None:
    """hash:ip with a netmask keeps networks in place of addresses."""
    value = number(packet.src if side == "src" else packet.dst)
    width = named.options.get("netmask")
    if value is None or width is None or not width.isdecimal():
        return value
    found = masked(f"{address_text(value, packet.family)}/{width}")
    return None if found is None else found.value


def _packet_port(packet: Packet, side: str, named: NamedSet) -> t.Any:
    if packet.protocol in _PORTS:
        port = packet.sport if side == "src" else packet.dport
        if port is None:
            return None
        return (None, port) if named.types == ("port",) else (protocol(packet), port)
    if packet.protocol in ("icmp", "icmpv6") and named.types != ("port",):
        if packet.icmp_type is None:
            return None
        return protocol(packet), packet.icmp_type << 8 | (packet.icmp_code or 0)
    return _NONE
