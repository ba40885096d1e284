# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Everything that a verdict is made from: the evidence, the network as it is, the network as it is meant."""

from __future__ import annotations

import dataclasses
import functools
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent._cni import PodNetwork
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent._labels import Labels, labels_of
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent._policies import Party, Policies
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent._services import ServicePort
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._cluster import POLICIES, ClusterIndex
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import Evidence, Probe
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import HOST, Link, Namespace
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import SMALL, Packet
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Place
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._network import Network
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._paths import Paths
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._roundtrip import ANSWER, RoundTrip

if t.TYPE_CHECKING:
    from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import Cause

# How deep a question may lead to another packet.
MAX_DEPTH = 3
# Bytes of a packet with a small request.
REQUEST = 300
_Explain = t.Callable[["Case", Network, RoundTrip], "Cause | None"]


class Case:
    """One run. explain: names the cause of a round trip that fails; it is asked again for deeper questions."""

    def __init__(self, evidence: Evidence, explain: _Explain) -> None:
        self.evidence = evidence
        self.index: ClusterIndex = evidence.index
        self.pods = PodNetwork(evidence.index)
        self._explain = explain
        first = Paths.of(evidence)
        self.network = first.network
        self._paths: dict[int, tuple[Network, Paths]] = {id(first.network): (first.network, first)}
        self._depth = 0

    # -- packets -----------------------------------------------------------------------------------------------
    def paths(self, network: Network | None = None) -> Paths:
        """The round trips of a network, each computed once."""
        chosen = network if network is not None else self.network
        if id(chosen) not in self._paths:
            self._paths[id(chosen)] = (chosen, Paths(chosen))
        return self._paths[id(chosen)][1]

    def trip(self, probe: Probe, network: Network | None = None) -> RoundTrip | None:
        """The round trip of a probe's packet; None where it was no packet that can be simulated."""
        return self.paths(network).of_probe(self.evidence, probe)

    def small(self, probe: Probe) -> RoundTrip | None:
        """The way of a probe's packet as if it were a small one: every device that larger ones would pass."""
        trip = self.trip(probe)
        if trip is None or trip.request.size <= SMALL:
            return trip
        return self.paths().round_trip(trip.start, dataclasses.replace(trip.request, size=SMALL))

    def with_data(self, probe: Probe) -> RoundTrip | None:
        """The way of a probe's packet; where it opens a connection, with a request and its answer."""
        trip = self.trip(probe)
        if trip is None or trip.request.protocol != "tcp":
            return trip
        request = dataclasses.replace(trip.request, size=max(trip.request.size, REQUEST))
        return self.paths().round_trip(trip.start, request, ANSWER)

    def reason_of(self, start: Place, packet: Packet) -> Cause | None:
        """Why such a packet would not be answered, as a deeper question; None where it would be, or it is not known."""
        if self._depth >= MAX_DEPTH or start.node not in self.evidence.nodes:
            return None
        self._depth += 1
        try:
            return self._explain(self, self.network, self.paths().round_trip(start, packet))
        finally:
            self._depth -= 1

    # -- places ------------------------------------------------------------------------------------------------
    def namespace(self, place: Place) -> Namespace | None:
        """The network namespace of a place, where it was read."""
        return self.evidence.namespace(place.node, place.netns)

    def host(self, node: str | None) -> Namespace | None:
        """A node's own namespace."""
        return self.evidence.namespace(node, HOST)

    def bridge(self, node: str | None) -> str | None:
        """The bridge of a node's pods: the one with the address that the CNI gives it, else the master of its pods'
        ports, else the only bridge."""
        host = self.host(node)
        if host is None:
            return None
        found = self.evidence.nodes.get(node or "")
        masters: list[str] = []
        for name in found.namespaces if found else ():
            port = found.pod_port(name) if found and name != HOST else None
            if port is not None and port.master:
                masters.append(port.master)
        bridges = [link.name for link in host.links.values() if link.kind == "bridge"]
        wanted = self.pods.bridge_address(node or "")
        named = [name for name in bridges if self._has(host.links[name], wanted)]
        both = [name for name in masters if name in named]
        return next(iter([*both, *named, *masters, *(name for name in bridges if name in ("cni0", "cbr0"))]), None)

    @staticmethod
    def _has(link: Link, address: str | None) -> bool:
        return address is not None and any(f"{one.address}/{one.prefix}" == address for one in link.addresses)

    def owner_of(self, address: str | None) -> JsonObject | None:
        """The pod with that address."""
        return self.index.pod_by_address(address) if address else None

    def is_inside(self, address: str) -> bool:
        """Whether an address is one of the cluster's: of a pod or a node, or of a Service that is there or was."""
        return (
            self.pods.is_pod_address(address)
            or self.pods.node_with(address) is not None
            or self.index.service_by_address(address) is not None
            or self.index.is_service_address(address)
        )

    def is_nobodys(self, address: str | None) -> bool:
        """Whether an address is of the pod network, and no pod and no node has it."""
        if address is None or "pods" in self.index.unreadable or not self.pods.is_pod_address(address):
            return False
        gateway = any((self.pods.bridge_address(node) or "").partition("/")[0] == address for node in self.pods.peers)
        tunnel = self.pods.vtep(address) is not None
        return not (gateway or tunnel or self.owner_of(address) or self.index.node_by_address(address))

    def nic(self, node: str | None) -> str | None:
        """The device with the address by which the others know a node."""
        host, peer = self.host(node), self.pods.peers.get(node or "")
        for address in peer.addresses if host is not None and peer else ():
            link = host.owner_of(address) if host else None
            if link is not None:
                return link.name
        return None

    @functools.cached_property
    def policies(self) -> Policies | None:
        """The NetworkPolicies; None where they could not be read."""
        if {"networkpolicies", "*"} & set(self.index.unreadable) or "networkpolicies" not in self.index.resources:
            return None
        namespaces: dict[str, Labels] | None = None
        if "namespaces" in self.index.resources:
            namespaces = {item["metadata"]["name"]: labels_of(item) for item in self.index.resources["namespaces"]}
        return Policies(self.index.resources["networkpolicies"], namespaces)

    def party(self, address: str) -> Party:
        """Who has an address, for a policy."""
        pod = self.owner_of(address)
        self.index.want(POLICIES, pod["metadata"].get("namespace") if pod else None)
        return Party(address, pod["metadata"].get("namespace") if pod else None, pod)

    def service_asked(self) -> ServicePort | None:
        """The Service port that the user asked for."""
        asked = self.evidence.service
        item = self.index.services.get(asked.key) if asked else None
        for entry in ((item or {}).get("spec") or {}).get("ports") or []:
            if item is not None and asked is not None and entry.get("port") == asked.port:
                return ServicePort(item, entry)
        return None
