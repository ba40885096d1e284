# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Findings about the cluster's own parts on the nodes involved: kubelet, kube-proxy, the CNI's agent, the pods."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import (
    CRITICAL,
    INFO,
    LIKELY,
    MAJOR,
    PROVEN,
    Finding,
    Location,
    Proof,
    probe_proof,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import End, Evidence, Probe
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import HOST
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._service_rules import Translation, translation
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._plan._cluster import pod_addresses

JsonObject = dict[str, t.Any]
NODE_CRITICAL = "system-node-critical"
_CRITICAL_CLASSES = (NODE_CRITICAL, "system-cluster-critical")
DNS_SERVICE = ("kube-system", "kube-dns")
CNI_AGENTS = ("kube-flannel-ds", "calico-node", "cilium", "canal", "weave-net", "antrea-agent", "kube-router")


def component_findings(evidence: Evidence) -> t.Iterator[Finding]:
    """Nodes, then agents, then the pods at both ends."""
    for name in evidence.plan.get("nodes") or []:
        yield from _node(evidence, name)
        yield from _cni(evidence, name)
    yield from _kube_proxy(evidence)
    yield from _pods(evidence)


def _node(evidence: Evidence, name: str) -> t.Iterator[Finding]:
    item = evidence.index.nodes.get(name)
    if item is None:
        return
    ready, why = evidence.index.node_ready(item)
    silent = [event for event in evidence.events if event.get("node") == name and event.get("silent")]
    if ready and silent:
        # Kubernetes takes 40 s to call it so.
        ready, why = False, str(silent[0].get("text"))
    if not ready:
        yield Finding(
            "node-not-ready",
            _weight(evidence, name),
            PROVEN,
            "A node is not ready",
            Location(node=name),
            f"{name} is Ready",
            why,
            (Proof("config", "cluster.json.gz", f"node {name}: {why}"),),
            f"Look at its kubelet:\n$ kubectl describe node {name}",
        )


def _weight(evidence: Evidence, node: str | None) -> str:
    """How much a node's trouble matters here: only where a target (on that node, if one is named) is cut off."""
    hit = any(evidence.cut_off(target) for target in evidence.targets if node in (None, target.node))
    return MAJOR if hit else INFO


def daemonset(evidence: Evidence, *names: str) -> JsonObject | None:
    """The first DaemonSet with one of these names, or that runs pods labelled so."""
    for item in evidence.index.resources.get("daemonsets") or []:
        if item["metadata"]["name"] in names:
            return item
    return None


def pods_of(evidence: Evidence, item: JsonObject, node: str) -> list[JsonObject]:
    """The pods of a DaemonSet for a node, also those that the scheduler could not place there yet."""
    found = []
    for pod in evidence.index.pods.values():
        owners = [
            owner.get("name")
            for owner in pod["metadata"].get("ownerReferences") or []
            if owner.get("kind") == "DaemonSet"
        ]
        same_namespace = pod["metadata"].get("namespace") == item["metadata"].get("namespace")
        if same_namespace and item["metadata"]["name"] in owners and intended_node(pod) == node:
            found.append(pod)
    return found


def intended_node(pod: JsonObject) -> str | None:
    """The node a pod is bound to, or that its DaemonSet wants it on (node affinity on metadata.name)."""
    spec = pod.get("spec") or {}
    if spec.get("nodeName"):
        return t.cast(str, spec["nodeName"])
    required = ((spec.get("affinity") or {}).get("nodeAffinity") or {}).get(
        "requiredDuringSchedulingIgnoredDuringExecution"
    ) or {}
    for term in required.get("nodeSelectorTerms") or []:
        for field in term.get("matchFields") or []:
            if field.get("key") == "metadata.name" and field.get("values"):
                return t.cast(str, field["values"][0])
    return None


def _running(pods: t.Sequence[JsonObject]) -> bool:
    return any((pod.get("status") or {}).get("phase") == "Running" for pod in pods)


def _describe(pods: t.Sequence[JsonObject]) -> str:
    if not pods:
        return "the node has no pod of it"
    texts = []
    for pod in pods:
        status = pod.get("status") or {}
        why = next(
            (
                entry.get("message")
                for entry in status.get("conditions") or []
                if entry.get("type") == "PodScheduled" and entry.get("status") != "True"
            ),
            status.get("message"),
        )
        texts.append(f"pod {pod['metadata']['name']} is {status.get('phase')}" + (f" ({why})" if why else ""))
    return "; ".join(texts)


def _cni(evidence: Evidence, node: str) -> t.Iterator[Finding]:
    item = daemonset(evidence, *CNI_AGENTS)
    if (
        item is None
        or "pods" in evidence.index.unreadable
        or node not in evidence.index.nodes
        or _running(pods_of(evidence, item, node))
    ):
        return
    name = f"{item['metadata']['namespace']}/{item['metadata']['name']}"
    observed = _describe(pods_of(evidence, item, node))
    yield Finding(
        "cni-agent-missing",
        _weight(evidence, None),
        LIKELY,
        "The CNI's agent does not run on a node",
        Location(node=node, namespace=item["metadata"]["namespace"]),
        f"a pod of DaemonSet {name} runs on {node}",
        observed,
        (Proof("config", "cluster.json.gz", f"{name} on {node}: {observed}"),),
        f"$ kubectl -n {item['metadata']['namespace']} describe daemonset {item['metadata']['name']}",
    )


