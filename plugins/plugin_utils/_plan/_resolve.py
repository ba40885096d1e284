# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""From what a user typed to the objects it means: one Endpoint for each end, and the backends of a Service."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._cluster import (
    ClusterIndex,
    pod_addresses,
    pod_netns,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._plan._options import EndpointText, Options


class ResolveError(ValueError):
    """The cluster has no such object; the text names it and what is similar."""


@dataclasses.dataclass(frozen=True)
class ServicePort:
    """The Service port on the way. node_port is None where the Service has none."""

    namespace: str
    name: str
    cluster_ip: str | None
    type: str
    port: int
    target_port: int | str | None
    node_port: int | None
    port_name: str
    app_protocol: str


@dataclasses.dataclass(frozen=True)
class Endpoint:
    """One end of the path. netns is None where no probe can start (nobody we manage)."""

    text: str
    kind: str
    namespace: str | None = None
    name: str | None = None
    node: str | None = None
    address: str | None = None
    addresses: tuple[str, ...] = ()
    port: int | None = None
    protocol: str = "tcp"
    netns: str | None = None
    host_network: bool = False
    ready: bool | None = None
    why: str = ""
    service: ServicePort | None = None

    def to_json(self) -> JsonObject:
        """Plain values for plan.json."""
        return dataclasses.asdict(self)


@dataclasses.dataclass(frozen=True)
class Resolved:
    """Both ends, the Service's backends, and what could not be found."""

    source: Endpoint | None
    destination: Endpoint | None
    backends: tuple[Endpoint, ...]
    problems: tuple[JsonObject, ...]


def resolve(options: Options, index: ClusterIndex, host_addresses: t.Mapping[str, str | None]) -> Resolved:
    """Resolve both ends. host_addresses: inventory hosts and their ansible_host, for host:NAME.

    What cannot be resolved becomes a problem {"what", "text"}; the rest is still resolved.
    """
    problems: list[JsonObject] = []
    source = _try(problems, "source", lambda: _endpoint(options.source, index, host_addresses, options.protocol))
    namespace = source.namespace if source and source.kind == "pod" else None
    destination = _try(
        problems, "destination", lambda: _destination(options, index, host_addresses, namespace, _inside(source))
    )
    if destination and destination.kind == "service" and destination.service is None:
        problems.append({"what": "destination", "text": destination.why})
    backends: list[Endpoint] = []
    if destination and destination.service:
        backends = _backends(destination, index)
    return Resolved(source, destination, tuple(backends), tuple(problems))


def _inside(source: Endpoint | None) -> bool:
    """Whether the source is a part of the cluster, so that cluster addresses mean something to it."""
    return source is None or source.kind in ("pod", "node")


def _try(problems: list[JsonObject], what: str, call: t.Callable[[], Endpoint]) -> Endpoint | None:
    try:
        return call()
    except ResolveError as exc:
        problems.append({"what": what, "text": str(exc)})
        return None


def _endpoint(end: EndpointText, index: ClusterIndex, hosts: t.Mapping[str, str | None], protocol: str) -> Endpoint:
    if end.kind == "pod":
        pod = index.pods.get((end.namespace, end.name))
        if pod is None:
            names = [name for namespace, name in index.pods if namespace == end.namespace]
            raise ResolveError(_missing(index, "pods", f"pod {end.namespace}/{end.name}", names, end.name))
        return _pod(end.text, pod, index, protocol)
    if end.kind == "node":
        node = index.nodes.get(end.name)
        if node is None:
            raise ResolveError(_missing(index, "nodes", f"node {end.name}", index.nodes, end.name))
        return _node(end.text, node, protocol)
    if end.kind == "host":
        if end.name not in hosts:
            raise ResolveError(f"Cannot find host {end.name} in the inventory{index.similar(hosts, end.name)}")
        return Endpoint(
            text=end.text,
            kind="host",
            name=end.name,
            node=end.name,
            address=hosts[end.name],
            netns="host",
            host_network=True,
            protocol=protocol,
        )
    if end.kind == "address":
        return _address(end, index, protocol)
    return Endpoint(text=end.text, kind="name", name=end.name, protocol=protocol)


