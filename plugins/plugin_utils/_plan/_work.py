# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""plan.json: both ends, the nodes involved, and the whole work of each node, so that a node needs one look at it."""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent import _dns as cluster_dns
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._cluster import ClusterIndex, pod_netns
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._plan._options import Options, show
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._plan._probes import STEP_OF_ROLE, ProbePlanner
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._plan._resolve import Endpoint, Resolved, resolve

SCHEMA = "podnet.diagnostics/plan/v1"
MAX_DNS_SERVERS = 4
CONFIG_HASH = "kubernetes.io/config.hash"


def make_plan(
    options: Options,
    cluster: JsonObject,
    run_id: str,
    hosts: t.Mapping[str, str | None],
    outside_limit: t.Callable[[str], bool],
    steps: t.Container[str] | None = None,
) -> JsonObject:
    """Resolve both ends and share out the work.

    hosts: inventory hosts and their addresses, for host:NAME. outside_limit: whether a node may not be touched.
    steps: only the probes of these steps (ping, tcp, mtu, dns); None is all.
    """
    index = ClusterIndex(cluster)
    resolved, involved, servers = nodes_of(options, index, hosts)
    planner = ProbePlanner(options, resolved, index, run_id)
    requests = planner.plan()
    planner.ask_api(node for node in involved if requests)
    outside = [node for node in involved if outside_limit(node)]
    tracked = _tracked(resolved)
    work = {
        node: {
            "kind": "node" if node in index.nodes else "host",
            "address": index.node_address(index.nodes[node]) if node in index.nodes else hosts.get(node),
            "ready": index.node_ready(index.nodes[node])[0] if node in index.nodes else None,
            "pods": [_pod_reference(pod) for pod in index.pods_on(node)],
            "pod_namespaces": list(dict.fromkeys(_read_on(node, resolved, servers, index))),
            "probes": [
                request for request in requests.get(node, []) if steps is None or STEP_OF_ROLE[request["role"]] in steps
            ],
            "counters": options.amounts.any,
            "counted_pods": [*_namespaces_on(node, resolved, servers), *_dns_on(node, resolved, index)],
            # All nodes read their counters again at the same time, when the first stage of the dose was sent.
            "dwell": options.amounts.seconds(),
            **tracked,
        }
        for node in involved
    }
    return {
        "schema": SCHEMA,
        "run_id": run_id,
        "options": options.to_json(),
        "source": resolved.source.to_json() if resolved.source else None,
        "destination": resolved.destination.to_json() if resolved.destination else None,
        "backends": [backend.to_json() for backend in resolved.backends],
        "nodes": involved,
        "outside_limit": outside,
        "work": work,
        "problems": list(resolved.problems),
        "not_examined": _not_examined(resolved, involved),
    }


def nodes_of(
    options: Options, index: ClusterIndex, hosts: t.Mapping[str, str | None]
) -> tuple[Resolved, list[str], list[JsonObject]]:
    """Both ends, the nodes that are looked at, and the cluster DNS pods that are a part of the path."""
    resolved = resolve(options, index, hosts)
    servers = _dns_servers(resolved, index)
    involved = _nodes_involved(resolved, servers, index, options.max_nodes)
    also = [name for name in options.also_nodes if name in index.nodes and name not in involved]
    return resolved, [*involved, *also], servers


def unknown_nodes(options: Options, cluster: JsonObject) -> list[str]:
    """A sentence for each node that is to be examined, too, and is none of the cluster; none where the nodes could not
    be read."""
    if any(error["resource"] in ("*", "nodes") for error in cluster["errors"]):
        return []
    known = {str(item["metadata"]["name"]) for item in cluster["resources"].get("nodes") or []}
    unknown = [name for name in options.also_nodes if name not in known]
    return [f"diagnose_also_nodes: the cluster has no node {show(name)}" for name in unknown]


def _ends(resolved: Resolved) -> list[Endpoint]:
    return [end for end in (resolved.source, resolved.destination, *resolved.backends) if end is not None]


def _tracked(resolved: Resolved) -> dict[str, list[str]]:
    """Between which addresses tracked connections are read: from the source to what was asked for, and no others."""

    def of(end: Endpoint | None) -> list[str]:
        return [address for address in (end.address, *end.addresses) if address] if end is not None else []

    service = resolved.destination.service if resolved.destination is not None else None
    to = [*of(resolved.destination), *([service.cluster_ip] if service and service.cluster_ip else [])]
    return {
        "tracked_from": list(dict.fromkeys(of(resolved.source))),
        "tracked_to": [address for address in dict.fromkeys(to) if address != "None"],
    }


