# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""What stops a packet, in the terms of a finding: expected, observed, what to change."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import Link, Route
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path import _netfilter

CNI_AGENT = "$ kubectl get pods -A -o wide --field-selector spec.nodeName={node}"


@dataclasses.dataclass(frozen=True)
class Break:
    """What stops the packet. id is a finding id; proof: a counter that moved; at: how many hops were passed before.

    netns: the namespace where that is not the node's own one. by_chance: a part of the packets passes.
    """

    id: str
    node: str
    device: str | None
    expected: str
    observed: str
    change: str
    proof: str | None = None
    at: int = 0
    netns: str | None = None
    by_chance: bool = False


def _restart(node: str, why: str) -> str:
    return f"Restart the CNI agent on {node}: {why}. Its pod is in:\n{CNI_AGENT.format(node=node)}"


def route_missing(node: str, place: str, address: str, cidr: str | None, default: Route | None, over: str) -> Break:
    """No route, or one that leads away from the pod network."""
    observed = f"no route of {place} matches {address}"
    if default is not None:
        observed = f'only "{default}" matches {address}, which leads away from the pod network'
    way = f" {over}" if over else ""
    return Break(
        "route-missing",
        node,
        None,
        f"{place} has a route to {cidr or address}{way}",
        observed,
        _restart(node, f"it writes the route to {cidr or address}")
        + "\nThen find out what removed it: ip monitor route",
    )


def route_blackhole(node: str, place: str, address: str, route: Route) -> Break:
    """A route that drops."""
    return Break(
        "route-blackhole",
        node,
        None,
        f"{place} forwards packets to {address}",
        f'route "{route}" drops them',
        f"Remove it where it is kept, and now:\n$ ip route del {route}",
    )


def route_wrong(node: str, address: str, route: Route, right: str, leads: str) -> Break:
    """A route that leads elsewhere."""
    return Break(
        "route-wrong",
        node,
        None,
        f"{node} sends packets for {address} {right}",
        f'route "{route}" leads {leads}',
        f"Correct the route:\n$ ip route get {address}\n$ ip route del {route}\n"
        + _restart(node, "it writes its own routes again"),
    )


def device_down(node: str, link: Link, owner: str = "", netns: str | None = None) -> Break:
    """Set down, or without a carrier. owner and netns: of a pod's own device."""
    of = owner or node
    if not link.up:
        return Break(
            "device-down",
            node,
            link.name,
            f"{link.name} of {of} is up",
            f"{link.name} is set down",
            (
                f"$ ip link set {link.name} up\non {node}; then find out what set it down."
                if netns is None
                else (
                    "Delete the pod, so that the CNI makes its devices and routes again; then find out what set it"
                    " down."
                )
            ),
            netns=netns,
        )
    return Break(
        "device-down",
        node,
        link.name,
        f"{link.name} of {of} has a carrier",
        f"{link.name} has none: its other end is down or unplugged",
        f"Bring the other end of {link.name} up, or check the cable.",
    )


def device_missing(node: str, device: str | None, what: str) -> Break:
    """A device that ought to be there."""
    return Break(
        "device-missing",
        node,
        device,
        f"{node} has {what}",
        f"{node} does not have it" if device is None else f"{node} has no {device} for it",
        _restart(node, "it makes its devices again") + "\nA pod's own port comes back when the pod is deleted.",
    )


def port_detached(node: str, port: Link, owner: str, bridge: str | None) -> Break:
    """A pod's port that belongs to no bridge."""
    return Break(
        "bridge-port-detached",
        node,
        port.name,
        f"{port.name}, the port of {owner}, belongs to a bridge",
        f"{port.name} belongs to none, and no route leads to it",
        f"$ ip link set {port.name} master {bridge or 'BRIDGE'}\non {node}, or delete the pod so that the CNI makes a "
        "new port.",
    )


def neighbour_failed(node: str, device: str, next_hop: str, observed: str) -> Break:
    """No hardware address for the next hop, or a wrong one."""
    return Break(
        "neighbour-failed",
        node,
        device,
        f"{device} of {node} knows the hardware address of {next_hop}",
        observed,
        _restart(node, "it writes the neighbour entries of its tunnel") + f"\nUntil then: ip neigh show dev {device}",
    )


def fdb_missing(node: str, device: str, mac: str, other: str) -> Break:
    """The tunnel does not know where a hardware address is."""
    return Break(
        "fdb-entry-missing",
        node,
        device,
        f"{device} of {node} has a forwarding entry for {mac}, the tunnel end of {other}",
        f"{device} has no forwarding entry for {mac}",
        _restart(node, "it writes these entries")
        + f"\nUntil then: bridge fdb append {mac} dev {device} dst NODE_ADDRESS self permanent",
    )