def _missing(index: ClusterIndex, resource: str, what: str, known: t.Iterable[str], name: str) -> str:
    reason = index.unreadable.get(resource) or index.unreadable.get("*")
    if reason:
        return f"Cannot find {what}: {reason}"
    return f"Cannot find {what} in the cluster{index.similar(known, name)}"


def _pod(text: str, pod: JsonObject, index: ClusterIndex, protocol: str) -> Endpoint:
    metadata, spec = pod["metadata"], pod.get("spec") or {}
    host_network = bool(spec.get("hostNetwork"))
    addresses = tuple(pod_addresses(pod))
    ready, why = index.pod_ready(pod)
    return Endpoint(
        text=text,
        kind="pod",
        namespace=metadata["namespace"],
        name=metadata["name"],
        node=spec.get("nodeName"),
        address=addresses[0] if addresses else None,
        addresses=addresses,
        protocol=protocol,
        netns="host" if host_network else pod_netns(pod),
        host_network=host_network,
        ready=ready,
        why=why,
    )


def _node(text: str, node: JsonObject, protocol: str) -> Endpoint:
    name = node["metadata"]["name"]
    address = ClusterIndex.node_address(node)
    ready, why = ClusterIndex.node_ready(node)
    return Endpoint(
        text=text,
        kind="node",
        name=name,
        node=name,
        address=address,
        netns="host",
        host_network=True,
        addresses=(address,) if address else (),
        ready=ready,
        why=why,
        protocol=protocol,
    )


def _address(end: EndpointText, index: ClusterIndex, protocol: str) -> Endpoint:
    pod = index.pod_by_address(end.name)
    if pod is not None:
        return _pod(end.text, pod, index, protocol)
    node = index.node_by_address(end.name)
    if node is not None:
        return dataclasses.replace(_node(end.text, node, protocol), address=end.name)
    return Endpoint(
        text=end.text, kind="address", name=end.name, address=end.name, addresses=(end.name,), protocol=protocol
    )


def _destination(
    options: Options,
    index: ClusterIndex,
    hosts: t.Mapping[str, str | None],
    namespace: str | None,
    source_in_cluster: bool,
) -> Endpoint:
    end, port, protocol = options.destination, options.port, options.protocol
    if end.kind == "service":
        service = index.services.get((end.namespace, end.name))
        if service is None:
            names = [name for space, name in index.services if space == end.namespace]
            raise ResolveError(_missing(index, "services", f"Service {end.namespace}/{end.name}", names, end.name))
        return _service(end, service, index, port, protocol, source_in_cluster)
    if end.kind == "name":
        service = index.service_by_name(end.name, namespace)
        if service is not None:
            return dataclasses.replace(_service(end, service, index, port, protocol, True), kind="name", name=end.name)
        pod = index.pod_by_name(end.name)
        if pod is not None:
            return dataclasses.replace(_pod(end.text, pod, index, protocol), kind="name", name=end.name, port=port)
        return Endpoint(text=end.text, kind="name", name=end.name, port=port, protocol=protocol)
    if end.kind == "address":
        service = index.service_by_address(end.name)
        if service is not None:
            resolved = _service(end, service, index, port, protocol, True)
            return dataclasses.replace(resolved, address=end.name)
    found = dataclasses.replace(_endpoint(end, index, hosts, protocol), port=port)
    if found.kind == "node" and port is not None:
        owner = index.service_by_node_port(port, protocol)
        if owner is not None:
            return dataclasses.replace(found, service=_service_port(*owner))
    return found


