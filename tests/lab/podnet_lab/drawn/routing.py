# SPDX-License-Identifier: GPL-3.0-or-later
"""Routes, policy rules, neighbours and settings, drawn for a place."""

from __future__ import annotations

import random

from ..changes import Change, Kept, Run
from .packets import Side
from .ways import Way

ROUTED = Way(
    "route-wrong",
    (
        "route-blackhole",
        "route-missing",
        "source-address-wrong",
        "policy-route-diverts",
        "rp-filter-drop",
        "snat-wrong",
        "ttl-exceeded",
        "mtu-mismatch",
        "path-mtu-blackhole",
        "packet-loss",
    ),
)
DIVERTED = Way("policy-route-diverts", ("route-blackhole", "route-wrong", "route-missing", "rp-filter-drop"))
NEIGHBOUR = Way("neighbour-failed", ("duplicate-address", "fdb-entry-wrong"))
SETTING = Way(
    "rp-filter-drop",
    ("ip-forwarding-off", "neighbour-failed", "icmp-echo-ignored", "ttl-exceeded", "device-down", "address-missing"),
)
LINK = Way("device-down", ("mtu-mismatch", "neighbour-failed", "bridge-port-detached", "path-mtu-blackhole"))


def route(dice: random.Random, one: Side) -> tuple[Way, tuple[Change, ...]]:
    """A route that is narrower than the right one, or another metric, of any type."""
    prefix = _prefix(dice, one)
    kind = dice.choice(("blackhole", "unreachable", "prohibit", "via", "dev", "local", "throw"))
    table = dice.choice(("", "", "", " table local")) if kind in ("blackhole", "unreachable", "via") else ""
    if kind == "local":
        prefix += " dev lo"
    route = f"{kind} {prefix}" if kind not in ("via", "dev") else f"{prefix} {_somewhere(dice, one, kind)}"
    do = f"ip route add {route}{table}"
    return ROUTED, (Run(one.place.node, do, do.replace(" add ", " del "), one.place.pod),)


def route_attributes(dice: random.Random, one: Side) -> tuple[Way, tuple[Change, ...]]:
    """A route to the right place with something added: a source, a size, a second leg."""
    prefix = _prefix(dice, one)
    number = one.place.node[-1]
    if one.place.pod:
        gateway, own = f"via 10.244.{number}.1 dev eth0", "127.0.0.1"
    else:
        gateway, own = f"via 192.0.2.{13 - int(number)} dev eth0", f"10.244.{number}.1"
    added = dice.choice(
        (
            "mtu lock 200",
            "mtu 600",
            "advmss 100",
            "window 200",
            "hoplimit 1",
            "quickack 1",
            "initcwnd 1",
            "features ecn",
            f"src {own}",
            "realm 7",
            "legs",
        )
    )
    route = f"{prefix} {gateway} {added}"
    if added == "legs":
        route = f"{prefix} nexthop {gateway} nexthop {_somewhere(dice, one, 'via')}"
    return ROUTED, (Run(one.place.node, f"ip route add {route}", f"ip route del {prefix}", one.place.pod),)


def policy_rule(dice: random.Random, one: Side) -> tuple[Way, tuple[Change, ...]]:
    """A rule of its own before the others."""
    words = []
    if one.destination and dice.random() < 0.6:
        words.append(f"to {one.address(dice, one.destination)}")
    if one.source and dice.random() < 0.4:
        words.append(f"from {one.address(dice, one.source)}")
    if dice.random() < 0.3:
        words.append(f"iif {one.devices(dice)}" if one.place.forwards else "iif lo")
    if dice.random() < 0.3 and one.talk.port:
        words.append(f"ipproto {one.talk.protocol} {'sport' if one.reply else 'dport'} {one.port(dice)}")
    if not words or dice.random() < 0.1:
        words.append(dice.choice(("fwmark 0x1/0x1", "tos 0x10", "not fwmark 0x8000/0x8000")))
    priority = dice.choice((50, 100, 1000, 32000)) + one.index
    action = dice.choice(
        ("blackhole", "unreachable", "prohibit", "table", "table", "table main suppress_prefixlength 0")
    )
    do, back = "", f"ip rule del priority {priority}"
    if action == "table":
        action = f"table {77 + one.index}"
        target = dice.choice(("blackhole default", "unreachable default", f"default {_somewhere(dice, one, 'via')}"))
        do, back = f"ip route add {target} {action}\n", f"{back}\nip route flush {action}"
    do += f"ip rule add priority {priority} {' '.join(words)} {action}"
    return DIVERTED, (Run(one.place.node, do, back, one.place.pod),)