def fdb_wrong(node: str, device: str, mac: str, other: str, expected: t.Sequence[str], seen: str) -> Break:
    """The tunnel sends to an address that the other node does not have."""
    return Break(
        "fdb-entry-wrong",
        node,
        device,
        f"{device} of {node} sends packets for {other} to {' or '.join(expected)}",
        f"its forwarding entry for {mac} leads to {seen}, which is no address of {other}",
        _restart(node, "it writes the entry again")
        + f"\nUntil then: bridge fdb replace {mac} dev {device} dst {expected[0]} self permanent",
    )


def source_mismatch(node: str, device: str, expected: t.Sequence[str], seen: str) -> Break:
    """A tunnel that sends from an address by which nobody knows the node."""
    return Break(
        "tunnel-source-mismatch",
        node,
        device,
        f"{device} sends from {' or '.join(expected)}, by which the other nodes know {node}",
        f"{device} sends from {seen}",
        f"Give the NIC one address; then restart the CNI agent on {node}, so that {device} is made with local "
        f"{expected[0]}:\n{CNI_AGENT.format(node=node)}",
    )


def vni_mismatch(node: str, device: str, wanted: int | None, seen: int | None) -> Break:
    """Two ends with different VNIs."""
    return Break(
        "tunnel-vni-mismatch",
        node,
        device,
        f"{device} of {node} uses VNI {wanted}, as the sender does",
        f"{device} uses VNI {seen}",
        "Give all nodes the same VNI (flannel: VNI in net-conf.json), and restart the CNI's agents.",
    )


def port_mismatch(node: str, device: str, wanted: int | None, seen: int | None) -> Break:
    """Two ends with different UDP ports."""
    return Break(
        "tunnel-port-mismatch",
        node,
        device,
        f"{device} of {node} listens on UDP {wanted}, where the sender sends",
        f"{device} listens on UDP {seen}",
        "Give all nodes the same UDP port (flannel: Port in net-conf.json), and restart the CNI's agents.",
    )


def forwarding_off(node: str, sysctl: str) -> Break:
    """A node that is no router."""
    return Break(
        "ip-forwarding-off",
        node,
        None,
        f"{sysctl} is 1 on {node}",
        f"{sysctl} is 0",
        f"$ sysctl -w {sysctl}=1\nand keep it in /etc/sysctl.d/; then find out what sets it to 0.",
    )


def reverse_path(node: str, device: str, source: str, back: Route, sysctl: str) -> Break:
    """A packet whose sender is reached by another device."""
    return Break(
        "rp-filter-drop",
        node,
        device,
        f"{node} answers {source} by {device}, where its packets come in, or {sysctl} allows another way",
        f'route "{back}" leads back to {source} by {back.dev}, and {sysctl} is 1: packets from {source} that come in by'
        f" {device} are dropped",
        f"Make the two ways one: find out what made that route or its rule:\n$ ip rule; ip route get {source}\n"
        f"Where two ways are meant:\n$ sysctl -w {sysctl}=2\nand keep it in /etc/sysctl.d/.",
    )


def filtered(node: str, what: str, decision: _netfilter.Decision, netns: str | None = None) -> Break:
    """Dropped or rejected by a rule, or by the policy of FORWARD (of another chain: a netfilter-drop)."""
    moved = f"its counter shows {decision.packets} packets" if decision.packets else None
    place = f"{netns} on {node}" if netns else node
    if decision.rule is None:
        identifier = "forward-policy-drop" if "forward" in (decision.chain.lower(), decision.hook) else "netfilter-drop"
        policy = (
            f"$ nft list chain {decision.table} {decision.chain}"
            if decision.hook
            else f"$ iptables -P {decision.chain} ACCEPT"
        )
        return Break(
            identifier,
            node,
            None,
            f"{place} lets {what} pass",
            f"no rule of chain {decision.chain} accepts them, and its policy is DROP",
            f"{policy}\non {node}, or put the CNI's accept rules back by a restart of its "
            "agent; then find out which firewall set the policy.",
            moved,
            netns=netns,
        )
    identifier = "netfilter-drop" if decision.verdict == _netfilter.DROP else "netfilter-reject"
    return Break(
        identifier,
        node,
        None,
        f"{place} lets {what} pass",
        f'rule "{decision.rule.text.strip()}" of table {decision.table} {decision.verdict}s them',
        f"Remove or narrow the rule on {place}, where whatever manages it keeps it.\n"
        f"$ {decision.rule.remove or f'iptables -t {decision.table} -D {decision.rule.text.strip()[3:]}'}",
        moved,
        netns=netns,
    )


def dropped_by_chance(node: str, what: str, decision: _netfilter.Decision, netns: str | None = None) -> Break:
    """A rule that drops a part of the packets at random."""
    if decision.rule is None:
        raise ValueError("only a rule can drop by chance")
    certain = dataclasses.replace(decision, verdict=_netfilter.DROP, packets=decision.rule.packets)
    return dataclasses.replace(
        filtered(node, what, certain, netns),
        by_chance=True,
        observed=f'rule "{decision.rule.text.strip()}" of table {decision.table} drops a part of them at random',
    )
