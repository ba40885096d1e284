# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Links, routes, policy rules, neighbours, forwarding entries and the switch of forwarding: what of the way went and
came again and again while the probes ran, as the kernel told each change."""

from __future__ import annotations

import ipaddress
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._evidence._counters import NodeMoves, Turning
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._dose._evidence import place
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._dose._meeting import Traces
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import (
    INFO,
    LIKELY,
    MAJOR,
    PROVEN,
    Finding,
    Location,
    Proof,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import End, Evidence
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import HOST, Route
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._passage import passage

# All ways that a probe's packets may go.
_Ways = t.Sequence[Traces]
# States of links and entries, as the watcher on the node tells them.
DOWN, GONE = "down", "gone"
# Those in which nothing passes, by what it is.
_AWAY: t.Mapping[str, frozenset[str]] = {
    "link": frozenset((DOWN, GONE, "without carrier")),
    "route": frozenset((GONE,)),
    "forwarding": frozenset(("off",)),
}
# Finding, title, what stays as it is, what to change.
_SAID: t.Mapping[str, tuple[str, str, str, str]] = {
    "link": (
        "device-down",
        "A device goes down and comes up again and again",
        "a device keeps its link",
        "Look for what takes its link: the kernel's log (journalctl -k), the cable and the port of the switch, a "
        "program that sets it down (ip monitor link).",
    ),
    "route": (
        "rules-flapping",
        "A route goes and comes again and again",
        "the way stays the same for the seconds of a run",
        "Find who writes it:\n$ ip monitor route\nA routing daemon whose neighbour comes and goes, two programs that "
        "write the same route, a script.",
    ),
    "rule": (
        "rules-flapping",
        "A policy rule goes and comes again and again",
        "the way stays the same for the seconds of a run",
        "Find who writes it:\n$ ip monitor rule",
    ),
    "forwarding": (
        "ip-forwarding-off",
        "Forwarding goes off and on again and again",
        "forwarding stays on",
        "Find the two programs that set it, one on, one off (a VPN, a firewall service, sysctl --system, a script), "
        "and stop the one that turns it off:\n$ ip monitor netconf",
    ),
    "neighbour": (
        "address-flapping",
        "An address changes its hardware address again and again",
        "an address has one hardware address",
        "Two machines answer for one address, or a program writes its entry: the hardware addresses tell which.\n"
        "$ ip monitor neigh",
    ),
    "entry": (
        "rules-flapping",
        "A forwarding entry goes and comes again and again",
        "the way stays the same for the seconds of a run",
        "Find who writes it, and what takes it away:\n$ bridge monitor fdb",
    ),
    "fdb": (
        "address-flapping",
        "A hardware address moves from port to port again and again",
        "a hardware address is behind one port",
        "Two machines send with one hardware address, or there is a loop between the ports.\n$ bridge monitor fdb",
    ),
}


def turning_findings(
    evidence: Evidence, moves: NodeMoves, failing: bool, ways: t.Sequence[_Ways] = ()
) -> t.Iterator[Finding]:
    """One for each kind and node. failing: whether something failed now and passed then; without, it is information.
    ways: those of probes of which many packets in a row were lost: what these cannot do without, and was gone, took
    them."""
    found: dict[str, list[Turning]] = {}
    links = {one.name: one for one in moves.turning if one.kind == "link"}
    for one in moves.turning:
        if one.kind in _SAID and _on_the_way(evidence, moves.node, one) and not _follows(one, links):
            # An entry that never led elsewhere is no address that moves.
            moved = one.kind != "fdb" or len(set(one.states) - {GONE}) > 1
            found.setdefault(one.kind if moved else "entry", []).append(one)
    for kind, entries in found.items():
        identifier, title, expected, change = _SAID[kind]
        if kind == "link":
            entries.sort(key=lambda one: _is_bridge(evidence, moves.node, one.name) and DOWN not in one.states)
        told = "; ".join(
            f"{one.kind} {one.name}: {one.changes} changes, {', then '.join(one.states)}" for one in entries[:3]
        )
        ref = f"counters/{moves.node}.json"
        yield Finding(
            identifier,
            MAJOR if failing else INFO,
            PROVEN if failing and _shown(evidence, moves.node, entries[0], ways) else LIKELY,
            title,
            _place(evidence, moves.node, entries[0]),
            expected,
            f"{told} while the probes ran",
            (Proof("kernel", ref, f"the kernel of {moves.node} told each change: {told}"),),
            change,
        )


def _shown(evidence: Evidence, node: str, one: Turning, ways: t.Sequence[_Ways]) -> bool:
    """Whether it took packets: they cannot do without it, or captures saw lost ones leave for its other address."""
    if one.kind == "neighbour" and ways:
        device = one.name.rpartition("dev ")[2]
        return any(
            rung.get("dst_mac") in one.states and (rung.get("node"), rung.get("device")) == (node, device)
            for rung in _lost_ones(evidence)
        )
    away = _AWAY.get(one.kind)
    if away is None or away.isdisjoint(one.states):
        return False
    return any(each and all(_needed(evidence, node, one, traces) for traces in each) for each in ways)


def _lost_ones(evidence: Evidence) -> t.Iterator[t.Mapping[str, t.Any]]:
    """Of packets that left for another next hop than those that arrived: each device that saw them."""
    strayed = {
        (flow.get("probe_id"), packet.get("label"))
        for flow in evidence.flows()
        for packet in flow.get("packets") or []
        if packet.get("strayed")
    }
    for probe_id, packet in evidence.climbed():
        if (probe_id, packet.get("label")) in strayed:
            yield from (rung for rung in packet.get("rungs") or [] if rung.get("direction") == "forward")


def _needed(evidence: Evidence, node: str, one: Turning, traces: Traces) -> bool:
    """Whether packets of a way cannot do without it: a device that they pass, the route that they take, forwarding
    where they are forwarded."""
    hops = [hop for trace in traces for hop in trace.hops if (hop.node, hop.netns) == (node, HOST)]
    if one.kind == "link":
        devices = [each for trace in traces for each in passage(evidence.nodes, trace).devices]
        return (node, HOST, one.name) in {(each.node, each.netns, each.device) for each in devices}
    if one.kind == "forwarding":
        return any(hop.iif and hop.oif and one.name in ("all", hop.iif) for hop in hops)
    first = one.name.split()[0]
    routes = {str(step.decided.dst) for hop in hops for step in hop.steps if isinstance(step.decided, Route)}
    known = evidence.nodes.get(node)
    # Another one to the same network takes them while this one is gone.
    alike = [route for route in (known.host.routes if known is not None else ()) if str(route.dst) == first]
    return first in routes and len(alike) == 1


def _follows(one: Turning, links: t.Mapping[str, Turning]) -> bool:
    """Whether an entry only goes and comes with its device: the kernel removes the routes and forwarding entries of a
    device that goes down, or of a bridge whose port does."""
    if one.kind not in ("route", "fdb"):
        return False
    there = {state for state in one.states if state != GONE}
    devices = {one.name.rpartition(" of ")[2], *(state.rpartition("dev ")[2] for state in there)}
    return len(there) <= 1 and GONE in one.states and not devices.isdisjoint(links)


def _is_bridge(evidence: Evidence, node: str, device: str) -> bool:
    """Whether a device is a bridge, which has a carrier as long as one of its ports has."""
    known = evidence.nodes.get(node)
    return known is not None and any(link.master == device for link in known.host.links.values())


def _place(evidence: Evidence, node: str, one: Turning) -> Location:
    """Where to look. A veth has a carrier as long as its other end is up: where it only lost that, it is the pod's."""
    if one.kind != "link":
        return Location(node=node, device=one.name if one.kind == "forwarding" and one.name != "all" else None)
    known = evidence.nodes.get(node)
    for end in _ends(evidence) if known is not None and not {DOWN, GONE} & set(one.states) else ():
        port = known.pod_port(end.netns) if known is not None and end.node == node and end.netns else None
        space = evidence.namespace(node, str(end.netns))
        if port is not None and port.name == one.name and space is not None and space.ethernet is not None:
            return place(node, str(end.netns), space.ethernet.name)
    return Location(node=node, device=one.name)


