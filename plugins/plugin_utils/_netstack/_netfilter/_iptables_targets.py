# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The target of an iptables rule, from the words that iptables-save prints. Source: iptables-extensions(8)."""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter import _names
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._addresses import masked, number
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._rules import Target

Args = dict[str, t.Any]


def read(words: t.Sequence[str], chains: t.Container[str], family: str) -> list[Target]:
    """The target of a rule: none for a rule that only counts; chains: those of its table."""
    if not words:
        return []
    name, text = words[1], " ".join(words)
    if words[0] == "-g":
        return [Target("GOTO", {"chain": name}, text)]
    if name in chains:
        return [Target("JUMP", {"chain": name}, text)]
    if name in _PLAIN:
        return [Target(name, {}, text)]
    reader = _READERS.get(name)
    if reader is None:
        return [Target("UNKNOWN", {"of": name}, text)]
    options = _options(words[2:])
    made, args = reader(options, family)
    return [Target(made, args, text)]


def _options(words: t.Sequence[str]) -> dict[str, str]:
    """Options with their argument, empty for those that have none."""
    options: dict[str, str] = {}
    position = 0
    while position < len(words):
        word = words[position]
        following = words[position + 1] if position + 1 < len(words) else "--"
        if following.startswith("--"):
            options[word] = ""
            position += 1
        else:
            options[word] = following
            position += 2
    return options


def _nat(option: str) -> t.Callable[[dict[str, str], str], tuple[str, Args]]:
    """DNAT and SNAT: [ADDRESS[-ADDRESS]][:PORT[-PORT[/BASE]]], an IPv6 address with a port in brackets."""

    def reader(options: dict[str, str], family: str) -> tuple[str, Args]:
        addresses, ports = _endpoint(options[option], family)
        return option_target[option], {"addresses": addresses, "ports": ports, **_randomness(options)}

    option_target = {"--to-destination": "DNAT", "--to-source": "SNAT"}
    return reader


def _endpoint(text: str, family: str) -> tuple[tuple[int, int] | None, tuple[int, int] | None]:
    if text.startswith("["):
        addresses, _bracket, rest = text[1:].partition("]")
        if rest.startswith("-["):
            high, _bracket, rest = rest[2:].partition("]")
            addresses = f"{addresses}-{high}"
        ports = rest[1:]
    elif family == "ip6":
        addresses, ports = text, ""
    else:
        addresses, _colon, ports = text.partition(":")
    return (_address_range(addresses) if addresses else None), (_port_range(ports) if ports else None)


def _address_range(text: str) -> tuple[int, int]:
    low, _dash, high = text.partition("-")
    first, last = number(low), number(high or low)
    if first is None or last is None:
        raise ValueError(text)
    return first, last


def _port_range(text: str) -> tuple[int, int]:
    ports, _slash, _base = text.partition("/")
    low, _dash, high = ports.partition("-")
    return _names.port(low), _names.port(high or low)


def _randomness(options: dict[str, str]) -> Args:
    return {
        "random": "--random" in options or "--random-fully" in options,
        "fully": "--random-fully" in options,
        "persistent": "--persistent" in options,
    }


def _redirect(options: dict[str, str], family: str) -> tuple[str, Args]:
    ports = options.get("--to-ports")
    return "REDIRECT", {"ports": _port_range(ports) if ports else None, **_randomness(options)}


def _masquerade(options: dict[str, str], family: str) -> tuple[str, Args]:
    ports = options.get("--to-ports")
    return "MASQUERADE", {"ports": _port_range(ports) if ports else None, **_randomness(options)}


def _netmap(options: dict[str, str], family: str) -> tuple[str, Args]:
    prefix = masked(options["--to"])
    if prefix is None:
        raise ValueError(options["--to"])
    return "NETMAP", {"prefix": prefix}


def _value(text: str) -> tuple[int, int]:
    value, _slash, mask = text.partition("/")
    return int(value, 0), int(mask, 0) if mask else 0xFFFFFFFF


def _set_value(options: dict[str, str]) -> Args | None:
    """What becomes of a mark: it is ANDed with the first number and XORed with the second.

    --set-mark zeroes the bits of its mask and ORs the value, so value and mask do not simply combine.
    """
    if "--set-xmark" in options:
        value, mask = _value(options["--set-xmark"])
        return {"keep": ~mask & 0xFFFFFFFF, "flip": value}
    if "--set-mark" in options:
        value, mask = _value(options["--set-mark"])
        return {"keep": ~(mask | value) & 0xFFFFFFFF, "flip": value}
    if "--and-mark" in options:
        return {"keep": int(options["--and-mark"], 0), "flip": 0}
    if "--or-mark" in options:
        bits = int(options["--or-mark"], 0)
        return {"keep": ~bits & 0xFFFFFFFF, "flip": bits}
    if "--xor-mark" in options:
        return {"keep": 0xFFFFFFFF, "flip": int(options["--xor-mark"], 0)}
    return None