def neighbour(dice: random.Random, one: Side) -> tuple[Way, tuple[Change, ...]]:
    """A fixed entry for a neighbour."""
    if one.place.pod:
        address, device = f"10.244.{int(one.place.node[-1])}.1", "eth0"
    else:
        here = [word for word in (one.destination, one.source) if word.startswith("<") and _lives(word, one)]
        address, device = (dice.choice(here), "cni0") if here else ("192.0.2.1", "eth0")
    mac = dice.choice(("02:00:00:00:00:99", "<web-1.mac>", "00:00:00:00:00:01"))
    state = dice.choice(("permanent", "permanent", "noarp"))
    do = f"ip neigh replace {address} lladdr {mac} dev {device} nud {state}"
    return NEIGHBOUR, (Run(one.place.node, do, f"ip neigh del {address} dev {device}", one.place.pod),)


def setting(dice: random.Random, one: Side) -> tuple[Way, tuple[Change, ...]]:
    """A setting of the kernel, of a device or of the whole namespace."""
    device = one.devices(dice)
    choices = [
        (f"conf/{device}/rp_filter", "1"),
        (f"conf/{device}/forwarding", "0"),
        (f"conf/{device}/arp_ignore", dice.choice(("1", "2", "8"))),
        (f"conf/{device}/arp_announce", "2"),
        (f"conf/{device}/arp_filter", "1"),
        (f"conf/{device}/proxy_arp", "1"),
        (f"conf/{device}/accept_local", "1"),
        (f"conf/{device}/route_localnet", "1"),
        (f"conf/{device}/send_redirects", "0"),
        ("ip_forward", "0"),
        ("icmp_echo_ignore_all", "1"),
        ("ip_default_ttl", dice.choice(("1", "2", "255"))),
        ("tcp_syncookies", "2"),
        ("tcp_timestamps", "0"),
        ("ip_local_port_range", "30000 61000"),
        ("conf/all/rp_filter", "1"),
        ("conf/all/log_martians", "1"),
        ("ip_no_pmtu_disc", dice.choice(("1", "2", "3"))),
        ("ip_nonlocal_bind", "1"),
        ("ip_early_demux", "0"),
        ("tcp_ecn", "1"),
        ("fwmark_reflect", "1"),
        ("tcp_tw_reuse", "1"),
        (f"conf/{device}/src_valid_mark", "1"),
        (f"conf/{device}/disable_policy", "1"),
        (f"conf/{device}/shared_media", "0"),
        (f"conf/{device}/arp_accept", "1"),
        (f"conf/{device}/drop_unicast_in_l2_multicast", "1"),
    ]
    key, value = dice.choice(choices)
    return SETTING, (Kept(one.place.node, f"net/ipv4/{key}", value, one.place.pod),)


def link(dice: random.Random, one: Side) -> tuple[Way, tuple[Change, ...]]:
    """A device that does not do its work."""
    devices = [device for device in one.place.devices if device != "flannel.1"] or ["eth0"]
    device = dice.choice(devices)
    if one.place.pod:
        do, back = dice.choice((("arp off", "arp on"), ("txqueuelen 0", "txqueuelen 1000")))
    elif device.startswith("<"):
        do, back = dice.choice((("down", "up"), ("nomaster", "master cni0"), ("arp off", "arp on")))
    elif device == "cni0":
        do, back = dice.choice(
            (("arp off", "arp on"), ("type bridge nf_call_iptables 0", "type bridge nf_call_iptables 0"))
        )
    else:
        do, back = "arp off", "arp on"
    undo = f"ip link set dev {device} {back}"
    if do == "nomaster":
        undo += f"\nbridge link set dev {device} hairpin on"
    return LINK, (Run(one.place.node, f"ip link set dev {device} {do}", undo, one.place.pod),)


def size(dice: random.Random, one: Side) -> tuple[Way, tuple[Change, ...]]:
    """A device that takes only small packets."""
    device, small = one.devices(dice), dice.choice((100, 300, 600, 1280, 1400))
    usual = 1450 if device != "eth0" or one.place.pod else 1500
    line = f"ip link set dev {device} mtu {{}}"
    return LINK, (Run(one.place.node, line.format(small), line.format(usual), one.place.pod),)


def _prefix(dice: random.Random, one: Side) -> str:
    address = one.destination or "10.244.2.0/25"
    if "/" in address or dice.random() > 0.85:
        return dice.choice(("10.244.7.0/24", "10.244.2.0/25", "198.51.100.0/25"))
    return f"{address}/32"


def _somewhere(dice: random.Random, one: Side, kind: str) -> str:
    if kind == "dev":
        return f"dev {dice.choice(('lo', *one.place.devices))}"
    if one.place.pod:
        return f"via 10.244.{one.place.node[-1]}.{dice.choice((1, 250, 251))} dev eth0"
    return dice.choice(
        ("via 192.0.2.66 dev eth0", "via 192.0.2.1 dev eth0", f"via 10.244.{one.place.node[-1]}.250 dev cni0")
    )


def _lives(word: str, one: Side) -> bool:
    return word.endswith(f"-{one.place.node[-1]}>") and not word.startswith("<node-")
