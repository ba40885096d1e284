# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Look-ups in cluster.json: the few questions that resolving and planning ask of the API's objects."""

from __future__ import annotations

import difflib
import ipaddress
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._ip_address import is_address
from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject

# What cluster.json says of itself under "scope": the nodes whose pods were all read, the addresses whose pods and whose
# Services were asked for, and the namespaces whose policies were read.
NODE_PODS, POD_ADDRESSES, SERVICE_ADDRESSES, POLICIES = "node_pods", "pod_addresses", "service_addresses", "policies"
SCOPE = (NODE_PODS, POD_ADDRESSES, SERVICE_ADDRESSES, POLICIES)
# Beside them: the network that the addresses of all Services span.
SERVICE_NETWORK = "service_network"
# The largest network that an API server takes for Services (validateServiceIPRange of kube-apiserver).
_LARGEST = {4: 12, 6: 108}
# The label of a slice that says whose endpoints it has (k8s.io/api/discovery/v1, well_known_labels.go).
OF_SERVICE = "kubernetes.io/service-name"


def service_networks(addresses: t.Iterable[str]) -> list[str]:
    """The least network of each family that spans the cluster addresses of Services: a part of the range that the API
    server gives them from. Nothing where they are further apart than one such range can be.
    """
    found: dict[int, list[int]] = {}
    for text in addresses:
        try:
            one = ipaddress.ip_address(text)
        except ValueError:
            continue  # None, of a Service without an address
        found.setdefault(one.version, []).append(int(one))
    networks = []
    for version, numbers in found.items():
        width = 32 if version == 4 else 128
        prefix = width - (min(numbers) ^ max(numbers)).bit_length()
        if len(set(numbers)) > 1 and prefix >= _LARGEST[version]:
            first = min(numbers) >> (width - prefix) << (width - prefix)
            networks.append(f"{ipaddress.ip_address(first) if version == 4 else ipaddress.IPv6Address(first)}/{prefix}")
    return sorted(networks)


KUBELET_PORT = 10250
# The types of a node's addresses that are names.
_NAMES = ("Hostname", "InternalDNS", "ExternalDNS")


