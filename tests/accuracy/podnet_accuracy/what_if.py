# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the verdict would be, if: one entry of a node in a healthy recording is changed as the kernel would change it,
the recorded probes end as the simulation says that they would then, and the analysis is asked.

This tries the way from a packet's end to a cause, for every entry there is. It says nothing of the simulation itself,
which is asked on both sides: the kernel is its judge (`make judge`).
"""

from __future__ import annotations

import dataclasses
import re
import tempfile
import typing as t
from pathlib import Path

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._bundle import Bundle
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._bundle_parts import read_parts
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._case import Case
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._experiment import (
    explain,
    lost_share,
    lost_ways,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import Evidence, Probe, load
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import HOST, Link, Namespace, Node, Route
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._roundtrip import Answer

from .recording import path_of, unpack

NOBODY_MAC = "02:00:5e:00:53:fe"
NOBODY = "192.0.2.254"
_SIZES = ("path_mtu", "tcp_segment")
_OUTCOMES = {
    "icmp": {Answer.REFUSED: "unreachable", Answer.REJECTED: "unreachable", Answer.NO_ROUTE: "unreachable"},
    "tcp": {Answer.REFUSED: "refused", Answer.REJECTED: "unreachable", Answer.NO_ROUTE: "no_route"},
}
_SILENCE = {"icmp": "no_reply", "tcp": "timed_out"}


@dataclasses.dataclass(frozen=True)
class Change:
    """One entry of one namespace that is another one now; all that was found out, with it."""

    kind: str
    node: str
    netns: str
    what: str
    evidence: Evidence

    def __str__(self) -> str:
        return f"{self.kind}: {self.what} ({self.node}, {self.netns})"


def healthy(fault: str, mode: str) -> Evidence:
    """What a recording of a harmless variation found out, without its captures and counters."""
    with tempfile.TemporaryDirectory(prefix="podnet-what-if-") as folder:
        unpack(path_of(fault, mode), Path(folder))
        parts = read_parts(Bundle.open(Path(folder)))
    probes = [one for one in parts.probes if one["phase"] == "probe"]
    return load(plan=parts.plan, cluster=parts.cluster, snapshots=parts.snapshots, probes=probes, captures={})


def suffering(evidence: Evidence) -> Evidence | None:
    """The same with the probes that the simulation loses for certain failed; None where it loses none."""
    case = Case(evidence, explain)
    ended = {probe.id: _outcome(case, probe) for probe in evidence.probes if probe.status == "pass"}
    if not any(ended.values()):
        return None
    dead = {(one.node, one.request.get("target")) for one in evidence.probes if ended.get(one.id)}
    # Of many connections a share would be lost, and of many pings to what is dead all: what was recorded of them says
    # nothing any more.
    kept = [
        one
        for one in evidence.probes
        if one.request.get("kind") != "connections"
        and not (one.request.get("kind") == "burst" and (one.node, one.request.get("target")) in dead)
    ]
    return dataclasses.replace(evidence, probes=tuple(_ended(one, ended.get(one.id), dead) for one in kept))


def _outcome(case: Case, probe: Probe) -> str | None:
    trip = case.trip(probe) if probe.request.get("kind") not in _SIZES else None
    if trip is None or lost_share(case, trip)[0] < 1.0:
        return None
    kind = "icmp" if probe.request.get("kind") == "icmp" else "tcp"
    return _OUTCOMES[kind].get(lost_ways(case, trip)[0].answer, _SILENCE[kind])


def _ended(probe: Probe, outcome: str | None, dead: set[tuple[str, t.Any]]) -> Probe:
    if outcome:
        told: dict[str, t.Any] = {"status": "fail", "received": 0, "loss_percent": 100.0}
    elif probe.request.get("kind") in _SIZES and (probe.node, probe.request.get("target")) in dead:
        outcome, told = "no_reply", {"status": "error"}
    else:
        return probe
    return dataclasses.replace(probe, result={**probe.result, **told, "outcome": outcome, "error": outcome})


def changes(evidence: Evidence) -> t.Iterator[Change]:
    """Every one of them. A node's own card is left alone: nobody could ask such a node anything."""
    for node in evidence.nodes.values():
        for namespace in node.namespaces.values():
            for kind, what, changed in _changes(node, namespace):
                nodes = {**evidence.nodes, node.name: changed}
                yield Change(kind, node.name, namespace.id, what, dataclasses.replace(evidence, nodes=nodes))