def _kube_proxy(evidence: Evidence) -> t.Iterator[Finding]:
    """kube-proxy on the node that translates Service addresses, and what its rules make of them."""
    item = daemonset(evidence, "kube-proxy")
    node = evidence.entry_node
    if item is None or node is None or {"daemonsets", "pods"} & set(evidence.index.unreadable):
        return
    namespace = item["metadata"]["namespace"]
    pods = pods_of(evidence, item, node)
    missing = node in evidence.index.nodes and not _running(pods)
    harm = [probe for use in service_uses(evidence, node) if use.wrong for probe in use.failed]
    events = _events(evidence, namespace, node) if missing else []
    if missing:
        observed = _describe(pods)
        wrong = [use.wrong for use in service_uses(evidence, node) if use.failed and use.wrong]
        yield Finding(
            "kube-proxy-missing",
            CRITICAL if harm else INFO,
            PROVEN if harm else LIKELY,
            "kube-proxy does not run on the node",
            Location(node=node, namespace=namespace),
            f"a pod of DaemonSet {namespace}/kube-proxy runs on {node}",
            observed,
            (
                Proof("config", "cluster.json.gz", f"kube-proxy on {node}: {observed}"),
                *(Proof("config", f"nodes/{node}.json.gz", text) for text in wrong),
                *map(probe_proof, harm[:3]),
            ),
            f"Make room on {node}, or give kube-proxy the priority that lets it in:\n"
            f"$ kubectl -n {namespace} get pods -o wide -l k8s-app=kube-proxy",
        )
    else:
        yield from _stale(evidence, node, namespace)
    priority = (((item.get("spec") or {}).get("template") or {}).get("spec") or {}).get("priorityClassName")
    if priority not in _CRITICAL_CLASSES:
        pushed = missing and bool(events)
        yield Finding(
            "kube-proxy-priority",
            CRITICAL if pushed and harm else INFO,
            PROVEN if pushed else LIKELY,
            "kube-proxy was pushed off a full node" if pushed else "kube-proxy can be pushed off a full node",
            Location(node=node, namespace=namespace) if missing else Location(namespace=namespace),
            f"DaemonSet {namespace}/kube-proxy has priorityClassName {NODE_CRITICAL}",
            (f"it has priorityClassName {priority}" if priority else "it has no priorityClassName")
            + (f", and there is no room for it on {node} any more ({events[0].partition('. ')[0]})" if pushed else ""),
            (
                Proof("config", "cluster.json.gz", f"priorityClassName of kube-proxy: {priority or 'none'}"),
                *(Proof("config", "cluster.json.gz", text) for text in events[:3]),
            ),
            f"$ kubectl -n {namespace} patch daemonset kube-proxy --type merge -p "
            f'\'{{"spec":{{"template":{{"spec":{{"priorityClassName":"{NODE_CRITICAL}"}}}}}}}}\'',
        )


@dataclasses.dataclass(frozen=True)
class ServiceUse:
    """A Service on the way: its failed probes, and what is wrong with the node's rules for it (empty: nothing is
    known).
    """

    name: str
    failed: tuple[Probe, ...]
    wrong: str


def service_uses(evidence: Evidence, node: str) -> list[ServiceUse]:
    """The Service asked for, and cluster DNS where a name is a part of the path."""
    uses = []
    service = evidence.service
    if service is not None and any(backend.ready for backend in evidence.backends):
        failed = [probe for probe in evidence.failed("tcp", "udp") if probe.outcome != "dns_failure"]
        known = {f"{backend.address}:{backend.port}" for backend in evidence.backends if backend.ready}
        end = t.cast(End, evidence.destination)
        found = translation(
            evidence.namespace(node, HOST),
            None if end.node else end.address,
            service.port,
            end.protocol,
            service.node_port if end.node else None,
        )
        uses.append(
            ServiceUse(str(service), tuple(failed), _wrong(node, str(service), found, known, _all_backends(evidence)))
        )
    if evidence.uses_name:
        item = evidence.index.services.get(DNS_SERVICE)
        servers = [pod for pod in evidence.index.dns_servers() if evidence.index.pod_ready(pod)[0]]
        if item is not None and servers:
            known = {f"{address}:53" for pod in servers for address in pod_addresses(pod)}
            found = translation(evidence.namespace(node, HOST), (item.get("spec") or {}).get("clusterIP"), 53, "udp")
            answered = evidence.passed("dns-cluster")
            failed = evidence.failed("dns-pod")
            uses.append(
                ServiceUse(
                    "/".join(DNS_SERVICE),
                    tuple(failed),
                    _wrong(node, "/".join(DNS_SERVICE), found, known, bool(answered and failed)),
                )
            )
    return uses