class ClusterIndex:
    """Indexes over the collected objects. A resource that could not be read is empty and listed in `unreadable`.

    Not every object of the cluster was read, but those that the question seemed to need; `wanted` gathers what else
    was looked for here, so that it can be asked for. Where everything was read there is nothing to gather.
    """

    def __init__(self, cluster: JsonObject) -> None:
        self.resources: dict[str, list[JsonObject]] = cluster.get("resources") or {}
        self.unreadable = {error.get("resource"): error.get("text") for error in cluster.get("errors") or []}
        self.pods = {_key(item): item for item in self._items("pods")}
        self.services = {_key(item): item for item in self._items("services")}
        self.nodes = {item["metadata"]["name"]: item for item in self._items("nodes")}
        self._scope: dict[str, set[str]] | None = None
        spanned: list[str] = []
        if cluster.get("scope"):
            self._scope = {kind: set(cluster["scope"].get(kind) or []) for kind in SCOPE}
            spanned = list(cluster["scope"].get(SERVICE_NETWORK) or [])
        self._service_networks = [
            ipaddress.ip_network(text) for text in spanned or service_networks(self._cluster_ips())
        ]
        self._wanted: dict[str, set[str]] = {}

    def want(self, kind: str, name: str | None) -> None:
        """Note that an answer depends on something (a kind of SCOPE), in case that it was not read."""
        strange = kind == NODE_PODS and name not in self.nodes
        if name and self._scope is not None and name not in self._scope[kind] and not strange:
            self._wanted.setdefault(kind, set()).add(name)

    @property
    def wanted(self) -> dict[str, list[str]]:
        """What was looked for and had not been read: by kind of SCOPE."""
        return {kind: sorted(names) for kind, names in self._wanted.items()}

    def _items(self, resource: str) -> list[JsonObject]:
        return self.resources.get(resource) or []

    # -- nodes -----------------------------------------------------------------------------------------------
    @staticmethod
    def node_address(node: JsonObject) -> str | None:
        """The InternalIP, the address that other nodes and the CNI use."""
        for entry in (node.get("status") or {}).get("addresses") or []:
            if entry.get("type") == "InternalIP":
                return t.cast(str, entry.get("address"))
        return None

    @staticmethod
    def node_ready(node: JsonObject) -> tuple[bool, str]:
        """Whether the node is Ready, and the kubelet's reason when it is not."""
        return _condition(node, "Ready")

    @staticmethod
    def kubelet_port(node: JsonObject) -> int:
        """Where the node's kubelet listens."""
        endpoint = ((node.get("status") or {}).get("daemonEndpoints") or {}).get("kubeletEndpoint") or {}
        return int(endpoint.get("Port") or KUBELET_PORT)

    # -- pods ------------------------------------------------------------------------------------------------
    @staticmethod
    def pod_ready(pod: JsonObject) -> tuple[bool, str]:
        """Whether the pod is Ready, and why not."""
        phase = (pod.get("status") or {}).get("phase")
        if phase != "Running":
            return False, f"phase {phase}"
        return _condition(pod, "Ready")

    def pods_on(self, node: str) -> list[JsonObject]:
        """Every pod bound to the node that has not ended."""
        self.want(NODE_PODS, node)
        return [
            pod for pod in self.pods.values() if (pod.get("spec") or {}).get("nodeName") == node and not has_ended(pod)
        ]

    def pod_by_address(self, address: str) -> JsonObject | None:
        """The running pod that owns the address; pods on the host network do not own theirs."""
        for pod in self.pods.values():
            if address in pod_addresses(pod) and not (pod.get("spec") or {}).get("hostNetwork") and not has_ended(pod):
                return pod
        self.want(POD_ADDRESSES, address)
        return None

    def ended_by_address(self, address: str) -> JsonObject | None:
        """A pod that had the address, and gave it back when the last of its containers ended."""
        for pod in self.pods.values():
            if address in pod_addresses(pod) and has_ended(pod) and not (pod.get("spec") or {}).get("hostNetwork"):
                return pod
        return None

    def node_by_pod_network(self, address: str) -> str | None:
        """The node whose pod network holds the address, whoever has it."""
        for name, node in self.nodes.items():
            spec = node.get("spec") or {}
            for text in [*(spec.get("podCIDRs") or []), spec.get("podCIDR")]:
                try:
                    if text and ipaddress.ip_address(address) in ipaddress.ip_network(text, strict=False):
                        return str(name)
                except ValueError:
                    continue
        return None

    def node_by_address(self, address: str) -> JsonObject | None:
        """The node that has the address among its status addresses."""
        for node in self.nodes.values():
            if any(entry.get("address") == address for entry in (node.get("status") or {}).get("addresses") or []):
                return node
        return None

    def node_by_name(self, name: str) -> JsonObject | None:
        """The node that a DNS name means: one of its status addresses that are names, or its own name, below whatever
        domain."""
        labels = labels_of_name(name)
        for own, node in self.nodes.items():
            entries = (node.get("status") or {}).get("addresses") or []
            names = [own, *(str(entry.get("address")) for entry in entries if entry.get("type") in _NAMES)]
            if any(labels_of_name(one) in (labels, labels[:1]) for one in names):
                return node
        return None

    # -- services --------------------------------------------------------------------------------------------
    def service_by_address(self, address: str) -> JsonObject | None:
        """The Service with that cluster, external or load balancer address."""
        for service in self.services.values():
            spec = service.get("spec") or {}
            ingress = ((service.get("status") or {}).get("loadBalancer") or {}).get("ingress") or []
            addresses = [
                spec.get("clusterIP"),
                *(spec.get("clusterIPs") or []),
                *(spec.get("externalIPs") or []),
                *(entry.get("ip") for entry in ingress),
            ]
            if address in addresses:
                return service
        if is_address(address):
            self.want(SERVICE_ADDRESSES, address)
        return None

    def is_service_address(self, address: str) -> bool:
        """Whether an address is inside what the addresses of the cluster's Services span, whoever has it."""
        try:
            return any(ipaddress.ip_address(address) in network for network in self._service_networks)
        except ValueError:
            return False

    def _cluster_ips(self) -> t.Iterator[str]:
        for service in self.services.values():
            spec = service.get("spec") or {}
            yield from spec.get("clusterIPs") or [spec.get("clusterIP") or ""]

    def service_by_node_port(self, port: int, protocol: str) -> tuple[JsonObject, JsonObject] | None:
        """The Service and its port entry that own a nodePort."""
        for service in self.services.values():
            for entry in (service.get("spec") or {}).get("ports") or []:
                if entry.get("nodePort") == port and entry.get("protocol", "TCP").lower() == protocol:
                    return service, entry
        return None

    def service_by_name(self, name: str, namespace: str | None) -> JsonObject | None:
        """The Service that a DNS name means: NAME, NAME.NS, NAME.NS.svc or NAME.NS.svc.DOMAIN, each also behind the
        name and protocol of a port (_PORT._PROTOCOL)."""
        labels = labels_of_name(name)[len(port_labels(name)) :]
        if len(labels) == 1:
            return self.services.get((namespace, labels[0])) if namespace else None
        if len(labels) == 2 or labels[2] == "svc":
            return self.services.get((labels[1], labels[0]))
        return None

    def pod_by_name(self, name: str) -> JsonObject | None:
        """The pod that a DNS name means: HOSTNAME.SUBDOMAIN.NS.svc or HOSTNAME.SUBDOMAIN.NS.svc.DOMAIN."""
        labels = labels_of_name(name)
        if len(labels) < 4 or labels[3] != "svc":
            return None
        for (namespace, _name), pod in self.pods.items():
            spec = pod.get("spec") or {}
            if namespace == labels[2] and [spec.get("hostname"), spec.get("subdomain")] == labels[:2]:
                return pod
        return None

    def service_of_host(self, name: str) -> JsonObject | None:
        """The Service behind the DNS name of one of its endpoints: HOSTNAME.NAME.NS.svc, also with a domain."""
        labels = labels_of_name(name)
        return self.services.get((labels[2], labels[1])) if len(labels) >= 4 and labels[3] == "svc" else None

    def backends(self, service: JsonObject, port: JsonObject) -> list[JsonObject]:
        """Every endpoint of one Service port, ready or not: {"address", "port", "ready", "pod", "node"}."""
        namespace, name = _key(service)
        found: dict[tuple[str, int | None], JsonObject] = {}
        for piece in slices_of(self._items("endpointslices"), namespace, name):
            if piece.get("addressType") == "FQDN":
                continue
            headless = (service.get("spec") or {}).get("clusterIP") == "None"
            numbers = [
                entry.get("port")
                for entry in piece.get("ports") or []
                # kube-proxy takes no port without a number; DNS asks for none.
                if (entry.get("port") or headless)
                and (entry.get("name") or "") == (port.get("name") or "")
                and entry.get("protocol", "TCP") == port.get("protocol", "TCP")
            ]
            for endpoint in piece.get("endpoints") or []:
                reference = endpoint.get("targetRef") or {}
                ready = (endpoint.get("conditions") or {}).get("ready")
                for address in (endpoint.get("addresses") or []) if numbers else []:
                    found[(address, numbers[0])] = {
                        "address": address,
                        "port": numbers[0],
                        "ready": ready is not False,
                        "pod": (reference.get("namespace"), reference.get("name"))
                        if reference.get("kind") == "Pod"
                        else None,
                        "node": endpoint.get("nodeName"),
                    }
        return [found[key] for key in sorted(found, key=str)]

    def api_server(self) -> tuple[str, int] | None:
        """Address and port of the API server, from the endpoints of the Service kubernetes."""
        service = self.services.get(("default", "kubernetes"))
        for entry in ((service or {}).get("spec") or {}).get("ports") or []:
            for backend in self.backends(t.cast(JsonObject, service), entry):
                if backend["port"]:
                    return str(backend["address"]), int(backend["port"])
        return None

    def similar(self, known: t.Iterable[str], name: str) -> str:
        """ "; similar: a, b" for an error about an unknown name, or nothing."""
        close = difflib.get_close_matches(name, list(known), n=3, cutoff=0.6)
        return f"; similar: {', '.join(close)}" if close else ""


