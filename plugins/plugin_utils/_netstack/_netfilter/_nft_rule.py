# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""One rule as nft -j prints it: its statements in order, conditions and targets mixed. Source: libnftables-json(5)."""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter import _nft_text
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._addresses import number
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._rules import (
    Match,
    NamedSet,
    Rule,
    RuleId,
    SetElement,
    Target,
)

Json = t.Mapping[str, t.Any]
Statement = t.Union[Match, Target]
MAX_NESTING = 40


def read(number_: int, data: Json) -> Rule:
    """A rule object. What cannot be read is a condition that is not understood."""
    family, table, chain = str(data.get("family")), str(data.get("table")), str(data.get("chain"))
    handle = data.get("handle")
    expressions = data.get("expr")
    statements: list[Statement] = []
    packets: int | None = None
    for each in expressions if isinstance(expressions, list) else []:
        counter = each.get("counter") if isinstance(each, dict) else None
        if isinstance(counter, dict) and isinstance(counter.get("packets"), int):
            packets = counter["packets"]
        statements.extend(statement(each))
    comment = data.get("comment")
    return Rule(
        id=RuleId("nft", family, table, chain, number_, handle if isinstance(handle, int) else None),
        statements=tuple(statements),
        text=_nft_text.rule(expressions, comment),
        packets=packets,
        comment=comment if isinstance(comment, str) else None,
        remove=("nft", "delete", "rule", family, table, chain, "handle", str(handle)) if handle is not None else (),
    )


def statement(data: t.Any) -> list[Statement]:
    """One statement; nothing for those that only count or log."""
    text = _nft_text.statement(data)
    if isinstance(data, str):
        data = {data: None}
    if not isinstance(data, dict) or len(data) != 1:
        return [Match("unknown", {"of": "nft"}, text=text)]
    ((name, inside),) = data.items()
    reader = _STATEMENTS.get(name)
    if reader is None:
        return [Match("unknown", {"of": name}, text=text), *_ending(name)]
    try:
        return reader(inside, text)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, RecursionError):
        return [Match("unknown", {"of": name}, text=text)]


def _ending(name: str) -> list[Statement]:
    """A statement of an unknown kind may end the packet's way."""
    return [Target("UNKNOWN", {"of": name}, name)]


def with_sets(data: t.Any, depth: int = 0) -> t.Any:
    """An expression in which the sets that the rule brings along are NamedSets, to be indexed once."""
    if depth > MAX_NESTING:
        raise RecursionError("nested too deep")
    if isinstance(data, dict):
        inside = data.get("set") if len(data) == 1 else None
        if isinstance(inside, list):
            return {"set": NamedSet("nft", "", "", "", (), tuple(elements_of(inside)))}
        return {key: with_sets(value, depth + 1) for key, value in data.items()}
    if isinstance(data, list):
        return [with_sets(each, depth + 1) for each in data]
    return data


def elements_of(data: t.Any) -> t.Iterator[SetElement]:
    """The elements of a set, or of a map: pairs of key and data."""
    for each in data if isinstance(data, list) else []:
        if isinstance(each, list) and len(each) == 2:
            key, value = each
            yield SetElement(_bare(key), value, _has_timeout(key))
        else:
            yield SetElement(_bare(each), None, _has_timeout(each))


def _bare(key: t.Any) -> t.Any:
    return key["elem"].get("val") if isinstance(key, dict) and isinstance(key.get("elem"), dict) else key


def _has_timeout(key: t.Any) -> bool:
    return isinstance(key, dict) and isinstance(key.get("elem"), dict) and "expires" in key["elem"]


# -- conditions --------------------------------------------------------------------------------------------------
def _match(data: t.Any, text: str) -> list[Statement]:
    args = {"left": with_sets(data["left"]), "op": data.get("op", "=="), "right": with_sets(data["right"])}
    return [Match("nft", args, False, text)]


def _rate(data: t.Any, text: str) -> list[Statement]:
    return [Match("rate", {"of": text}, text=text)]


def _set(data: t.Any, text: str) -> list[Statement]:
    """An element is added to a set, or taken away; each may have a limit."""
    statements = data.get("stmt") if isinstance(data, dict) else None
    inside = str(statements or "")
    if "limit" in inside or "quota" in inside or "ct count" in inside:
        return _rate(data, text)
    if not isinstance(data, dict) or data.get("op") not in ("add", "update"):
        return []
    key = data["elem"]
    if isinstance(key, dict) and isinstance(key.get("elem"), dict):
        key = key["elem"]["val"]
    return [Target("NFT_ADD", {"set": str(data["set"]).lstrip("@"), "key": with_sets(key)}, text)]


def _xt(data: t.Any, text: str) -> list[Statement]:
    """An extension of iptables that nft cannot show."""
    kind, name = (data.get("type"), data.get("name")) if isinstance(data, dict) else (None, None)
    if name in ("comment", "nfacct", "LOG", "NFLOG", "TCPMSS", "TRACE", "CHECKSUM"):
        return []
    if kind == "match":
        return [Match("unknown", {"of": str(name)}, text=text)]
    return [Target("UNKNOWN", {"of": str(name)}, text)]


# -- verdicts ----------------------------------------------------------------------------------------------------
def _plain(name: str) -> t.Callable[[t.Any, str], list[Statement]]:
    return lambda data, text: [Target(name, {}, text)]


def _called(name: str) -> t.Callable[[t.Any, str], list[Statement]]:
    return lambda data, text: [Target(name, {"chain": str(data["target"])}, text)]


def _vmap(data: t.Any, text: str) -> list[Statement]:
    return [Target("VMAP", {"key": with_sets(data["key"]), "data": with_sets(data["data"])}, text)]