def _all_backends(evidence: Evidence) -> bool:
    """Whether each backend answers by itself, so that only the Service's address can be what fails."""
    direct = evidence.sent("backend-tcp")
    return bool(direct) and all(probe.status == "pass" for probe in direct)


def _wrong(node: str, name: str, found: Translation, known: set[str], direct: bool) -> str:
    """What the rules lack; where they cannot be read, that the pods answer directly says as much."""
    if not found.known:
        return f"the endpoints of {name} answer by themselves, its address does not" if direct else ""
    if found.local_only:
        return ""
    if found.rejected:
        return f"the rules of {node} say that {name} has no endpoints"
    if not found.present:
        return f"the rules of {node} do not have {name}"
    if not found.backends & known:
        return f"the rules of {node} send {name} to {', '.join(sorted(found.backends))}, which are no endpoints of it"
    return ""


def _stale(evidence: Evidence, node: str, namespace: str) -> t.Iterator[Finding]:
    """kube-proxy runs, and its rules do not fit; only from rules that were read."""
    for use in service_uses(evidence, node):
        if use.wrong.startswith("the rules") and use.failed:
            yield Finding(
                "kube-proxy-rules-stale",
                CRITICAL,
                PROVEN,
                "The node's Service rules do not fit the Service",
                Location(node=node, namespace=use.name.partition("/")[0], service=use.name.partition("/")[2]),
                f"the rules of {node} send {use.name} to its endpoints",
                use.wrong,
                (Proof("config", f"nodes/{node}.json.gz", use.wrong), *map(probe_proof, use.failed[:3])),
                f"Read the log of kube-proxy on {node}, then delete its pod so that it writes all rules again:\n"
                f"$ kubectl -n {namespace} get pods -l k8s-app=kube-proxy --field-selector spec.nodeName={node}",
            )


def _events(evidence: Evidence, namespace: str, node: str) -> list[str]:
    """Events and conditions that say a kube-proxy pod was pushed off the node, then those that it finds no room
    there.
    """
    item = daemonset(evidence, "kube-proxy") or {"metadata": {"name": "kube-proxy", "namespace": namespace}}
    waiting = [pod for pod in pods_of(evidence, item, node) if (pod.get("status") or {}).get("phase") == "Pending"]
    names = [pod["metadata"]["name"] for pod in waiting]
    pushed, room = [], []
    for event in evidence.index.resources.get("events") or []:
        about = event.get("involvedObject") or event.get("regarding") or {}
        if about.get("namespace") != namespace or not str(about.get("name")).startswith(item["metadata"]["name"]):
            continue
        text = f"{event.get('reason')}: {event.get('message')}"
        if (event.get("reason") == "Preempted" and str(event.get("message")).endswith(f"node {node}")) or (
            event.get("reason") == "Evicted" and about.get("name") in names
        ):
            pushed.append(text)
        elif event.get("reason") == "FailedScheduling" and about.get("name") in names:
            room.append(text)
    for pod in waiting:
        for entry in (pod.get("status") or {}).get("conditions") or []:
            if (
                entry.get("type") == "PodScheduled"
                and entry.get("status") == "False"
                and "nsufficient" in str(entry.get("message"))
            ):
                room.append(f"{entry.get('reason')}: {entry.get('message')}")
    return list(dict.fromkeys((*pushed, *room)))


def _pods(evidence: Evidence) -> t.Iterator[Finding]:
    """The pods at both ends, and those behind a Service where none of them is ready."""
    behind = evidence.backends if not any(backend.ready for backend in evidence.backends) else ()
    for end in dict.fromkeys([evidence.source, evidence.destination, *behind]):
        if end is None or end.kind != "pod":
            continue
        pod = evidence.index.pods.get((end.namespace, end.name))
        if pod is not None and not evidence.index.pod_ready(pod)[0]:
            yield _pod(evidence, end, pod)


def _pod(evidence: Evidence, end: End, pod: JsonObject) -> Finding:
    """A pod that is not ready. One that runs can still send, and is reached directly: odd as a source, no more."""
    why = evidence.index.pod_ready(pod)[1]
    running = (pod.get("status") or {}).get("phase") == "Running"
    return Finding(
        "container-not-ready" if running else "pod-not-ready",
        INFO if running and end == evidence.source else MAJOR,
        PROVEN,
        "A container is not ready" if running else "A pod is not ready",
        Location(node=end.node, namespace=end.namespace, pod=end.name),
        f"{end.label} is Ready",
        "; ".join([why, *_waiting(pod)]),
        (Proof("config", "cluster.json.gz", f"{end.label}: {'; '.join([why, *_waiting(pod)])}"),),
        f"$ kubectl -n {end.namespace} describe pod {end.name}",
    )


def _waiting(pod: JsonObject) -> list[str]:
    """What the containers that are not ready do instead."""
    texts = []
    for status in (pod.get("status") or {}).get("containerStatuses") or []:
        for state in ("waiting", "terminated"):
            reason = ((status.get("state") or {}).get(state) or {}).get("reason")
            if reason and not status.get("ready"):
                texts.append(
                    f"container {status.get('name')} {state}: {reason}, {status.get('restartCount', 0)} restarts"
                )
    return texts
