# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses, bridge ports and programs of the kernel, drawn for a place."""

from __future__ import annotations

import random

from ..changes import Change, Run
from .packets import Side
from .ways import Way

ADDRESS = Way(
    "duplicate-address",
    ("route-wrong", "address-missing", "neighbour-failed", "source-address-wrong", "pod-cidr-overlap", "snat-wrong"),
)
PORT = Way("bridge-port-detached", ("hairpin-mode-off", "neighbour-failed", "device-down", "bridge-netfilter-off"))
PROGRAM = Way("bpf-program-drop", ("tc-filter-drop", "nic-drops", "bpf-program-redirect"))
QUEUE = Way("nic-drops", ("packet-loss", "latency-high", "checksum-offload-broken", "tc-filter-drop"))
# Bytecode of the classic filter, which says what becomes of everything, of IPv4, of TCP: 2 drops, 0 lets pass.
CODES = (
    "1,6 0 0 {}",
    "4,40 0 0 12,21 0 1 2048,6 0 0 {},6 0 0 0",
    "6,40 0 0 12,21 0 3 2048,48 0 0 23,21 0 1 6,6 0 0 {},6 0 0 0",
)


def address(dice: random.Random, one: Side) -> tuple[Way, tuple[Change, ...]]:
    """An address too many: of the other end, of a neighbour, of a whole network."""
    device = one.devices(dice)
    other = dice.choice([word for word in (one.destination, one.source) if word.startswith("<")] or ["10.244.2.77"])
    added = dice.choice(
        (f"{other}/32", f"{other}/32", "10.244.2.250/24", "10.96.0.77/16", "10.244.7.1/24", "172.16.9.1/12")
    )
    target = dice.choice((device, device, "lo"))
    do = f"ip address add {added} dev {target}"
    return ADDRESS, (Run(one.place.node, do, do.replace(" add ", " del "), one.place.pod),)


def bridge_port(dice: random.Random, one: Side) -> tuple[Way, tuple[Change, ...]]:
    """A port of the bridge that does not do what it should; in a pod, whose port is its node's, an address instead."""
    ports = [device for device in one.place.devices if device.startswith("<")]
    if not ports:
        return address(dice, one)
    option, wrong, right = dice.choice(
        (
            ("isolated", "on", "off"),
            ("learning", "off", "on"),
            ("flood", "off", "on"),
            ("bcast_flood", "off", "on"),
            ("hairpin", "on", "on"),
            ("state", "0", "3"),
            ("locked", "on", "off"),
            ("neigh_suppress", "on", "off"),
        )
    )
    line = f"bridge link set dev {dice.choice(ports)} {option} {{}}"
    return PORT, (Run(one.place.node, line.format(wrong), line.format(right)),)


def program(dice: random.Random, one: Side) -> tuple[Way, tuple[Change, ...]]:
    """A program at a device that drops what it matches, or lets it pass."""
    device, way = one.devices(dice), dice.choice(("ingress", "egress"))
    code = dice.choice(CODES).format(dice.choice((2, 2, 2, 0)))
    do = f"tc qdisc add dev {device} clsact\ntc filter add dev {device} {way} bpf da bytecode '{code}'"
    return PROGRAM, (Run(one.place.node, do, f"tc qdisc del dev {device} clsact", one.place.pod),)


def queue(dice: random.Random, one: Side) -> tuple[Way, tuple[Change, ...]]:
    """A queue that takes nothing, too little, or just less than it might."""
    device = one.devices(dice)
    kind = dice.choice(
        ("pfifo limit 1", "tbf rate 8kbit burst 100 limit 100", "tbf rate 100mbit burst 32k limit 100k", "blackhole")
    )
    do, back = f"tc qdisc add dev {device} root {kind}", f"tc qdisc del dev {device} root"
    return QUEUE, (Run(one.place.node, do, back, one.place.pod),)