def _on_the_way(evidence: Evidence, node: str, one: Turning) -> bool:
    """Whether packets of the question, or of the tunnel that carries them, use it."""
    if one.kind == "rule":
        return True
    if one.kind == "forwarding":
        # Between the pods of one node a bridge needs none, and a node sends to its own pods without.
        elsewhere = any(end.node != node for end in _ends(evidence))
        return elsewhere and (one.name == "all" or one.name in _devices(evidence, node))
    if one.kind == "link":
        return one.name in _devices(evidence, node)
    first = one.name.split()[0]
    if one.kind == "fdb":
        return first in _macs(evidence)
    if first == "default":
        return any(end.node is None for end in _ends(evidence))
    return any(address in ipaddress.ip_network(first, strict=False) for address in _addresses(evidence, one.kind))


def _ends(evidence: Evidence) -> list[End]:
    return [end for end in (evidence.source, evidence.destination, *evidence.targets) if end is not None]


def _addresses(evidence: Evidence, kind: str) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    """Those of the ends and of the nodes; that a neighbour is asked for also those that routes lead to."""
    texts = {str(end.address) for end in _ends(evidence) if end.address}
    texts.update(address for name in evidence.nodes for address in evidence.node_addresses(name))
    if kind == "neighbour":
        spaces = [space for node in evidence.nodes.values() for space in node.namespaces.values()]
        texts.update(str(route.gateway) for space in spaces for route in space.routes if route.gateway)
    found = []
    for text in texts:
        try:
            found.append(ipaddress.ip_address(text))
        except ValueError:
            continue
    return found


def _devices(evidence: Evidence, name: str) -> set[str]:
    """The NIC with the node's address, its tunnels, and the ports of the ends with the bridge that they are in."""
    node = evidence.nodes.get(name)
    if node is None:
        return set()
    found = {link.name for link in node.host.links.values() if link.vxlan is not None or link.tunnel is not None}
    links = [node.host.owner_of(address) for address in evidence.node_addresses(name)]
    links += [node.pod_port(end.netns) for end in _ends(evidence) if end.node == name and end.netns]
    for link in links:
        if link is not None:
            found.update((link.name, *([link.master] if link.master else [])))
    return found


def _macs(evidence: Evidence) -> set[str]:
    """Hardware addresses of the ends, the nodes' bridges and their tunnels."""
    found: set[str] = set()
    for node in evidence.nodes.values():
        spaces = {end.netns for end in _ends(evidence) if end.node == node.name and end.netns}
        for name, space in node.namespaces.items():
            if name in spaces or space is node.host:
                found.update(link.mac for link in space.links.values() if link.mac)
    return found
