# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packets and hooks for the tests of packet filters."""

from __future__ import annotations

import dataclasses
import json
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._conntrack import Tracking
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._compile import ruleset_of
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._context import (
    FibAnswer,
    FilterResult,
    HookContext,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._hooks import run_hook
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._rules import RuleSet
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import Packet
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Place

CLIENT, SERVER, NODE = "10.244.1.5", "10.244.2.4", "192.0.2.11"
PLACE = Place("node-1", "host")
SYN = Packet(4, CLIENT, SERVER, "tcp", 40000, 8080, flags=frozenset(("syn",)), src_mac="02:00:00:00:00:05")
UDP = Packet(4, CLIENT, SERVER, "udp", 40000, 53)
PING = Packet(4, CLIENT, SERVER, "icmp", 7, 7, icmp_type=8, icmp_code=0)
SYN6 = Packet(6, "fd00:1::5", "fd00:2::4", "tcp", 40000, 8080, flags=frozenset(("syn",)))


def context(**more: t.Any) -> HookContext:
    """A packet from cni0 to flannel.1, at a node that knows its own address only."""
    settings: dict[str, t.Any] = {
        "iif": "cni0",
        "oif": "flannel.1",
        "address_type": lambda address, device: "local" if address == NODE else "unicast",
        "fib": lambda packet, flags: FibAnswer("unicast", "cni0" if "saddr" in flags else "flannel.1"),
        "next_hop": lambda packet: "10.244.2.0" if packet.family == 4 else None,
        "masquerade": lambda packet, device: "10.244.1.0",
        "device_address": lambda device, family: "10.244.1.1" if family == 4 else None,
    }
    return HookContext(PLACE, **{**settings, **more})


def iptables(text: str, family: int = 4, backend: str = "nf_tables", ipset: str | None = None) -> RuleSet:
    """The rules of an iptables-save text."""
    entry = {"backend": backend, "family": family, "text": text, "binary": "/usr/sbin/iptables-save"}
    return ruleset_of([entry], ipset=ipset)


def forward(*rules: str, policy: str = "ACCEPT", **more: t.Any) -> RuleSet:
    """iptables with these rules in chain FORWARD of table filter; chains of their own: those that they append to."""
    own = "".join(
        f":{name} - [0:0]\n" for name in dict.fromkeys(rule.split()[1] for rule in rules) if name != "FORWARD"
    )
    lines = "".join(f"[0:0] {rule}\n" for rule in rules)
    return iptables(f"*filter\n:INPUT ACCEPT [0:0]\n:FORWARD {policy} [0:0]\n{own}{lines}COMMIT\n", **more)


def nft(*expressions: list[t.Any], hook: str = "forward", family: str = "ip", **more: t.Any) -> RuleSet:
    """A base chain with these rules, each as its statements in nft's JSON."""
    head = {"family": family, "table": "t", "name": "c", "handle": 1, "type": "filter", "hook": hook, "prio": 0}
    items: list[t.Any] = [{"chain": {**head, "policy": "accept", **more}}]
    for number, each in enumerate(expressions, 2):
        items.append({"rule": {"family": family, "table": "t", "chain": "c", "handle": number, "expr": each}})
    return ruleset_of([], json.dumps({"nftables": items}))


def run(rules: RuleSet, packet: Packet = SYN, hook: str = "forward", **more: t.Any) -> tuple[FilterResult, ...]:
    """A packet at a hook."""
    return run_hook(rules, hook, packet, context(**more))


def actions(results: t.Iterable[FilterResult]) -> set[str]:
    """What may become of the packet."""
    return {result.action.value for result in results}


def through(
    rules: RuleSet, packet: Packet, hooks: t.Sequence[str], tracking: Tracking | None = None, **more: t.Any
) -> list[FilterResult]:
    """A packet through several hooks, each way to its end."""
    ways = [(packet, tracking or Tracking(), 1.0)]
    ended: list[FilterResult] = []
    for position, hook in enumerate(hooks):
        following = []
        for each, table, share in ways:
            for result in run(rules, each, hook, tracking=table, **more):
                result = dataclasses.replace(result, share=result.share * share)
                if result.action.value == "accept" and position + 1 < len(hooks):
                    following.append((result.packet, result.tracking, result.share))
                else:
                    ended.append(result)
        ways = following
    return ended
