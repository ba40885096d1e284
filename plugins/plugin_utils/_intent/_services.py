# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Services: which endpoints a node's kube-proxy ought to use for an address, and what ought to become of a packet.

Follows CategorizeEndpoints in pkg/proxy/topology.go and the chains that pkg/proxy/iptables writes (Kubernetes 1.34).
"""

from __future__ import annotations

import dataclasses
import enum
import ipaddress
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent._labels import labels_of, selects
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent._policies import container_ports
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._cluster import (
    SERVICE_ADDRESSES,
    ClusterIndex,
    has_ended,
    pod_addresses,
    slices_of,
)

ZONE = "topology.kubernetes.io/zone"
# Who writes a slice (k8s.io/api/discovery/v1, well_known_labels.go).
_MANAGED_BY, _CONTROLLER = "endpointslice.kubernetes.io/managed-by", "endpointslice-controller.k8s.io"
# What makes pods by a template → the API's list of them.
WORKLOADS = {
    "Deployment": "deployments",
    "StatefulSet": "statefulsets",
    "DaemonSet": "daemonsets",
    "ReplicaSet": "replicasets",
    "ReplicationController": "replicationcontrollers",
    "Job": "jobs",
}
# kube-proxy reads no Service that has this label, whatever it says (LabelServiceProxyName).
OTHER_PROXY = "service.kubernetes.io/service-proxy-name"


class Entry(enum.Enum):
    """By which of its addresses a Service is asked."""

    CLUSTER_IP = "clusterIP"
    EXTERNAL_IP = "externalIP"
    LOAD_BALANCER = "load balancer address"
    NODE_PORT = "nodePort"


class Want(enum.Enum):
    """What ought to become of a packet to a Service."""

    FORWARD = "forward"
    REJECT = "reject"  # it has no endpoint at all
    DROP_NOT_LOCAL = "drop: no local endpoint"
    DROP_SOURCE = "drop: source range"
    NOTHING = "nothing"  # no rule of kube-proxy is about it


@dataclasses.dataclass(frozen=True)
class Backend:
    """An endpoint of one port, as its EndpointSlice has it."""

    address: str
    port: int | None
    node: str | None = None
    ready: bool = True
    serving: bool = True
    terminating: bool = False
    pod: tuple[str, str] | None = None
    zones: frozenset[str] = frozenset()
    nodes: frozenset[str] = frozenset()

    @property
    def draining(self) -> bool:
        """Terminating, and still answering."""
        return self.serving and self.terminating

    def __str__(self) -> str:
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"


def says_http(app_protocol: str) -> bool:
    """Whether a Service port says of itself that it speaks HTTP/1. Its name is a name, and web sockets and HTTP/2
    without TLS have words of their own.
    """
    return app_protocol.lower() in ("http", "http1")


def says_tls(app_protocol: str) -> bool:
    """Whether a Service port says of itself that clients begin with TLS."""
    return app_protocol.lower() in ("https", "tls")


# Slices of this type are for others: kube-proxy and DNS make nothing of them.
HOST_NAMES = "FQDN"


@dataclasses.dataclass(frozen=True)
class ServicePort:
    """One port of a Service."""

    item: JsonObject
    entry: JsonObject

    @property
    def namespace(self) -> str:
        """Of the Service."""
        return str(self.item["metadata"].get("namespace"))

    @property
    def name(self) -> str:
        """Of the Service."""
        return str(self.item["metadata"]["name"])

    @property
    def spec(self) -> JsonObject:
        """Of the Service."""
        return t.cast(JsonObject, self.item.get("spec") or {})

    @property
    def port(self) -> int:
        """What clients ask for."""
        return int(self.entry["port"])

    @property
    def protocol(self) -> str:
        """tcp, udp or sctp."""
        return str(self.entry.get("protocol") or "TCP").lower()

    @property
    def node_port(self) -> int | None:
        """What clients ask nodes for."""
        return self.entry.get("nodePort") or None

    @property
    def target_port(self) -> int | str:
        """The port of its pods, by number or by name."""
        wanted = self.entry.get("targetPort")
        if wanted in (None, "", 0):
            return self.port
        return int(wanted) if str(wanted).isdigit() else str(wanted)

    @property
    def headless(self) -> bool:
        """Without an address of its own: DNS gives the pods' addresses."""
        return self.spec.get("clusterIP") == "None"

    @property
    def other_proxy(self) -> str | None:
        """The proxy that serves it in kube-proxy's place."""
        return labels_of(self.item).get(OTHER_PROXY)

    @property
    def external_name(self) -> str | None:
        """The name that DNS gives in its place."""
        return self.spec.get("externalName") if self.spec.get("type") == "ExternalName" else None

    @property
    def internal_local(self) -> bool:
        """Traffic from inside stays on its node."""
        return self.spec.get("internalTrafficPolicy") == "Local"

    @property
    def external_local(self) -> bool:
        """Traffic from outside stays on the node it came to."""
        return self.spec.get("externalTrafficPolicy") == "Local"

    @property
    def selector(self) -> t.Mapping[str, str]:
        """Of its pods; empty where somebody else writes its endpoints."""
        return t.cast(t.Mapping[str, str], self.spec.get("selector") or {})

    @property
    def source_ranges(self) -> tuple[str, ...]:
        """Who may use the load balancer's address; everybody where it is empty."""
        return tuple(str(text).strip() for text in self.spec.get("loadBalancerSourceRanges") or [])

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