def _changes(node: Node, namespace: Namespace) -> t.Iterator[tuple[str, str, Node]]:
    for kind, what, changed in (
        *_routes(namespace),
        *_devices(namespace),
        *_entries(namespace),
        *_settings(namespace),
        *_sockets(namespace),
        *_drops(namespace),
    ):
        yield kind, what, node.with_namespace(changed)
    for link in _ours(namespace):
        yield "device gone", link.name, _without(node, namespace, link)


_Found = t.Iterator[tuple[str, str, Namespace]]


def _routes(namespace: Namespace) -> _Found:
    for route in namespace.routes:
        if route.family != 4 or route.type not in ("unicast", "local") or route.dev in ("lo", None):
            continue
        if route.dev == "eth0" and (namespace.id == HOST or route.type == "local"):
            continue
        rest = tuple(one for one in namespace.routes if one is not route)
        yield f"{route.type} route gone", route.dst, namespace.change(routes=rest)
        if route.type == "unicast":
            lost = dataclasses.replace(route, type="blackhole", dev=None, gateway=None)
            yield "route blackhole", route.dst, namespace.change(routes=(*rest, lost))
        if route.type == "unicast" and route.gateway:
            wrong = dataclasses.replace(route, gateway=re.sub(r"\d+$", "199", route.gateway))
            yield "gateway wrong", f"{route.dst} via {wrong.gateway}", namespace.change(routes=(*rest, wrong))


def _ours(namespace: Namespace) -> list[Link]:
    return [link for link in namespace.links.values() if link.kind != "loopback" and _may_go(namespace, link)]


def _may_go(namespace: Namespace, link: Link) -> bool:
    return namespace.id != HOST or not link.name.startswith("eth")


def _devices(namespace: Namespace) -> _Found:
    for link in _ours(namespace):
        down = dataclasses.replace(link, up=False, carrier=None, operstate="DOWN")
        # fib_sync_down_dev() leaves local routes alone, neigh_ifdown() no neighbour at all.
        left = tuple(one for one in namespace.routes if one.dev != link.name or one.type == "local")
        asked = tuple(one for one in namespace.neighbours if one.dev != link.name)
        links = {**namespace.links, link.name: down}
        yield "device down", link.name, namespace.change(links=links, routes=left, neighbours=asked)
        dark = dataclasses.replace(link, carrier=False, operstate="DOWN")
        yield "no carrier", link.name, namespace.change(links={**namespace.links, link.name: dark})
        if link.master:
            alone = dataclasses.replace(link, master=None, bridge_port=None)
            yield "port detached", link.name, namespace.change(links={**namespace.links, link.name: alone})
        for entry in link.addresses:
            if ":" not in entry.address:
                yield "address gone", entry.address, _without_address(namespace, link, entry.address)


def _without_address(namespace: Namespace, link: Link, address: str) -> Namespace:
    left = tuple(entry for entry in link.addresses if entry.address != address)
    last = not any(":" not in entry.address for entry in left)

    def stays(route: Route) -> bool:
        """With a device's last address all of its routes go (fib_disable_ip())."""
        if route.family != 4 or route.dev != link.name:
            return route.source != address
        return not last and route.source != address and route.dst.partition("/")[0] != address

    return namespace.change(
        links={**namespace.links, link.name: dataclasses.replace(link, addresses=left)},
        routes=tuple(route for route in namespace.routes if stays(route)),
    )