def labels_of_name(name: str) -> list[str]:
    """The labels of a DNS name, which means the same in small letters and in large ones."""
    return name.rstrip(".").lower().split(".")


def port_labels(name: str) -> tuple[str, ...]:
    """_PORT and _PROTOCOL before the name of a Service, as its records for its ports have them; nothing without."""
    labels = labels_of_name(name)
    return tuple(labels[:2]) if len(labels) > 2 and all(one.startswith("_") for one in labels[:2]) else ()


def pod_netns(pod: JsonObject) -> str:
    """The name of a pod's network namespace in a snapshot, where it has one of its own."""
    metadata = pod["metadata"]
    return f"pod:{metadata.get('namespace')}/{metadata['name']}"


def has_ended(pod: JsonObject) -> bool:
    """Whether all of a pod's containers have ended and none is started again."""
    return (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed")


def slices_of(items: t.Iterable[JsonObject], namespace: str, name: str) -> list[JsonObject]:
    """Of EndpointSlices those of one Service."""
    return [
        item
        for item in items
        if item["metadata"].get("namespace") == namespace
        and (item["metadata"].get("labels") or {}).get(OF_SERVICE) == name
    ]


def pod_addresses(pod: JsonObject) -> list[str]:
    """Every address of a pod, the primary one first."""
    status = pod.get("status") or {}
    addresses = [status.get("podIP"), *(entry.get("ip") for entry in status.get("podIPs") or [])]
    return list(dict.fromkeys(address for address in addresses if address))


def _condition(item: JsonObject, kind: str) -> tuple[bool, str]:
    for condition in (item.get("status") or {}).get("conditions") or []:
        if condition.get("type") == kind:
            why = ": ".join(text for text in (condition.get("reason"), condition.get("message")) if text)
            return condition.get("status") == "True", "" if condition.get("status") == "True" else why or "not ready"
    return False, f"no {kind} condition"


def _key(item: JsonObject) -> tuple[t.Any, t.Any]:
    return item["metadata"].get("namespace"), item["metadata"]["name"]