@dataclasses.dataclass(frozen=True)
class Decision:
    """What a node's kube-proxy ought to do with a packet. backends: those it may choose from."""

    want: Want
    backends: tuple[Backend, ...] = ()
    policy: str = "Cluster"


def addresses(service: JsonObject) -> dict[str, Entry]:
    """The addresses of a Service that kube-proxy writes rules for."""
    spec = service.get("spec") or {}
    found: dict[str, Entry] = {}
    for entry in ((service.get("status") or {}).get("loadBalancer") or {}).get("ingress") or []:
        # ipMode Proxy: the load balancer itself opens the connection (KEP-1860).
        if entry.get("ip") and entry.get("ipMode") != "Proxy":
            found[entry["ip"]] = Entry.LOAD_BALANCER
    found.update(dict.fromkeys(spec.get("externalIPs") or [], Entry.EXTERNAL_IP))
    for address in [spec.get("clusterIP"), *(spec.get("clusterIPs") or [])]:
        if address and address != "None":
            found[address] = Entry.CLUSTER_IP
    return found


def find(
    index: ClusterIndex, address: str, port: int | None, protocol: str, node: str | None = None
) -> tuple[ServicePort, Entry] | None:
    """The Service port that an address and port mean; node: the node that has the address, for NodePorts."""
    for service in index.services.values():
        known = addresses(service)
        if address in known:
            for entry in (service.get("spec") or {}).get("ports") or []:
                found = ServicePort(service, entry)
                if found.port == port and found.protocol == protocol:
                    return found, known[address]
    index.want(SERVICE_ADDRESSES, address)
    if node is not None and port is not None:
        owner = index.service_by_node_port(port, protocol)
        if owner is not None:
            return ServicePort(*owner), Entry.NODE_PORT
    return None


def service_with(index: ClusterIndex, address: str) -> str:
    """The Service whose cluster address that is, as NAMESPACE/NAME; empty where it is nobody's."""
    for (namespace, name), item in index.services.items():
        if addresses(item).get(address) is Entry.CLUSTER_IP:
            return f"{namespace}/{name}"
    index.want(SERVICE_ADDRESSES, address)
    return ""


def slice_backends(index: ClusterIndex, service: ServicePort, family: int | None = 4) -> tuple[Backend, ...]:
    """Every endpoint in the EndpointSlices of one port. Absent conditions mean what the API says they mean."""
    found: dict[tuple[str, int | None], Backend] = {}
    for piece in slices(index, service):
        if family and piece.get("addressType") in ("IPv4", "IPv6") and piece["addressType"] != f"IPv{family}":
            continue
        if piece.get("addressType") == HOST_NAMES:
            continue
        for entry in piece.get("ports") or []:
            if (entry.get("name") or "") != (service.entry.get("name") or ""):
                continue
            # DNS gives the pods of a headless Service without asking for a number.
            if not entry.get("port") and not service.headless:
                continue
            if str(entry.get("protocol") or "TCP").lower() != service.protocol:
                continue
            for endpoint in piece.get("endpoints") or []:
                for backend in _backends(endpoint, entry.get("port")):
                    found[backend.address, backend.port] = backend
    return tuple(found[key] for key in sorted(found, key=str))


def slices(index: ClusterIndex, service: ServicePort) -> list[JsonObject]:
    """The EndpointSlices of a Service."""
    return slices_of(index.resources.get("endpointslices") or [], service.namespace, service.name)


def written_by_controller(piece: JsonObject) -> bool:
    """Whether kube-controller-manager writes a slice, and not a person or another program."""
    return bool((piece["metadata"].get("labels") or {}).get(_MANAGED_BY) == _CONTROLLER)


def unserved_slices(index: ClusterIndex, service: ServicePort) -> list[str]:
    """Slices of a Service of which kube-proxy makes nothing for this port, and why."""
    found = []
    for piece in slices(index, service):
        why = _unserved(piece, service) if piece.get("endpoints") else ""
        if why:
            found.append(f"{piece['metadata'].get('name')} {why}")
    return found