def _mark(options: dict[str, str], family: str) -> tuple[str, Args]:
    args = _set_value(options)
    if args is None:
        raise ValueError("MARK")
    return "MARK", args


def _connmark(options: dict[str, str], family: str) -> tuple[str, Args]:
    args = _set_value(options)
    if args is not None:
        return "CONNMARK", args
    both = int(options["--mask"], 0) if "--mask" in options else 0xFFFFFFFF
    masks = {
        "ct": int(options["--ctmask"], 0) if "--ctmask" in options else both,
        "packet": int(options["--nfmask"], 0) if "--nfmask" in options else both,
    }
    if "--save-mark" in options:
        return "SAVE_MARK", masks
    if "--restore-mark" in options:
        return "RESTORE_MARK", masks
    raise ValueError("CONNMARK")


def _ct(options: dict[str, str], family: str) -> tuple[str, Args]:
    """Helpers, events and timeouts change nothing for a packet."""
    if "--notrack" in options:
        return "NOTRACK", {}
    zones: dict[str, int | None] = {}
    for option, sides in (
        ("--zone", ("original", "reply")),
        ("--zone-orig", ("original",)),
        ("--zone-reply", ("reply",)),
    ):
        if option in options:
            value = options[option]
            zones.update(dict.fromkeys(sides, None if value == "mark" else int(value, 0)))
    return "CT", {"zones": zones}


def _reject(options: dict[str, str], family: str) -> tuple[str, Args]:
    usual = "icmp-port-unreachable" if family == "ip" else "icmp6-port-unreachable"
    return "REJECT", {"with": options.get("--reject-with", usual)}


def _tproxy(options: dict[str, str], family: str) -> tuple[str, Args]:
    mark = options.get("--tproxy-mark", "0/0")
    value, mask = _value(mark)
    port = options.get("--on-port")
    return "TPROXY", {
        "address": options.get("--on-ip"),
        "port": int(port) if port else None,
        "keep": ~mask & 0xFFFFFFFF,
        "flip": value,
    }


def _ttl(options: dict[str, str], family: str) -> tuple[str, Args]:
    for option, how in (("set", "set"), ("inc", "add"), ("dec", "subtract")):
        for prefix in ("--ttl-", "--hl-"):
            if prefix + option in options:
                return "TTL", {how: int(options[prefix + option])}
    raise ValueError("TTL")


def _dscp(options: dict[str, str], family: str) -> tuple[str, Args]:
    value = options.get("--set-dscp") or options["--set-dscp-class"]
    return "TOS", {"keep": 0x03, "flip": _names.dscp(value) << 2}


def _tos(options: dict[str, str], family: str) -> tuple[str, Args]:
    text = options["--set-tos"]
    value, _slash, mask = text.partition("/")
    bits = int(mask, 0) if mask else 0xFF
    return "TOS", {"keep": ~bits & 0xFF, "flip": int(value, 0)}


def _queue(options: dict[str, str], family: str) -> tuple[str, Args]:
    return "QUEUE", {}


def _go_on(options: dict[str, str], family: str) -> tuple[str, Args]:
    return "CONTINUE", {}


def _set(options: dict[str, str], family: str) -> tuple[str, Args]:
    """--map-set with --map-mark takes marks from the set's members (xt_set.c, set_target_v3())."""
    if "--map-set" not in options or "--map-mark" not in options:
        return "CONTINUE", {}
    # The sides stand behind the name as words of their own.
    words = list(options)
    sides = words[words.index("--map-set") + 1]
    return "SET_MARK", {"name": options["--map-set"], "sides": tuple(sides.split(","))}


_PLAIN = frozenset(("ACCEPT", "DROP", "RETURN", "NOTRACK"))
_READERS: t.Mapping[str, t.Callable[[dict[str, str], str], tuple[str, Args]]] = {
    "DNAT": _nat("--to-destination"),
    "SNAT": _nat("--to-source"),
    "REDIRECT": _redirect,
    "MASQUERADE": _masquerade,
    "NETMAP": _netmap,
    "MARK": _mark,
    "CONNMARK": _connmark,
    "CT": _ct,
    "REJECT": _reject,
    "TPROXY": _tproxy,
    "TTL": _ttl,
    "HL": _ttl,
    "DSCP": _dscp,
    "TOS": _tos,
    "QUEUE": _queue,
    "NFQUEUE": _queue,
    "SET": _set,
    "TCPMSS": lambda options, family: ("TCPMSS", {}),
    # They look at a packet, or change what no rule and no route asks for.
    **dict.fromkeys(
        (
            "LOG",
            "NFLOG",
            "ULOG",
            "TRACE",
            "CHECKSUM",
            "CLASSIFY",
            "AUDIT",
            "LED",
            "RATEEST",
            "TEE",
            "SECMARK",
            "CONNSECMARK",
            "ECN",
            "TCPOPTSTRIP",
            "IDLETIMER",
        ),
        _go_on,
    ),
    # Its mark comes from a hash.
    "HMARK": lambda options, family: ("UNKNOWN_MARK", {}),
}
