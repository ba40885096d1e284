# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Read what one question needs, and no more: what that costs does not grow with the cluster.

Only the nodes are all read, pruned while they are decoded, since each of them may be the odd one out; and of all
Services short rows, since any of them may claim an address. Everything else is asked for by name or by selector.
"""

from __future__ import annotations

import contextlib
import dataclasses
import difflib
import functools
import ipaddress
import itertools
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._ip_address import is_address
from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._client import Kube
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._cluster import Reader, collection
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._errors import KubeError
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._fields import prune_far_node
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent import _dns as cluster_dns
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent import _kube_proxy
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent._cni import AGENTS
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent._labels import labels_of, selects
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent._services import WORKLOADS
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent._services import addresses as service_addresses
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._cluster import (
    NODE_PODS,
    OF_SERVICE,
    POD_ADDRESSES,
    POLICIES,
    SCOPE,
    SERVICE_ADDRESSES,
    SERVICE_NETWORK,
    ClusterIndex,
    labels_of_name,
    pod_addresses,
    port_labels,
    service_networks,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._plan._options import EndpointText, Options
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._plan._work import nodes_of
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._reading._rows import ServiceRow, service_rows

API_SERVICE = ("default", "kubernetes")
# What may have made the pods that a Service means; DaemonSets are read anyway.
_MADE_OF = tuple(resource for resource in WORKLOADS.values() if resource != "daemonsets")
_RESOURCE: t.Mapping[str, str] = {
    NODE_PODS: "pods",
    POD_ADDRESSES: "pods",
    SERVICE_ADDRESSES: "services",
    POLICIES: "networkpolicies",
}
# Of more endpoints than these it is asked later who has their addresses, if that matters at all.
MOST_ENDPOINTS = 32
# Pods that are not ready: the reason of a few is that of all.
MOST_UNREADY = 8


@dataclasses.dataclass(frozen=True)
class Read:
    """What was read. objects: of which something was kept; rows: of the index of Services."""

    objects: int
    rows: int
    requests: int
    size: int

    def __str__(self) -> str:
        return (
            f"Read {self.objects} objects of the API and {self.rows} rows of its index of Services"
            f" ({self.requests} requests, {self.size / 1e6:.1f} MB)"
        )


def read_question(kube: Kube, options: Options, hosts: t.Mapping[str, str | None]) -> tuple[JsonObject, Read]:
    """cluster.json for a question. What cannot be read is named in its errors; the rest is still read.

    Raises KubeError only where nothing at all can be read: the server cannot be reached, or does not know us.
    """
    reader = Reader(kube)
    version = reader.version()
    reading = Reading(kube, reader)
    reading.question(options, hosts)
    cluster = reader.cluster(version, reading.scope())
    return cluster, reading.read(cluster)


def read_further(kube: Kube, cluster: JsonObject, wanted: t.Mapping[str, t.Sequence[str]]) -> JsonObject:
    """cluster.json with what an analysis looked for and did not find in it (ClusterIndex.wanted)."""
    reader = Reader(kube, cluster)
    reading = Reading(kube, reader, cluster.get("scope") or {})
    reading.further(wanted)
    return reader.cluster(scope=reading.scope())


def without_answer(cluster: JsonObject, exc: KubeError, wanted: t.Mapping[str, t.Sequence[str]]) -> JsonObject:
    """cluster.json where that could not be asked: nothing may be concluded from what is not there."""
    missing = {_RESOURCE[kind] for kind in wanted}
    errors = [{"resource": name, "kind": exc.kind, "text": str(exc)} for name in sorted(missing)]
    known = cluster["scope"]
    scope = {kind: sorted({*(known.get(kind) or []), *(wanted.get(kind) or [])}) for kind in SCOPE}
    return {**cluster, "errors": [*(cluster.get("errors") or []), *errors], "scope": {**known, **scope}}


class Reading:
    """One question to one cluster. scope: what was asked for before."""

    def __init__(self, kube: Kube, reader: Reader, scope: JsonObject | None = None) -> None:
        self._kube = kube
        self._reader = reader
        self._asked = {kind: set((scope or {}).get(kind) or []) for kind in SCOPE}
        self._network: list[str] = (scope or {}).get(SERVICE_NETWORK) or []
        self._rows: list[ServiceRow] | None = None
        self._served: set[tuple[str, str]] = set()
        # Read only because their names are like one that does not exist.
        self._similar: set[tuple[str, str]] = set()

    # -- the whole of it -----------------------------------------------------------------------------------------
    def question(self, options: Options, hosts: t.Mapping[str, str | None]) -> None:
        """What a question needs, in four rounds, each of which needs what the one before found."""
        reader = self._reader
        reader.together(
            functools.partial(reader.nodes, prune_far_node),
            self._read_rows,
            functools.partial(reader.many, "daemonsets"),
            reader.config_maps,
            functools.partial(reader.one, "services", *cluster_dns.SERVICES[0]),
            functools.partial(reader.one, "services", *API_SERVICE),
            functools.partial(self._end, options.source, options, ""),
            functools.partial(self._end, options.destination, options, options.source.namespace),
        )
        self._other_dns()
        self._node_port(options)
        self._serve()
        ends = self._end_addresses(options, hosts)
        self._owners(ends)
        self._claims(ends)
        self._serve()
        self._surroundings(options, hosts)

    def further(self, wanted: t.Mapping[str, t.Sequence[str]]) -> None:
        """What was looked for later."""
        self._served = set(self._reader.items("services"))
        self._owners(wanted.get(POD_ADDRESSES) or ())
        if wanted.get(SERVICE_ADDRESSES):
            self._read_rows()
            self._claims(wanted[SERVICE_ADDRESSES])
            self._serve()
        self._pods_of_nodes(wanted.get(NODE_PODS) or ())
        self._policies(wanted.get(POLICIES) or ())

    def scope(self) -> JsonObject:
        """What was asked for."""
        return {**{kind: sorted(names) for kind, names in self._asked.items()}, SERVICE_NETWORK: self._network}

    def read(self, cluster: JsonObject) -> Read:
        """What it cost."""
        objects = sum(map(len, cluster["resources"].values()))
        return Read(objects, len(self._rows or ()), self._kube.requests, self._kube.received)

    def _other_dns(self) -> None:
        """Cluster DNS where it has another name than Kubernetes' own, and its Corefile, if we may read it there."""
        if cluster_dns.SERVICES[0] in self._reader.items("services"):
            return
        self._reader.together(
            *(functools.partial(self._reader.one, "services", *name) for name in cluster_dns.SERVICES[1:]),
            functools.partial(self._reader.many, "services", labels=cluster_dns.LABELS),
        )
        if cluster_dns.service(self._index()) is not None:
            self._reader.config_map(*cluster_dns.place(self._index()))

    # -- both ends -----------------------------------------------------------------------------------------------
    def _end(self, end: EndpointText, options: Options, namespace: str) -> None:
        """The object that an end means."""
        if end.kind == "pod":
            self._named("pods", end.namespace, end.name)
        elif end.kind == "service":
            self._named("services", end.namespace, end.name)
        elif end.kind == "address":
            self._owners([end.name])
        elif end.kind == "name":
            self._by_name(end.name, namespace)

    def _named(self, resource: str, namespace: str, name: str) -> None:
        if self._reader.one(resource, namespace, name) is None:
            self._near(resource, namespace, name, self._reader.names(resource, namespace))

    def _near(self, resource: str, namespace: str, name: str, known: t.Iterable[str]) -> None:
        """The objects with similar names, for whoever mistyped one."""
        for one in difflib.get_close_matches(name, set(known), n=3, cutoff=0.6):
            self._similar.add((namespace, one))
            self._reader.one(resource, namespace, one)

    def _by_name(self, name: str, namespace: str) -> None:
        """The Services that a DNS name may mean, and the pod where it is one of theirs."""
        labels = labels_of_name(name)[len(port_labels(name)) :]
        pairs = [(namespace, labels[0])] if namespace else []
        pairs += [(space, one) for one, space in itertools.pairwise(labels[:3])]
        found = [self._reader.one("services", space, one) for space, one in pairs]
        for service in filter(None, found):
            other = str((service.get("spec") or {}).get("externalName") or "").split(".")
            if len(other) > 1 and all(other[:2]):
                self._reader.one("services", other[1], other[0])
            if len(labels) > 2:
                self._reader.one("pods", service["metadata"]["namespace"], labels[0])

    def _node_port(self, options: Options) -> None:
        """The Service that owns the port, where a node was asked."""
        end, port = options.destination, options.port
        if end.kind == "name":
            self._near_services(labels_of_name(end.name)[len(port_labels(end.name))])
        if end.kind not in ("node", "address") or port is None:
            return
        names = {row.name for row in self._rows or () if (port, options.protocol) in row.node_ports}
        self._services(names)

    def _near_services(self, name: str) -> None:
        names = {row.name for row in self._rows or ()}
        known = {one for _namespace, one in self._reader.items("services")}
        for one in difflib.get_close_matches(name, names, n=3, cutoff=0.6):
            if one not in known:
                found = self._reader.many("services", fields=f"metadata.name={one}")
                self._similar |= {(item["metadata"]["namespace"], one) for item in found}

    def _end_addresses(self, options: Options, hosts: t.Mapping[str, str | None]) -> list[str]:
        """The addresses that packets of this question go to or come from."""
        index = self._index()
        resolved, _nodes, servers = nodes_of(options, index, hosts)
        named = [pod for pod in self._backend_pods() if pod not in self._reader.items("pods")]
        self._reader.together(*(functools.partial(self._reader.one, "pods", *pod) for pod in named[:MOST_ENDPOINTS]))
        ends = [end for end in (resolved.source, resolved.destination) if end is not None]
        found = [text for end in ends for text in (end.address, *end.addresses) if text]
        found += [backend.address for backend in resolved.backends[:MOST_ENDPOINTS] if backend.address]
        found += [address for pod in servers for address in pod_addresses(pod)]
        server = index.api_server()
        found += [server[0]] if server else []
        found += [word for word in self._upstreams() if is_address(word)]
        return list(dict.fromkeys(found))

    def _backend_pods(self) -> list[tuple[str, str]]:
        """The pods that EndpointSlices name."""
        found: dict[tuple[str, str], None] = {}
        for piece in self._reader.items("endpointslices").values():
            for endpoint in piece.get("endpoints") or []:
                reference = endpoint.get("targetRef") or {}
                if reference.get("kind") == "Pod" and reference.get("name"):
                    found[str(reference.get("namespace")), str(reference["name"])] = None
        return list(found)

    def _upstreams(self) -> t.Iterator[str]:
        """Every word of the Corefile; the caller takes the addresses."""
        for item in self._reader.items("configmaps").values():
            for word in str((item.get("data") or {}).get("Corefile") or "").split():
                yield word.removeprefix("dns://").removesuffix(":53")

    # -- addresses -----------------------------------------------------------------------------------------------
    def _owners(self, addresses: t.Iterable[str]) -> None:
        """The pods that have these addresses: more than one, where something is wrong."""
        new = sorted({one for one in addresses if is_address(one)} - self._asked[POD_ADDRESSES])
        self._asked[POD_ADDRESSES] |= set(new)
        self._reader.together(*(functools.partial(self._owner, one) for one in new))

    def _owner(self, address: str) -> None:
        found = self._reader.many("pods", fields=f"status.podIP={address}")
        # The field is a pod's first address; where there are two families, the other one is found by its node.
        node = None if found else self._index().node_by_pod_network(address)
        if node is not None and ipaddress.ip_address(address).version != self._first_family():
            self._pods_of_node(node)

    def _first_family(self) -> int | None:
        """The family of the addresses that pods have first."""
        for pod in self._reader.items("pods").values():
            for address in pod_addresses(pod)[:1]:
                return ipaddress.ip_address(address).version
        return None

    def _read_rows(self) -> None:
        """A short row for each Service of the cluster."""
        try:
            self._rows = service_rows(self._kube.table(collection("services")))
            self._network = service_networks(row.cluster_ip for row in self._rows)
        except KubeError as exc:
            self._reader.fail("services", exc)

    def _claims(self, addresses: t.Iterable[str]) -> None:
        """The Services that have one of these addresses, whoever else has it."""
        new = {one for one in addresses if is_address(one)} - self._asked[SERVICE_ADDRESSES]
        self._asked[SERVICE_ADDRESSES] |= new
        self._services({row.name for row in self._rows or () if row.addresses & new})

    def _services(self, names: t.Iterable[str]) -> None:
        known = {name for _namespace, name in self._reader.items("services")}
        self._reader.together(
            *(
                functools.partial(self._reader.many, "services", fields=f"metadata.name={name}")
                for name in set(names) - known
            )
        )

    # -- Services ------------------------------------------------------------------------------------------------
    def _serve(self) -> None:
        """The endpoints and the pods of every Service that was read."""
        services = self._reader.items("services")
        new = {key: services[key] for key in services if key not in self._served | self._similar}
        self._served |= set(new)
        self._reader.together(*(functools.partial(self._backing, service) for service in new.values()))
        if cluster_dns.place(self._index()) in new and not cluster_dns.servers(self._index()):
            self._reader.many("pods", labels=cluster_dns.LABELS)
        self._asked[SERVICE_ADDRESSES] |= {one for service in new.values() for one in service_addresses(service)}

    def _backing(self, service: JsonObject) -> None:
        namespace, name = service["metadata"]["namespace"], service["metadata"]["name"]
        labels = {OF_SERVICE: name}
        self._reader.many("endpointslices", namespace, labels=labels, cached=False)
        selector = (service.get("spec") or {}).get("selector") or {}
        pods = self._reader.many("pods", namespace, labels=selector) if selector else []
        if (namespace, name) == cluster_dns.place(self._index()):
            self._reader.many("pods", namespace, labels=cluster_dns.LABELS)
        if selector and not pods:
            self._meant(namespace, selector)

    def _meant(self, namespace: str, selector: JsonObject) -> None:
        """Who was meant by a selector that no pod has, and why has it none? (DaemonSets are all read.)"""
        reader = self._reader
        made = [one for resource in _MADE_OF for one in reader.many(resource, namespace)]
        made += [one for (space, _name), one in reader.items("daemonsets").items() if space == namespace]
        for item in made:
            if selects(selector, labels_of((item.get("spec") or {}).get("template"))):
                reader.events(namespace, item["metadata"]["name"])

    # -- what surrounds them -------------------------------------------------------------------------------------
    def _surroundings(self, options: Options, hosts: t.Mapping[str, str | None]) -> None:
        """The nodes of the way, everything on them, and the policies and events about it."""
        reader = self._reader
        index = self._index()
        resolved, involved, servers = nodes_of(options, index, hosts)
        agents = [_kube_proxy.daemonset(index, _kube_proxy.NAME), _kube_proxy.daemonset(index, *AGENTS)]
        places = {item["metadata"]["namespace"] for item in agents if item is not None}
        ends = [end for end in (resolved.source, resolved.destination, *resolved.backends) if end is not None]
        mine = {(end.namespace, end.name) for end in ends if end.kind == "pod"}
        of_service = [pod for key, pod in index.pods.items() if key in mine or self._is_selected(pod)]
        unready = [pod for pod in of_service if not index.pod_ready(pod)[0]][:MOST_UNREADY]
        nodes = [*involved, *(str((pod.get("spec") or {}).get("nodeName")) for pod in unready)]
        known = [name for name in dict.fromkeys(nodes) if name in index.nodes]
        namespaces = {end.namespace for end in ends} | {cluster_dns.place(index)[0]}
        namespaces |= {pod["metadata"]["namespace"] for pod in servers}
        addresses = [one for name in known for one in _of_node(index.nodes[name]) if one]
        reader.together(
            *(functools.partial(reader.one, "nodes", "", name, again=True) for name in known),
            functools.partial(self._pods_of_nodes, known),
            *(functools.partial(reader.many, "pods", place, fields="spec.nodeName=") for place in places),
            functools.partial(self._policies, [name for name in namespaces if name]),
            *(functools.partial(reader.events, place) for place in places),
            *(
                functools.partial(reader.events, pod["metadata"]["namespace"], pod["metadata"]["name"])
                for pod in unready
                if pod["metadata"]["namespace"] not in places
            ),
            functools.partial(self._owners, addresses),
        )
        self._claims(addresses)
        self._serve()

    def _is_selected(self, pod: JsonObject) -> bool:
        """Whether a Service that was read means this pod."""
        labels = labels_of(pod)
        for (namespace, name), service in self._reader.items("services").items():
            selector = (service.get("spec") or {}).get("selector") or {}
            mine = namespace == pod["metadata"]["namespace"] and (namespace, name) in self._served
            if mine and selects(selector, labels):
                return True
        return False

    def _pods_of_nodes(self, nodes: t.Iterable[str]) -> None:
        new = sorted(set(nodes) - self._asked[NODE_PODS])
        self._reader.together(*(functools.partial(self._pods_of_node, name) for name in new))

    def _pods_of_node(self, node: str) -> None:
        self._asked[NODE_PODS].add(node)
        self._reader.many("pods", fields=f"spec.nodeName={node}")

    def _policies(self, namespaces: t.Iterable[str]) -> None:
        new = sorted(set(namespaces) - self._asked[POLICIES])
        self._asked[POLICIES] |= set(new)
        self._reader.together(
            *(functools.partial(self._reader.many, "networkpolicies", name) for name in new),
            *(functools.partial(self._reader.one, "namespaces", "", name) for name in new),
        )

    def _index(self) -> ClusterIndex:
        return ClusterIndex(self._reader.cluster())


def _of_node(node: JsonObject) -> t.Iterator[str | None]:
    """The addresses of a node itself: its own, and the first two of its pods' network, of tunnel and bridge."""
    yield ClusterIndex.node_address(node)
    spec = node.get("spec") or {}
    for text in spec.get("podCIDRs") or [spec.get("podCIDR")]:
        with contextlib.suppress(ValueError):
            first = ipaddress.ip_network(text or "", strict=False).network_address
            yield str(first)
            yield str(first + 1)