def _unserved(piece: JsonObject, service: ServicePort) -> str:
    kind, families = str(piece.get("addressType")), service.spec.get("ipFamilies") or []
    if kind == HOST_NAMES:
        return f"has host names (addressType {HOST_NAMES}) in place of addresses"
    if families and kind in ("IPv4", "IPv6") and kind not in families:
        return f"has {kind} addresses, and the Service is {' and '.join(families)}"
    ports = piece.get("ports") or []
    if not any(entry.get("port") for entry in ports):
        return "has no port" + (" with a number" if ports else "")
    named = [entry for entry in ports if (entry.get("name") or "") == (service.entry.get("name") or "")]
    if not named:
        listed = ", ".join(repr(str(entry.get("name") or "")) for entry in ports)
        return f"calls its ports {listed}, and the Service's is called {str(service.entry.get('name') or '')!r}"
    protocols = {str(entry.get("protocol") or "TCP").lower() for entry in named}
    if service.protocol not in protocols:
        return f"has that port for {', '.join(sorted(protocols))}, and the Service's is for {service.protocol}"
    if all((one.get("conditions") or {}).get("ready") is False for one in piece["endpoints"]):
        return "says that none of its addresses is ready"
    return ""


def _backends(endpoint: JsonObject, port: int | None) -> t.Iterator[Backend]:
    conditions = endpoint.get("conditions") or {}
    ready = conditions.get("ready") is not False
    reference = endpoint.get("targetRef") or {}
    hints = endpoint.get("hints") or {}
    serving = conditions.get("serving")
    for address in endpoint.get("addresses") or []:
        yield Backend(
            address,
            port,
            endpoint.get("nodeName"),
            ready,
            ready if serving is None else bool(serving),
            bool(conditions.get("terminating")),
            (str(reference.get("namespace")), str(reference.get("name"))) if reference.get("kind") == "Pod" else None,
            frozenset(str(entry.get("name")) for entry in hints.get("forZones") or []),
            frozenset(str(entry.get("name")) for entry in hints.get("forNodes") or []),
        )


def cluster_backends(
    index: ClusterIndex, backends: t.Sequence[Backend], node: str | None, hints: bool = True
) -> tuple[Backend, ...]:
    """What a policy of Cluster uses: the ready ones, by hints where all have them; else those that drain."""
    ready = [backend for backend in backends if backend.ready]
    chosen = _by_hints(index, ready, node) if hints else ready
    return tuple(chosen or [backend for backend in backends if backend.draining])


def _by_hints(index: ClusterIndex, ready: list[Backend], node: str | None) -> list[Backend]:
    if not ready or node is None:
        return ready
    if all(backend.nodes for backend in ready):
        mine = [backend for backend in ready if node in backend.nodes]
        if mine:
            return mine
    zone = labels_of(index.nodes.get(node)).get(ZONE)
    if zone and all(backend.zones for backend in ready):
        return [backend for backend in ready if zone in backend.zones] or ready
    return ready


def local_backends(backends: t.Sequence[Backend], node: str | None) -> tuple[Backend, ...]:
    """What a policy of Local uses on a node: the ready ones there, else those that drain there."""
    here = [backend for backend in backends if backend.node == node]
    return tuple([backend for backend in here if backend.ready] or [backend for backend in here if backend.draining])


def decide(
    index: ClusterIndex,
    service: ServicePort,
    entry: Entry,
    node: str | None,
    source: str | None = None,
    from_cluster: bool = True,
) -> Decision:
    """What kube-proxy on `node` ought to do with a packet.

    from_cluster: it comes from a pod of the cluster or from the node itself, for which a policy of Local from outside
    does not count.
    """
    family = _family(source)
    backends = slice_backends(index, service, family)
    if service.external_name or service.headless:
        return Decision(Want.NOTHING, tuple(backend for backend in backends if backend.ready))
    if entry is Entry.LOAD_BALANCER and service.source_ranges and not in_ranges(source, service.source_ranges):
        return Decision(Want.DROP_SOURCE)
    everywhere = cluster_backends(index, backends, node)
    local = service.internal_local if entry is Entry.CLUSTER_IP else service.external_local and not from_cluster
    chosen = local_backends(backends, node) if local else everywhere
    policy = "Local" if local else "Cluster"
    if chosen:
        return Decision(Want.FORWARD, chosen, policy)
    if any(backend.ready or backend.draining for backend in backends):
        return Decision(Want.DROP_NOT_LOCAL, (), policy)
    return Decision(Want.REJECT, (), policy)


def in_ranges(source: str | None, ranges: t.Sequence[str]) -> bool:
    """Whether an address is in one of the ranges. An unknown source counts as inside."""
    if source is None:
        return True
    try:
        found = ipaddress.ip_address(source)
        return any(found in ipaddress.ip_network(text, strict=False) for text in ranges)
    except ValueError:
        return True


def _family(source: str | None) -> int | None:
    try:
        return ipaddress.ip_address(source).version if source else None
    except ValueError:
        return None