_REJECT_ICMP = {
    "net-unreachable": "icmp-net-unreachable",
    "host-unreachable": "icmp-host-unreachable",
    "prot-unreachable": "icmp-proto-unreachable",
    "port-unreachable": "icmp-port-unreachable",
    "net-prohibited": "icmp-net-prohibited",
    "host-prohibited": "icmp-host-prohibited",
    "admin-prohibited": "icmp-admin-prohibited",
}
_REJECT_ICMPV6 = {
    "no-route": "icmp6-no-route",
    "admin-prohibited": "icmp6-adm-prohibited",
    "addr-unreachable": "icmp6-addr-unreachable",
    "port-unreachable": "icmp6-port-unreachable",
    "policy-fail": "icmp6-policy-fail",
    "reject-route": "icmp6-reject-route",
}


def _only(family: str) -> Match:
    kind = "ip" if family == "ipv4" else "ip6"
    args = {"left": {"meta": {"key": "protocol"}}, "op": "==", "right": kind}
    return Match("nft", args, False, f"meta protocol {kind}")


def _reject(data: t.Any, text: str) -> list[Statement]:
    data = data or {}
    kind, detail = data.get("type"), str(data.get("expr") or "port-unreachable")
    if kind == "tcp reset":
        return [Target("REJECT", {"with": "tcp-reset"}, text)]
    # That the packet is of this family is a condition that nft does not print.
    if kind == "icmp":
        return [_only("ipv4"), Target("REJECT", {"with": _REJECT_ICMP.get(detail, f"icmp-{detail}")}, text)]
    if kind == "icmpv6":
        return [_only("ipv6"), Target("REJECT", {"with": _REJECT_ICMPV6.get(detail, f"icmp6-{detail}")}, text)]
    return [Target("REJECT", {"with": detail, "any_family": True}, text)]


def _fwd(data: t.Any, text: str) -> list[Statement]:
    device = data.get("dev") if isinstance(data, dict) else None
    return [Target("FORWARD", {"device": device if isinstance(device, str) else None}, text)]


# -- changes -----------------------------------------------------------------------------------------------------
def _nothing(data: t.Any, text: str) -> list[Statement]:
    return []


def _mangle(data: t.Any, text: str) -> list[Statement]:
    return [Target("NFT_SET", {"key": data["key"], "value": with_sets(data["value"])}, text)]


def _nat(name: str) -> t.Callable[[t.Any, str], list[Statement]]:
    """dnat, snat, masquerade and redirect; addresses and ports that are constants are read here."""

    def reader(data: t.Any, text: str) -> list[Statement]:
        data = data or {}
        flags = data.get("flags") or []
        flags = [flags] if isinstance(flags, str) else flags
        args: dict[str, t.Any] = {"random": "random" in flags or "fully-random" in flags}
        address, port = data.get("addr"), data.get("port")
        fixed, ports = _address_range(address), _port_range(port)
        if (address is not None and fixed is None) or (port is not None and ports is None):
            args.update(addr=with_sets(address), port=with_sets(port), kind=name, netmap="netmap" in flags)
            return [Target("NFT_NAT", args, text)]
        return [Target(name, {**args, "addresses": fixed, "ports": ports}, text)]

    return reader


def _address_range(data: t.Any) -> tuple[int, int] | None:
    if isinstance(data, str):
        value = number(data)
        return None if value is None else (value, value)
    if isinstance(data, dict) and isinstance(data.get("range"), list) and len(data["range"]) == 2:
        low, high = (number(each) if isinstance(each, str) else None for each in data["range"])
        return None if low is None or high is None else (low, high)
    return None


def _port_range(data: t.Any) -> tuple[int, int] | None:
    if isinstance(data, int):
        return data, data
    if isinstance(data, dict) and isinstance(data.get("range"), list) and len(data["range"]) == 2:
        low, high = data["range"]
        return (low, high) if isinstance(low, int) and isinstance(high, int) else None
    return None


def _tproxy(data: t.Any, text: str) -> list[Statement]:
    port, address = data.get("port"), data.get("addr")
    args = {"port": port if isinstance(port, int) else None, "address": address if isinstance(address, str) else None}
    return [Target("TPROXY", {"native": True, "keep": 0xFFFFFFFF, "flip": 0, **args}, text)]


_STATEMENTS: t.Mapping[str, t.Callable[[t.Any, str], list[Statement]]] = {
    "match": _match,
    "accept": _plain("ACCEPT"),
    "drop": _plain("DROP"),
    "return": _plain("RETURN"),
    "continue": _nothing,
    "jump": _called("JUMP"),
    "goto": _called("GOTO"),
    "vmap": _vmap,
    "reject": _reject,
    "queue": _plain("QUEUE"),
    "fwd": _fwd,
    "mangle": _mangle,
    "notrack": _plain("NOTRACK"),
    "dnat": _nat("DNAT"),
    "snat": _nat("SNAT"),
    "masquerade": _nat("MASQUERADE"),
    "redirect": _nat("REDIRECT"),
    "tproxy": _tproxy,
    "limit": _rate,
    "quota": _rate,
    "ct count": _rate,
    "set": _set,
    "map": _set,
    "xt": _xt,
    # They count, log, copy, or speed up connections that were let through already.
    **dict.fromkeys(
        (
            "counter",
            "log",
            "dup",
            "flow",
            "last",
            "meter",
            "ct helper",
            "ct timeout",
            "ct expectation",
            "secmark",
            "optstrip",
            "reset",
            "comment",
        ),
        _nothing,
    ),
}
