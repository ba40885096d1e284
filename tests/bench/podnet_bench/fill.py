# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fill a lab's API server: python3 -c "$(cat fill.py)" fill|empty NODES PODS SERVICES SERVICE_NETWORK.

Runs inside the lab's controller and writes to etcd itself, which takes seconds where the API would take minutes. The
objects are as large as real ones; behind the nodes there is no kubelet, so that they are not Ready from the start.
Standard library only.
"""

from __future__ import annotations

import base64
import ipaddress
import json
import sys
import typing as t
import urllib.request

ETCD = "http://127.0.0.1:2379/v3/kv/"
SINCE = "2026-01-01T00:00:00Z"
# Operations of one transaction; etcd takes 128, and 1.5 MB in all.
BATCH = 60
PODS_OF_NAMESPACE = 100
ENDPOINTS = 2
_NODE_NETWORK = ipaddress.ip_network("100.64.0.0/11")
POD_NETWORK = ipaddress.ip_network("100.96.0.0/11")
Json = dict[str, t.Any]


def _metadata(kind: str, number: int, name: str, namespace: str = "", **more: t.Any) -> Json:
    metadata: Json = {"name": name, "uid": f"00000000-0000-4000-{kind}-{number:012d}", "creationTimestamp": SINCE}
    if namespace:
        metadata["namespace"] = namespace
    fields: Json = {f"f:field-{one}": {} for one in range(40)}
    metadata["managedFields"] = [
        {"manager": "bench", "operation": "Update", "apiVersion": "v1", "fieldsType": "FieldsV1", "fieldsV1": fields}
    ]
    return {**metadata, **more}


def node(number: int) -> Json:
    """A node with forty images, as the kubelet lists them."""
    network = ipaddress.ip_network((int(POD_NETWORK.network_address) + number * 256, 24))
    images = [
        {"names": [f"registry.example/team-{one}/image@sha256:{'ab' * 32}", f"registry.example/team-{one}/image:1.0"]}
        for one in range(40)
    ]
    conditions = [
        {"type": kind, "status": "Unknown", "reason": "NodeStatusUnknown", "message": "Kubelet stopped posting."}
        for kind in ("Ready", "MemoryPressure", "DiskPressure", "PIDPressure")
    ]
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": _metadata("8000", number, f"bench-{number:05d}", labels={"bench": "yes"}),
        "spec": {
            "podCIDR": str(network),
            "podCIDRs": [str(network)],
            "unschedulable": True,
            "taints": [{"key": "bench", "effect": "NoExecute"}],
        },
        "status": {
            "addresses": [{"type": "InternalIP", "address": str(_NODE_NETWORK.network_address + number + 1)}],
            "conditions": conditions,
            "images": images,
        },
    }


def namespace_of(number: int) -> str:
    """The namespace of a pod and of the Service with the same number."""
    return f"bench-{number // PODS_OF_NAMESPACE:05d}"


def pod(number: int, nodes: int) -> Json:
    """A pod that runs on one of the nodes."""
    place, inside = number % nodes, number // nodes
    address = str(POD_NETWORK.network_address + place * 256 + 2 + inside)
    container = {
        "name": "main",
        "image": "registry.example/team/image:1.0",
        "env": [{"name": f"VARIABLE_{one}", "value": "some value of it"} for one in range(10)],
        "ports": [{"containerPort": 8080, "name": "http", "protocol": "TCP"}],
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": _metadata(
            "8001", number, f"bench-{number:06d}", namespace_of(number), labels={"app": f"bench-{number % 50}"}
        ),
        "spec": {
            "nodeName": f"bench-{place:05d}",
            "containers": [container],
            "restartPolicy": "Always",
            "dnsPolicy": "ClusterFirst",
            "tolerations": [{"operator": "Exists"}],
        },
        "status": {
            "phase": "Running",
            "podIP": address,
            "podIPs": [{"ip": address}],
            # Not Ready, as pods of a node that is not are: else the node controller would write each of them anew.
            "conditions": [
                {"type": kind, "status": "False" if kind == "Ready" else "True"}
                for kind in ("Initialized", "Ready", "PodScheduled")
            ],
        },
    }


def service(number: int, network: str) -> Json:
    """A Service of one port."""
    # The first addresses may be those of the lab's own Services.
    address = str(ipaddress.ip_network(network).network_address + 4096 + number)
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": _metadata("8002", number, f"bench-{number:05d}", namespace_of(number)),
        "spec": {
            "type": "ClusterIP",
            "clusterIP": address,
            "clusterIPs": [address],
            "ipFamilies": ["IPv4"],
            "ipFamilyPolicy": "SingleStack",
            "internalTrafficPolicy": "Cluster",
            "sessionAffinity": "None",
            "ports": [{"name": "http", "port": 80, "protocol": "TCP", "targetPort": 8080}],
        },
        "status": {"loadBalancer": {}},
    }


def endpoints(number: int, pods: int, nodes: int) -> Json:
    """The EndpointSlice of a Service; without a selector nobody else writes it."""
    found = []
    for one in range(ENDPOINTS):
        target = pod((number * ENDPOINTS + one) % pods, nodes)
        found.append(
            {
                "addresses": [target["status"]["podIP"]],
                "conditions": {"ready": True, "serving": True, "terminating": False},
                "nodeName": target["spec"]["nodeName"],
            }
        )
    name, namespace = f"bench-{number:05d}", namespace_of(number)
    labels = {"kubernetes.io/service-name": name, "endpointslice.kubernetes.io/managed-by": "bench"}
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": _metadata("8003", number, name, namespace, labels=labels),
        "addressType": "IPv4",
        "endpoints": found,
        "ports": [{"name": "http", "port": 8080, "protocol": "TCP"}],
    }


def objects(nodes: int, pods: int, services: int, network: str) -> t.Iterator[tuple[str, Json]]:
    """Everything, with the key that the API server gives it."""
    for number in range(0, max(pods, services), PODS_OF_NAMESPACE):
        name = namespace_of(number)
        found = {"apiVersion": "v1", "kind": "Namespace", "metadata": _metadata("8004", number, name)}
        yield f"namespaces/{name}", {**found, "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"}}
    for number in range(nodes):
        yield f"minions/bench-{number:05d}", node(number)
    for number in range(pods):
        yield f"pods/{namespace_of(number)}/bench-{number:06d}", pod(number, nodes)
    for number in range(services):
        yield f"endpointslices/{namespace_of(number)}/bench-{number:05d}", endpoints(number, pods, nodes)
        yield f"services/specs/{namespace_of(number)}/bench-{number:05d}", service(number, network)


def _call(what: str, body: Json) -> None:
    request = urllib.request.Request(ETCD + what, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        answer.read()


def _text(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def fill(nodes: int, pods: int, services: int, network: str) -> None:
    """Write all of it."""
    batch: list[Json] = []
    for key, found in objects(nodes, pods, services, network):
        batch.append({"requestPut": {"key": _text(f"/registry/{key}"), "value": _text(json.dumps(found))}})
        if len(batch) == BATCH:
            _call("txn", {"success": batch})
            batch = []
    if batch:
        _call("txn", {"success": batch})


def empty() -> None:
    """Take all of it away."""
    for place in ("services/specs", "endpointslices", "pods", "minions", "namespaces"):
        start = f"/registry/{place}/bench-"
        _call("deleterange", {"key": _text(start), "range_end": _text(start[:-1] + ".")})


if __name__ == "__main__":
    if sys.argv[1] == "fill":
        fill(int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), sys.argv[5])
    else:
        empty()
