# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""Routes of all tables, policy rules and neighbours, from ``ip -j``."""

from __future__ import annotations

import ipaddress
import os
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._reader import (
    Namespace,
    Reader,
    number_of,
    object_of,
    text_of,
    texts_of,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._types import (
    FdbEntry,
    Json,
    Neighbour,
    NextHop,
    NexthopObject,
    Route,
    Rule,
)

ROUTES = {family: ("ip", "-j", f"-{family}", "route", "show", "table", "all") for family in (4, 6)}
RULES = {family: ("ip", "-j", f"-{family}", "rule", "show") for family in (4, 6)}
# Without "all", ip leaves out entries in state NOARP, which are as fixed as permanent ones.
NEIGHBOURS = ("ip", "-j", "neigh", "show", "nud", "all")
NEXTHOPS = ("ip", "-j", "nexthop", "show")
PROXIES = ("ip", "-j", "neigh", "show", "proxy")
EVERYTHING = {4: "0.0.0.0/0", 6: "::/0"}
FULL_LENGTH = {4: 32, 6: 128}
# IPv6 has such routes for each device, and no packet between pods takes one. Of IPv4, somebody has made them.
LEFT_OUT = {4: frozenset(("multicast",)), 6: frozenset(("multicast", "anycast"))}
ROUTE_KEYS = frozenset(
    (
        "type",
        "dst",
        "gateway",
        "via",
        "dev",
        "table",
        "protocol",
        "scope",
        "metric",
        "flags",
        "prefsrc",
        "nexthops",
        "metrics",
        "pref",
        "nhid",
        "expires",
        "src",
        "used",
        "cache",
        "age",
        "users",
        "iif",
        "error",
        "tos",
        "from",
    )
)
RULE_KEYS = frozenset(
    (
        "priority",
        "not",
        "src",
        "srclen",
        "dst",
        "dstlen",
        "table",
        "action",
        "goto",
        "nop",
        "iif",
        "iif_detached",
        "oif",
        "oif_detached",
        "fwmark",
        "fwmask",
        "ipproto",
        "sport",
        "sport_start",
        "sport_end",
        "dport",
        "dport_start",
        "dport_end",
        "tos",
        "uid_start",
        "uid_end",
        "l3mdev",
        "suppress_prefixlen",
        "protocol",
        "unresolved",
        "flags",
    )
)


def read_routes(reader: Reader, namespace: Namespace, family: int) -> list[Route]:
    """The routes of all tables of one address family (4 or 6)."""
    if not _spoken(namespace, family):
        return []
    return parse_routes(reader.records("routes", ROUTES[family], namespace), family)


def read_rules(reader: Reader, namespace: Namespace, family: int) -> list[Rule]:
    """The policy routing rules of one address family, by priority."""
    if not _spoken(namespace, family):
        return []
    return parse_rules(reader.records("rules", RULES[family], namespace), family)


def _spoken(namespace: Namespace, family: int) -> bool:
    """Whether the kernel speaks the family: with ipv6.disable=1 there is no such file, and ip -6 rule ends with an
    error (net/ipv6/af_inet6.c, inet6_init())."""
    return family == 4 or os.path.exists(f"{namespace.proc}/net/if_inet6")


def read_neighbours(reader: Reader, namespace: Namespace) -> list[Neighbour]:
    """The neighbour entries of both families."""
    return parse_neighbours(reader.records("neighbours", NEIGHBOURS, namespace))


def read_proxies(reader: Reader, namespace: Namespace) -> list[Neighbour]:
    """The addresses that this namespace answers for (proxy ARP entries)."""
    return parse_neighbours(reader.records("neighbours", PROXIES, namespace), proxy=True)


def read_nexthops(
    reader: Reader, namespace: Namespace, routes: t.Sequence[Route], entries: t.Sequence[FdbEntry] = ()
) -> list[NexthopObject]:
    """The nexthop objects, where a route only names one (sysctl nexthop_compat_mode is off), or an entry of a tunnel's
    forwarding table does."""
    named = any(route.nexthop_id is not None and route.dev is None and not route.nexthops for route in routes)
    if not named and all(entry.nexthop_id is None for entry in entries):
        return []
    return parse_nexthops(reader.records("routes", NEXTHOPS, namespace))


# -- routes ------------------------------------------------------------------------------------------------------
def parse_routes(items: t.Sequence[Json], family: int) -> list[Route]:
    """Routes from the objects that ip prints."""
    return [_route(item, family) for item in items if text_of(item, "dst") and item.get("type") not in LEFT_OUT[family]]


def _route(item: Json, family: int) -> Route:
    flags = texts_of(item, "flags")
    nexthops = [_nexthop(hop) for hop in item.get("nexthops") or [] if isinstance(hop, dict)]
    # Attributes of all next hops (encap …) count as the route's.
    names = set(item).union(*(hop for hop in item.get("nexthops") or [] if isinstance(hop, dict)))
    return Route(
        family=family,
        table=text_of(item, "table") or "main",
        type=text_of(item, "type") or "unicast",
        dst=_prefix(str(item["dst"]), family),
        gateway=_gateway(item),
        dev=text_of(item, "dev"),
        metric=number_of(item, "metric") or 0,
        source=text_of(item, "prefsrc"),
        # ip leaves out these two where they are the default.
        scope=text_of(item, "scope") or "global",
        protocol=text_of(item, "protocol") or "boot",
        onlink="onlink" in flags,
        flags=flags,
        nexthops=nexthops,
        mtu=_mtu(item),
        other=sorted(names - ROUTE_KEYS - {"weight"}),
        tos=text_of(item, "tos"),
        nexthop_id=number_of(item, "nhid"),
        from_=_source(item, family),
        advmss=_metric(item, "advmss"),
        hoplimit=_metric(item, "hoplimit"),
        program=_program(item),
    )


def _nexthop(item: Json) -> NextHop:
    return NextHop(_gateway(item), text_of(item, "dev"), number_of(item, "weight") or 1, texts_of(item, "flags"))


def _gateway(item: Json) -> str | None:
    """The next hop's address; "via" is one of the other address family."""
    return text_of(item, "gateway") or text_of(object_of(item, "via"), "host")


def _mtu(item: Json) -> int | None:
    """The route's own MTU; ip does not say in JSON whether it is locked."""
    return _metric(item, "mtu")


def _metric(item: Json, name: str) -> int | None:
    for metrics in item.get("metrics") or []:
        if isinstance(metrics, dict) and name in metrics:
            return number_of(metrics, name)
    return None


def _program(item: Json) -> str | None:
    """The program of "encap bpf", of the route or of one of its next hops."""
    for one in (item, *(hop for hop in item.get("nexthops") or [] if isinstance(hop, dict))):
        if one.get("encap") == "bpf":
            return " ".join(f"{where} {one[where]}" for where in ("in", "out", "xmit") if where in one) or "bpf"
    return None


def _source(item: Json, family: int) -> str | None:
    """The sources that an IPv6 route is for, None for all."""
    source = text_of(item, "from")
    return None if source in (None, "default", "all", "::/0") else _prefix(str(source), family)


def _prefix(dst: str, family: int) -> str:
    if dst in ("default", "all"):
        return EVERYTHING[family]
    return dst if "/" in dst else f"{dst}/{FULL_LENGTH[family]}"


def parse_nexthops(items: t.Sequence[Json]) -> list[NexthopObject]:
    """Nexthop objects from what ip prints."""
    return [
        NexthopObject(
            id=number_of(item, "id") or 0,
            gateway=_gateway(item),
            dev=text_of(item, "dev"),
            blackhole="blackhole" in item,
            group=[
                [number_of(member, "id") or 0, number_of(member, "weight") or 1]
                for member in item.get("group") or []
                if isinstance(member, dict)
            ],
            flags=texts_of(item, "flags"),
        )
        for item in items
        if number_of(item, "id") is not None
    ]


# -- rules -------------------------------------------------------------------------------------------------------
def parse_rules(items: t.Sequence[Json], family: int) -> list[Rule]:
    """Rules from the objects that ip prints."""
    return [_rule(item, family) for item in items if "priority" in item]


def _rule(item: Json, family: int) -> Rule:
    return Rule(
        priority=number_of(item, "priority") or 0,
        family=family,
        from_=_selector(item, "src", family),
        to=_selector(item, "dst", family),
        table=text_of(item, "table"),
        action=_action(item),
        goto=number_of(item, "goto"),
        iif=text_of(item, "iif"),
        oif=text_of(item, "oif"),
        fwmark=number_of(item, "fwmark"),
        fwmask=number_of(item, "fwmask"),
        not_="not" in item,
        protocol=text_of(item, "ipproto"),
        sport=_ports(item, "sport"),
        dport=_ports(item, "dport"),
        tos=text_of(item, "tos"),
        uid_range=_range(item, "uid_start", "uid_end"),
        l3mdev="l3mdev" in item,
        suppress_prefix_length=number_of(item, "suppress_prefixlen"),
        other=sorted(set(item) - RULE_KEYS),
    )


def _action(item: Json) -> str:
    for name in ("goto", "nop"):
        if name in item:
            return name
    return text_of(item, "action") or "lookup"


def _selector(item: Json, key: str, family: int) -> str | None:
    address = text_of(item, key)
    if address is None or address == "all":
        return None
    length = number_of(item, f"{key}len")
    return f"{address}/{FULL_LENGTH[family] if length is None else length}"


def _ports(item: Json, key: str) -> list[int] | None:
    port = number_of(item, key)
    return [port, port] if port is not None else _range(item, f"{key}_start", f"{key}_end")


def _range(item: Json, first: str, last: str) -> list[int] | None:
    low, high = number_of(item, first), number_of(item, last)
    return None if low is None or high is None else [low, high]


# -- neighbours --------------------------------------------------------------------------------------------------
def parse_neighbours(items: t.Sequence[Json], proxy: bool = False) -> list[Neighbour]:
    """Neighbours from the objects that ip prints."""
    return [
        Neighbour(
            family=6 if ":" in str(item["dst"]) else 4,
            address=str(item["dst"]),
            mac=text_of(item, "lladdr"),
            dev=text_of(item, "dev") or "",
            state=" ".join(texts_of(item, "state")),
            router="router" in item,
            proxy=proxy,
        )
        for item in items
        if text_of(item, "dst") and not _of_the_kernel(item)
    ]


def _of_the_kernel(item: Json) -> bool:
    """Whether the kernel itself made an entry, of a group or of the loopback device, or it says nothing."""
    if text_of(item, "dev") == "lo" or "NONE" in texts_of(item, "state"):
        return True
    try:
        address = ipaddress.ip_address(str(item["dst"]))
    except ValueError:
        return False
    return address.is_multicast or address.is_unspecified