# -- what the endpoints ought to be --------------------------------------------------------------------------------
def selected_pods(index: ClusterIndex, service: ServicePort) -> list[JsonObject]:
    """The pods that a Service's selector means and that have not ended."""
    return [
        pod
        for (namespace, _name), pod in index.pods.items()
        if namespace == service.namespace and selects(service.selector, labels_of(pod)) and not has_ended(pod)
    ]


def ended_pods(index: ClusterIndex, service: ServicePort) -> list[JsonObject]:
    """The pods that a Service's selector means and that have ended: the controller leaves them out."""
    return [
        pod
        for (namespace, _name), pod in index.pods.items()
        if namespace == service.namespace and selects(service.selector, labels_of(pod)) and has_ended(pod)
    ]


def wanted_backends(index: ClusterIndex, service: ServicePort) -> tuple[Backend, ...]:
    """What the endpointslice controller ought to write, from the pods as they are now."""
    found = []
    always = bool(service.spec.get("publishNotReadyAddresses"))
    for pod in selected_pods(index, service):
        port = pod_port(pod, service)
        spec, metadata = pod.get("spec") or {}, pod["metadata"]
        ready = index.pod_ready(pod)[0]
        leaving = bool(metadata.get("deletionTimestamp"))
        for address in pod_addresses(pod)[:1] if port is not None else []:
            found.append(
                Backend(
                    address,
                    port,
                    spec.get("nodeName"),
                    (ready and not leaving) or always,
                    ready,
                    leaving,
                    (str(metadata.get("namespace")), str(metadata["name"])),
                )
            )
    return tuple(sorted(found, key=lambda backend: backend.address))


def pod_port(pod: JsonObject, service: ServicePort) -> int | None:
    """The number of the Service's target port in this pod; None where no container has a port of that name."""
    target = service.target_port
    if isinstance(target, int):
        return target
    numbers = container_ports(pod, target, service.protocol)
    return min(numbers) if numbers else None


def declared_ports(pod: JsonObject | None) -> list[int]:
    """The ports that a pod's containers declare."""
    return [
        int(port["containerPort"])
        for container in ((pod or {}).get("spec") or {}).get("containers") or []
        for port in container.get("ports") or []
        if port.get("containerPort")
    ]


def workloads(index: ClusterIndex, service: ServicePort) -> list[tuple[str, JsonObject]]:
    """The workloads whose pods the selector would mean, each with its kind."""
    return [
        (kind, item)
        for kind, resource in WORKLOADS.items()
        for item in index.resources.get(resource) or []
        if item["metadata"].get("namespace") == service.namespace
        and not is_revision(index, item)
        and selects(service.selector, labels_of((item.get("spec") or {}).get("template")))
    ]


def controller_of(item: JsonObject) -> JsonObject | None:
    """Who made an object and sees to it."""
    owners = item["metadata"].get("ownerReferences") or []
    return next((owner for owner in owners if owner.get("controller")), None)


def is_revision(index: ClusterIndex, item: JsonObject) -> bool:
    """Whether a workload is another one's, which speaks for it: a Deployment that was read, or one of a kind that is
    not read, of which this is no longer the one with the pods."""
    owner = controller_of(item)
    if owner is None or owner.get("kind") in WORKLOADS:
        return owner is not None
    wanted = (item.get("spec") or {}).get("replicas")
    return not wanted and any(
        (controller_of(other) or {}).get("uid") == owner.get("uid") and (other.get("spec") or {}).get("replicas")
        for other in index.resources.get("replicasets") or []
    )


def headless_answers(index: ClusterIndex, service: ServicePort) -> tuple[str, ...]:
    """The addresses that DNS gives for a headless Service."""
    return tuple(backend.address for backend in slice_backends(index, service) if backend.ready)


def host_names(index: ClusterIndex, service: ServicePort) -> tuple[str, ...]:
    """The names that DNS gives single endpoints of a headless Service: their hostnames, or their addresses with dashes
    where they have none."""
    found = set[str]()
    for piece in slices(index, service):
        for endpoint in piece.get("endpoints") or []:
            pod = index.pods.get((service.namespace, str((endpoint.get("targetRef") or {}).get("name"))))
            spec = (pod or {}).get("spec") or {}
            called = endpoint.get("hostname") or (spec.get("subdomain") == service.name and spec.get("hostname"))
            plain = [address.replace(".", "-").replace(":", "-") for address in endpoint.get("addresses") or []]
            found.update([str(called)] if called else plain)
    return tuple(sorted(found))


def health_check(index: ClusterIndex, service: ServicePort, node: str) -> bool | None:
    """Whether a node's healthCheckNodePort ought to say that it has endpoints; None where there is none."""
    if not service.spec.get("healthCheckNodePort") or not service.external_local:
        return None
    return bool(local_backends(slice_backends(index, service), node))