def _dns_servers(resolved: Resolved, index: ClusterIndex) -> list[JsonObject]:
    """The cluster DNS pods, where a name is a part of the path."""
    if resolved.destination is None or resolved.destination.kind != "name":
        return []
    return [pod for pod in cluster_dns.servers(index) if (pod.get("spec") or {}).get("nodeName")][:MAX_DNS_SERVERS]


def _nodes_involved(resolved: Resolved, servers: t.Sequence[JsonObject], index: ClusterIndex, most: int) -> list[str]:
    """The source's node first, then the destination's, then the backends' and cluster DNS's, then those that may know
    more; at most `most`."""
    names = dict.fromkeys(end.node for end in _ends(resolved) if end.node)
    names.update(dict.fromkeys(_called(resolved, index)))
    names.update(dict.fromkeys(pod["spec"]["nodeName"] for pod in servers))
    names.update(dict.fromkeys(_beside(resolved, index, names)))
    return [name for name in names if name][:most]


def _called(resolved: Resolved, index: ClusterIndex) -> list[str]:
    """The node that is asked for by a name of its own, which is resolved where the probes are sent."""
    end = resolved.destination
    if end is None or end.kind != "name" or end.node is not None or end.service is not None or not end.name:
        return []
    node = index.node_by_name(end.name)
    return [node["metadata"]["name"]] if node is not None else []


def _beside(resolved: Resolved, index: ClusterIndex, known: t.Container[str | None]) -> list[str]:
    """Nodes that are no end. Where a machine outside asks an address of a load balancer, or one that nobody is known to
    have, any of them may be the one that takes its packets; where packets leave the cluster, one more node tells how it
    leaves."""
    source, destination = resolved.source, resolved.destination
    if source is None or destination is None or destination.node is not None:
        return []
    others = [name for name, node in index.nodes.items() if name not in known and index.node_ready(node)[0]]
    service = destination.service
    if source.node not in index.nodes:
        return others if service is None or destination.address != service.cluster_ip else []
    alone = service is None and len([name for name in index.nodes if name in known]) == 1
    return others[:1] if alone else []


def _not_examined(resolved: Resolved, involved: t.Sequence[str]) -> list[str]:
    return sorted({end.node for end in _ends(resolved) if end.node and end.node not in involved})


def _namespaces_on(node: str, resolved: Resolved, servers: t.Sequence[JsonObject]) -> list[str]:
    """The pod network namespaces of that node which are read in full."""
    names = dict.fromkeys(end.netns for end in _ends(resolved) if end.node == node and end.netns)
    for pod in servers:
        if pod["spec"]["nodeName"] == node and not pod["spec"].get("hostNetwork"):
            names[pod_netns(pod)] = None
    return [name for name in names if name and name != "host"]


def _read_on(node: str, resolved: Resolved, servers: t.Sequence[JsonObject], index: ClusterIndex) -> t.Iterator[str]:
    """The pod network namespaces of that node whose state is read: also those that its asked host port leads to, which
    may lead on themselves, as the balancers of some distributions do."""
    yield from _namespaces_on(node, resolved, servers)
    end = resolved.destination
    if end is None or (end.node, end.netns) != (node, "host") or end.port is None:
        return
    for pod in index.pods_on(node):
        spec = pod.get("spec") or {}
        asked = [
            port
            for container in spec.get("containers") or []
            for port in container.get("ports") or []
            if (port.get("hostPort"), str(port.get("protocol") or "TCP").lower()) == (end.port, end.protocol)
        ]
        if asked and not spec.get("hostNetwork"):
            yield pod_netns(pod)


def _dns_on(node: str, resolved: Resolved, index: ClusterIndex) -> list[str]:
    """The cluster DNS pods of that node, where a name is a part of the way."""
    if resolved.destination is None or resolved.destination.kind != "name":
        return []
    pods = [pod for pod in cluster_dns.servers(index) if (pod.get("spec") or {}).get("nodeName") == node]
    return [pod_netns(pod) for pod in pods[:4]]


def _pod_reference(pod: JsonObject) -> JsonObject:
    metadata = pod["metadata"]
    return {
        "namespace": metadata["namespace"],
        "name": metadata["name"],
        "uid": metadata.get("uid") or "",
        "config_hash": (metadata.get("annotations") or {}).get(CONFIG_HASH) or "",
    }