def _service(
    end: EndpointText,
    service: JsonObject,
    index: ClusterIndex,
    port: int | None,
    protocol: str,
    source_in_cluster: bool,
) -> Endpoint:
    spec = service.get("spec") or {}
    base = Endpoint(
        text=end.text,
        kind="service",
        namespace=service["metadata"]["namespace"],
        name=service["metadata"]["name"],
        protocol=protocol,
    )
    cluster_ips = tuple(
        address for address in spec.get("clusterIPs") or [spec.get("clusterIP")] if address and address != "None"
    )
    if spec.get("type") == "ExternalName":
        # DNS gives another name in its place: that is all that a client sees of it.
        name = f"{service['metadata']['name']}.{service['metadata']['namespace']}.svc"
        return Endpoint(text=end.text, kind="name", name=name, port=port, protocol=protocol)
    try:
        entry = _choose_port(service, port, protocol)
    except ResolveError as exc:
        return dataclasses.replace(
            base,
            address=cluster_ips[0] if cluster_ips else None,
            addresses=cluster_ips,
            port=port,
            ready=False,
            why=str(exc),
        )
    chosen = _service_port(service, entry)
    base = dataclasses.replace(base, service=chosen)
    asked_node_port = port is not None and port == chosen.node_port and port != chosen.port
    if chosen.node_port and (asked_node_port or not source_in_cluster):
        # From outside the cluster a NodePort Service is reached at a node's address.
        ready = [node for node in index.nodes.values() if index.node_ready(node)[0]] or list(index.nodes.values())
        if not ready:
            return dataclasses.replace(base, ready=False, why="no node of the cluster is known")
        return dataclasses.replace(
            base,
            address=index.node_address(ready[0]),
            port=chosen.node_port,
            node=ready[0]["metadata"]["name"],
            addresses=tuple(filter(None, map(index.node_address, ready))),
        )
    if not cluster_ips and spec.get("clusterIP") == "None":
        # Headless: DNS gives the pods' addresses, and nothing translates the port.
        ready = [backend for backend in index.backends(service, entry) if backend["ready"]]
        addresses = tuple(str(backend["address"]) for backend in ready)
        return dataclasses.replace(
            base, address=addresses[0] if addresses else None, addresses=addresses, port=chosen.port
        )
    return dataclasses.replace(
        base, address=cluster_ips[0] if cluster_ips else None, addresses=cluster_ips, port=chosen.port
    )


def _choose_port(service: JsonObject, port: int | None, protocol: str) -> JsonObject:
    name = f"{service['metadata']['namespace']}/{service['metadata']['name']}"
    entries = (service.get("spec") or {}).get("ports") or []
    kind = "tcp" if protocol == "icmp" else protocol
    fitting = [entry for entry in entries if entry.get("protocol", "TCP").lower() == kind]
    if port is None and len(fitting) == 1:
        return t.cast(JsonObject, fitting[0])
    chosen = [entry for entry in fitting if port in (entry.get("port"), entry.get("nodePort"))]
    if chosen and port is not None:
        return t.cast(JsonObject, chosen[0])
    known = ", ".join(f"{entry.get('port')}/{entry.get('protocol', 'TCP')}" for entry in entries) or "no port at all"
    if port is None:
        raise ResolveError(f"Cannot choose a port of Service {name}: set diagnose_port to one of {known}")
    raise ResolveError(f"Cannot reach port {port}/{kind.upper()} of Service {name}: it has {known}")


def _service_port(service: JsonObject, entry: JsonObject) -> ServicePort:
    spec = service.get("spec") or {}
    return ServicePort(
        namespace=service["metadata"]["namespace"],
        name=service["metadata"]["name"],
        cluster_ip=spec.get("clusterIP"),
        type=spec.get("type") or "ClusterIP",
        port=entry["port"],
        target_port=entry.get("targetPort"),
        node_port=entry.get("nodePort") or None,
        port_name=entry.get("name") or "",
        app_protocol=entry.get("appProtocol") or "",
    )


def _backends(destination: Endpoint, index: ClusterIndex) -> list[Endpoint]:
    """The endpoints of the Service port; where there are none, the pods that its selector would mean."""
    chosen = t.cast(ServicePort, destination.service)
    service = index.services[(chosen.namespace, chosen.name)]
    port = next(
        entry
        for entry in service["spec"]["ports"]
        if entry["port"] == chosen.port and (entry.get("name") or "") == chosen.port_name
    )
    found = []
    for backend in index.backends(service, port):
        pod = index.pods.get(backend["pod"]) if backend["pod"] else index.pod_by_address(backend["address"])
        node = index.node_by_address(backend["address"]) if pod is None else None
        text = f"{backend['address']}:{backend['port']}"
        if pod is not None:
            end = _pod(text, pod, index, destination.protocol)
        elif node is not None:
            end = _node(text, node, destination.protocol)
        else:
            end = Endpoint(
                text=text,
                kind="address",
                name=backend["address"],
                node=backend["node"] or index.node_by_pod_network(backend["address"]),
            )
        found.append(
            dataclasses.replace(
                end,
                address=backend["address"],
                port=backend["port"],
                protocol=destination.protocol,
                ready=backend["ready"],
            )
        )
    return found