def _without(node: Node, namespace: Namespace, link: Link) -> Node:
    """A device that is gone takes along the other end of its pair, its entries, and its ports' master."""
    changed = node.with_namespace(_forgotten(namespace, link))
    for other in node.namespaces.values() if link.kind == "veth" else ():
        end = other.link_by_index(link.peer_index)
        if end is not None and end.peer_index == link.index and other.id != namespace.id:
            changed = changed.with_namespace(_forgotten(changed.namespaces[other.id], end))
    return changed


def _forgotten(namespace: Namespace, link: Link) -> Namespace:
    links = {
        name: dataclasses.replace(one, master=None, bridge_port=None) if one.master == link.name else one
        for name, one in namespace.links.items()
        if name != link.name
    }
    return namespace.change(
        links=links,
        routes=tuple(one for one in namespace.routes if one.dev != link.name),
        neighbours=tuple(one for one in namespace.neighbours if one.dev != link.name),
        fdb=tuple(one for one in namespace.fdb if one.dev != link.name),
    )


def _entries(namespace: Namespace) -> _Found:
    for entry in namespace.neighbours:
        if ":" in entry.address or (entry.dev == "eth0" and namespace.id == HOST):
            continue
        rest = tuple(one for one in namespace.neighbours if one is not entry)
        wrong = dataclasses.replace(entry, mac=NOBODY_MAC, state="PERMANENT")
        yield "neighbour wrong", f"{entry.address} on {entry.dev}", namespace.change(neighbours=(*rest, wrong))
    for port in namespace.fdb:
        if not port.dst:
            continue
        left = tuple(one for one in namespace.fdb if one is not port)
        yield "forwarding entry gone", port.mac, namespace.change(fdb=left)
        lost = dataclasses.replace(port, dst=NOBODY)
        yield "forwarding entry wrong", port.mac, namespace.change(fdb=(*left, lost))


def _settings(namespace: Namespace) -> _Found:
    if namespace.id == HOST and namespace.sysctl("net.ipv4.ip_forward") == "1":
        off = {
            name: "0"
            for name in namespace.sysctls
            if re.fullmatch(r"net\.ipv4\.(ip_forward|conf\..*\.forwarding)", name)
        }
        yield "forwarding off", "net.ipv4.ip_forward", namespace.change(sysctls={**namespace.sysctls, **off})


def _sockets(namespace: Namespace) -> _Found:
    for socket in namespace.sockets if namespace.id != HOST else ():
        rest = tuple(one for one in namespace.sockets if one is not socket)
        name = f"{socket.protocol} {socket.local}:{socket.port}"
        yield "socket gone", name, namespace.change(sockets=rest)
        if socket.local in ("0.0.0.0", "::"):
            here = dataclasses.replace(socket, local="127.0.0.1")
            yield "socket on loopback", name, namespace.change(sockets=(*rest, here))


def _drops(namespace: Namespace) -> _Found:
    """A drop at the head of every chain of every table that drops, of all and of a part."""
    for number, entry in enumerate(namespace.iptables):
        text = str(entry.get("text") or "")
        if entry.get("family") in ("ip6", "ipv6", 6) or not text:
            continue
        lines = text.splitlines()
        table = ""
        for place, line in enumerate(lines):
            table = line[1:] if line.startswith("*") else table
            chain = re.match(r":(PREROUTING|INPUT|FORWARD|OUTPUT|POSTROUTING) ", line)
            if chain is None or table == "nat":
                continue
            first = next((at for at in range(place, len(lines)) if not lines[at].startswith(":")), len(lines))
            for part in ("", "-p tcp ", "-p icmp ", "-s 10.244.0.0/16 "):
                rule = f"[0:0] -A {chain.group(1)} {part}-j DROP"
                changed = dict(entry, text="\n".join([*lines[:first], rule, *lines[first:], ""]))
                texts = (*namespace.iptables[:number], changed, *namespace.iptables[number + 1 :])
                netfilter = {**namespace.netfilter, "iptables": texts}
                what = f"{table} {chain.group(1)} {part}".strip()
                yield "drop", what, namespace.change(netfilter=netfilter, iptables=texts)
