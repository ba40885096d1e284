# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The conditions of an iptables rule, from the words that iptables-save prints. Source: iptables-extensions(8).

Each condition becomes one Match; its name is the key in the table of _matches. A match or option that is not in the
tables below becomes a Match "unknown". A ValueError, KeyError or IndexError means the same to the caller.
"""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._bytecode import parse
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter import _names
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._addresses import masked, number
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._rules import Match

Args = dict[str, t.Any]


def read(module: str, words: t.Sequence[str], family: str) -> list[Match]:
    """The conditions of one -m; module is empty for the options that need none."""
    if module in _COMPOSED:
        return _COMPOSED[module](module, words)
    if module in _IGNORED:
        return []
    if module == "recent" and "--set" in words and "!" not in words:
        # It writes the sender down, and matches whoever that is (recent_mt()).
        return []
    if module in _RATES:
        return [Match("rate", {"of": module}, text=_shown(module, words))]
    options = _MODULES.get(module)
    if options is None:
        return [Match("unknown", {"of": module}, text=_shown(module, words))]
    matches: list[Match] = []
    position = 0
    while position < len(words):
        negated = words[position] == "!"
        position += negated
        word = words[position]
        name, count, arguments = options[word]
        given = list(words[position + 1 : position + 1 + count])
        if len(given) < count:
            raise ValueError(word)
        text = " ".join((*(("!",) if negated else ()), word, *given))
        args = arguments(*given)
        if module == "icmp6":
            args["protocol"] = "icmpv6"
        matches.append(Match(name, args, negated, text))
        position += 1 + count
    return matches


def _shown(module: str, words: t.Sequence[str]) -> str:
    return " ".join(("-m", module, *words))


# -- arguments ---------------------------------------------------------------------------------------------------
def _prefix(text: str) -> Args:
    found = masked(text)
    if found is None:
        raise ValueError(text)
    return {"prefix": found}


def _device(name: str) -> Args:
    return {"name": name[:-1], "open": True} if name.endswith("+") else {"name": name, "open": False}


def _protocol(text: str) -> Args:
    return {"number": None if text == "all" else _names.protocol(text)}


def _nothing() -> Args:
    return {}


def _ports(text: str) -> Args:
    return {"ranges": tuple(_range(part, ":", 65535, _names.port) for part in text.split(","))}


def _range(text: str, between: str, highest: int, value: t.Callable[[str], int] = int) -> tuple[int, int]:
    low, found, high = text.partition(between)
    first = value(low) if low else 0
    return first, (value(high) if high else highest) if found else first


def _numbers(text: str) -> Args:
    return {"range": _range(text, ":", 0xFFFFFFFF)}


def _below(text: str) -> Args:
    return {"range": (0, int(text) - 1)}


def _above(text: str) -> Args:
    return {"range": (int(text) + 1, 255)}


def _masked_number(text: str) -> Args:
    value, _slash, mask = text.partition("/")
    return {"value": int(value, 0), "mask": int(mask, 0) if mask else 0xFFFFFFFF}


def _tos(text: str) -> Args:
    value, _slash, mask = text.partition("/")
    return {"value": int(value, 0), "mask": int(mask, 0) if mask else 0xFF}


def _dscp(text: str) -> Args:
    return {"value": _names.dscp(text) << 2, "mask": 0xFC}


def _flags(mask: str, flags: str) -> Args:
    return {"mask": _names.tcp_flags(mask), "flags": _names.tcp_flags(flags)}


def _syn() -> Args:
    return _flags("FIN,SYN,RST,ACK", "SYN")


def _icmp(text: str) -> Args:
    type_, code = _names.icmp(text, "icmp")
    return {"protocol": "icmp", "type": type_, "code": code}


def _icmp6(text: str) -> Args:
    type_, code = _names.icmp(text, "icmpv6")
    return {"protocol": "icmpv6", "type": type_, "code": code}


def _states(text: str) -> Args:
    return {"states": frozenset(text.split(","))}


def _status(text: str) -> Args:
    return {"status": frozenset(text.split(","))}


def _address_range(text: str) -> Args:
    low, _dash, high = text.partition("-")
    first, last = number(low), number(high or low)
    if first is None or last is None:
        raise ValueError(text)
    return {"low": first, "high": last}


def _mac(text: str) -> Args:
    return {"mac": text.lower()}


def _users(text: str) -> Args:
    return {"range": _range(text, "-", 0xFFFFFFFF)}


def _path(text: str) -> Args:
    return {"path": text}


def _text(text: str) -> Args:
    return {"value": text}


def _ct(field: str, arguments: t.Callable[[str], Args]) -> t.Callable[[str], Args]:
    return lambda text: {"field": field, **arguments(text)}


def _bytecode(text: str) -> Args:
    return {"program": parse(text)}


def _unknown(text: str = "") -> Args:
    return {"of": text}


Row = tuple[str, int, t.Callable[..., Args]]
_PORT_OPTIONS: dict[str, Row] = {"--sport": ("source_port", 1, _ports), "--dport": ("destination_port", 1, _ports)}
_MODULES: t.Mapping[str, t.Mapping[str, Row]] = {
    "": {
        "-s": ("source", 1, _prefix),
        "-d": ("destination", 1, _prefix),
        "-i": ("in_interface", 1, _device),
        "-o": ("out_interface", 1, _device),
        "-p": ("protocol", 1, _protocol),
        "-f": ("fragment", 0, _nothing),
    },
    "tcp": {
        **_PORT_OPTIONS,
        "--tcp-flags": ("tcp_flags", 2, _flags),
        "--syn": ("tcp_flags", 0, _syn),
        "--tcp-option": ("unknown", 1, _unknown),
    },
    "udp": _PORT_OPTIONS,
    "udplite": _PORT_OPTIONS,
    "dccp": {**_PORT_OPTIONS, "--dccp-types": ("unknown", 1, _unknown), "--dccp-option": ("unknown", 1, _unknown)},
    "sctp": {**_PORT_OPTIONS, "--chunk-types": ("unknown", 2, lambda how, which: {"of": f"{how} {which}"})},
    "icmp": {"--icmp-type": ("icmp_type", 1, _icmp)},
    "icmp6": {"--icmpv6-type": ("icmp_type", 1, _icmp6)},
    "ipv6-icmp": {"--icmpv6-type": ("icmp_type", 1, _icmp6)},
    "icmpv6": {"--icmpv6-type": ("icmp_type", 1, _icmp6)},
    "multiport": {
        "--sports": ("source_port", 1, _ports),
        "--dports": ("destination_port", 1, _ports),
        "--ports": ("any_port", 1, _ports),
    },
    "state": {"--state": ("ct_state", 1, _states)},
    "mark": {"--mark": ("mark", 1, _masked_number)},
    "connmark": {"--mark": ("ct_mark", 1, _masked_number)},
    "iprange": {
        "--src-range": ("source_range", 1, _address_range),
        "--dst-range": ("destination_range", 1, _address_range),
    },
    "mac": {"--mac-source": ("mac_source", 1, _mac)},
    "physdev": {
        "--physdev-in": ("physdev_in", 1, _device),
        "--physdev-out": ("physdev_out", 1, _device),
        "--physdev-is-in": ("physdev_is_in", 0, _nothing),
        "--physdev-is-out": ("physdev_is_out", 0, _nothing),
        "--physdev-is-bridged": ("physdev_is_bridged", 0, _nothing),
    },
    "length": {"--length": ("length", 1, _numbers)},
    "owner": {
        "--uid-owner": ("owner", 1, _users),
        "--gid-owner": ("owner_group", 1, _users),
        "--socket-exists": ("owner_socket", 0, _nothing),
        "--suppl-groups": ("unknown", 0, _nothing),
    },
    "tcpmss": {"--mss": ("segment_size", 1, _numbers)},
    "cgroup": {"--path": ("cgroup", 1, _path), "--cgroup": ("cgroup_class", 1, _unknown)},
    "bpf": {"--bytecode": ("bpf", 1, _bytecode)},
    "pkttype": {"--pkt-type": ("packet_type", 1, _text)},
    "ttl": {"--ttl-eq": ("ttl", 1, _numbers), "--ttl-lt": ("ttl", 1, _below), "--ttl-gt": ("ttl", 1, _above)},
    "hl": {"--hl-eq": ("ttl", 1, _numbers), "--hl-lt": ("ttl", 1, _below), "--hl-gt": ("ttl", 1, _above)},
    "tos": {"--tos": ("tos", 1, _tos)},
    "dscp": {"--dscp": ("tos", 1, _dscp), "--dscp-class": ("tos", 1, _dscp)},
    "helper": {"--helper": ("ct_helper", 1, _text)},
}
# Their words say nothing about a packet.
_IGNORED = frozenset(("comment", "nfacct"))
# Whether they match depends on how many packets came before.
_RATES = frozenset(("limit", "hashlimit", "connlimit", "quota", "quota2", "recent", "rateest", "dstlimit"))


# -- matches whose options belong together -----------------------------------------------------------------------
def _conntrack(_module: str, words: t.Sequence[str]) -> list[Match]:
    """A packet without an entry in the table matches by its state alone, whatever else is asked (conntrack_mt())."""
    with_state = "--ctstate" in words
    matches = []
    position = 0
    while position < len(words):
        negated = words[position] == "!"
        position += negated
        name, arguments = _CONNTRACK[words[position]]
        args = {**arguments(words[position + 1]), "with_state": with_state}
        text = " ".join((*(("!",) if negated else ()), *words[position : position + 2]))
        matches.append(Match(name, args, negated, text))
        position += 2
    return matches


_CONNTRACK: t.Mapping[str, tuple[str, t.Callable[[str], Args]]] = {
    "--ctstate": ("ct_state", _states),
    "--ctstatus": ("ct_status", _status),
    "--ctproto": ("ct_protocol", _protocol),
    "--ctorigsrc": ("ct_address", _ct("original.src", _prefix)),
    "--ctorigdst": ("ct_address", _ct("original.dst", _prefix)),
    "--ctreplsrc": ("ct_address", _ct("reply.src", _prefix)),
    "--ctrepldst": ("ct_address", _ct("reply.dst", _prefix)),
    "--ctorigsrcport": ("ct_port", _ct("original.sport", _ports)),
    "--ctorigdstport": ("ct_port", _ct("original.dport", _ports)),
    "--ctreplsrcport": ("ct_port", _ct("reply.sport", _ports)),
    "--ctrepldstport": ("ct_port", _ct("reply.dport", _ports)),
    "--ctdir": ("ct_direction", _text),
    "--ctexpire": ("unknown", _unknown),
}


def _addrtype(_module: str, words: t.Sequence[str]) -> list[Match]:
    matches = []
    near = "iif" if "--limit-iface-in" in words else "oif" if "--limit-iface-out" in words else None
    position = 0
    while position < len(words):
        negated = words[position] == "!"
        position += negated
        word = words[position]
        if word in ("--limit-iface-in", "--limit-iface-out"):
            position += 1
            continue
        side = {"--src-type": "src", "--dst-type": "dst"}[word]
        types = frozenset(part.lower() for part in words[position + 1].split(","))
        text = " ".join((*(("!",) if negated else ()), word, words[position + 1]))
        matches.append(Match("address_type", {"side": side, "types": types, "device": near}, negated, text))
        position += 2
    return matches


def _statistic(module: str, words: t.Sequence[str]) -> list[Match]:
    """Every Nth packet is one in N, because nobody knows how many came before."""
    options = dict(zip(words, words[1:]))
    text = _shown(module, words)
    if options.get("--mode") == "random":
        return [Match("chance", {"probability": float(options["--probability"])}, "!" in words, text)]
    return [Match("chance", {"probability": 1 / int(options["--every"])}, "!" in words, text)]


def _set(module: str, words: t.Sequence[str]) -> list[Match]:
    matches = []
    position = 0
    while position < len(words):
        negated = words[position] == "!"
        position += negated
        word = words[position]
        if word == "--match-set":
            sides = tuple(words[position + 2].split(","))
            text = _shown(module, words)
            matches.append(Match("ipset", {"name": words[position + 1], "sides": sides}, negated, text))
            position += 3
        elif word in ("--update-counters", "--update-subcounters"):
            position += 1
        elif word == "--return-nomatch":
            matches[-1].args["return_nomatch"] = True  # type: ignore[index]
            position += 1
        else:
            return [Match("unknown", {"of": module}, text=_shown(module, words))]
    return matches


def _rpfilter(module: str, words: t.Sequence[str]) -> list[Match]:
    args = {"mark": "--validmark" in words, "loose": "--loose" in words, "local": "--accept-local" in words}
    return [Match("reverse_path", args, "--invert" in words, _shown(module, words))]


def _socket(module: str, words: t.Sequence[str]) -> list[Match]:
    """Of a packet that is forwarded it asks for transparent sockets, which are not collected."""
    plain = not set(words) & {"--transparent", "--restore-skmark"}
    name = "socket" if plain else "unknown"
    return [Match(name, {"of": module}, text=_shown(module, words))]


def _policy(module: str, words: t.Sequence[str]) -> list[Match]:
    """Whether IPsec protects it: what more is asked of that protection decides only where there is any."""
    options = dict(zip(words, words[1:]))
    return [Match("ipsec", {"of": module, "protected": options["--pol"] == "ipsec"}, text=_shown(module, words))]


def _connbytes(module: str, words: t.Sequence[str]) -> list[Match]:
    """Bytes, packets, or bytes of a packet on average, which are followed in one direction."""
    options = dict(zip(words, words[1:]))
    text, direction = _shown(module, words), options.get("--connbytes-dir")
    mode = options.get("--connbytes-mode")
    if mode not in ("bytes", "packets", "avgpkt") or direction not in ("original", "reply", "both"):
        return [Match("rate", {"of": module}, text=text)]
    low, _colon, high = options["--connbytes"].partition(":")
    span = (int(low or 0), int(high) if high else (1 << 64) - 1)
    if mode == "packets":
        return [Match("connection_packets", {"range": span, "direction": direction}, "!" in words, text)]
    args = {"range": span, "reply": {"original": False, "reply": True}.get(direction)}
    if mode == "avgpkt":
        return [Match("connection_average", args, "!" in words, text)]
    return [Match("connection_bytes", args, "!" in words, text)]


def _string(module: str, words: t.Sequence[str]) -> list[Match]:
    """A text in the packet. Of headers alone it takes nothing that anybody would look for."""
    return [Match("content", {}, "!" in words, _shown(module, words))]


_COMPOSED: t.Mapping[str, t.Callable[[str, t.Sequence[str]], list[Match]]] = {
    "conntrack": _conntrack,
    "addrtype": _addrtype,
    "statistic": _statistic,
    "set": _set,
    "rpfilter": _rpfilter,
    "socket": _socket,
    "policy": _policy,
    "connbytes": _connbytes,
    "string": _string,
}
