# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Findings about DNS, where a name is a part of the path."""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._path_breaks import dns_servers
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import (
    CRITICAL,
    INFO,
    LIKELY,
    POSSIBLE,
    PROVEN,
    Finding,
    Location,
    Proof,
    probe_proof,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import Evidence
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._walk import walk

_NO_ANSWER = ("timed_out", "refused", "unreachable", "no_route", "no_reply")
_WRONG_ANSWERS = ("nxdomain", "no_data")
_NO_ANSWERS = ("timed_out", "unreachable", "no_route")
_DNS_SERVICE = ("kube-system", "kube-dns")


def dns_findings(evidence: Evidence) -> t.Iterator[Finding]:
    """Server, configuration, Service, name, upstream: in the order in which a look-up needs them."""
    if not evidence.uses_name or "pods" in evidence.index.unreadable:
        return
    failed = evidence.failed("dns-pod")
    namespace = _DNS_SERVICE[0]
    servers = evidence.index.dns_servers()
    running = [pod for pod in servers if (pod.get("status") or {}).get("phase") == "Running"]
    ready = [pod for pod in running if evidence.index.pod_ready(pod)[0]]
    proofs = tuple(map(probe_proof, failed[:3]))
    if not running or (failed and not ready and not evidence.passed("dns-cluster")):
        observed = (
            "there is no such pod"
            if not servers
            else "; ".join(f"{pod['metadata']['name']}: {evidence.index.pod_ready(pod)[1]}" for pod in servers[:3])
        )
        yield Finding(
            "dns-server-down",
            CRITICAL if failed else INFO,
            PROVEN if failed else LIKELY,
            "Cluster DNS does not run",
            Location(namespace=namespace),
            "a cluster DNS pod (label k8s-app=kube-dns) is Running and Ready",
            observed,
            (Proof("config", "cluster.json.gz", f"cluster DNS pods: {len(servers)}, ready: {len(ready)}"), *proofs),
            "Start it again, and find out who stopped it:\n$ kubectl -n kube-system get deployment,pods -l"
            " k8s-app=kube-dns",
        )
        return
    if failed:
        wrong = list(_configuration(evidence, proofs))
        yield from wrong or _resolution(evidence, proofs)


def _configuration(evidence: Evidence, proofs: tuple[Proof, ...]) -> t.Iterator[Finding]:
    """A pod with the usual DNS policy asks the cluster's DNS Service."""
    source = evidence.source
    service = evidence.index.services.get(_DNS_SERVICE)
    if source is None or service is None or source.kind != "pod":
        return
    pod = evidence.index.pods.get((source.namespace, source.name)) or {}
    namespace = evidence.namespace(source.node, source.netns)
    address = (service.get("spec") or {}).get("clusterIP")
    if (pod.get("spec") or {}).get("dnsPolicy") != "ClusterFirst" or source.host_network or namespace is None:
        return
    asked = namespace.resolvers()
    if asked and address not in asked and not any(server.startswith("169.254.") for server in asked):
        yield Finding(
            "dns-config-wrong",
            CRITICAL,
            LIKELY,
            "The pod does not ask the cluster's DNS",
            Location(node=source.node, namespace=source.namespace, pod=source.name),
            f"its resolv.conf names {address}, the Service kube-dns",
            f"it names {', '.join(asked)}",
            (Proof("config", f"nodes/{source.node}.json.gz", f"nameserver {', '.join(asked)}"), *proofs),
            f"Set clusterDNS to {address} in the kubelet's configuration on {source.node}, restart it, and make the pod"
            " anew.",
        )


def _resolution(evidence: Evidence, proofs: tuple[Proof, ...]) -> t.Iterator[Finding]:
    name = evidence.destination.name if evidence.destination else None
    direct = evidence.sent("dns-cluster")
    said_no = [probe for probe in evidence.failed("dns-pod", "dns-cluster") if probe.outcome in _WRONG_ANSWERS]
    if said_no:
        yield Finding(
            "dns-name-missing",
            CRITICAL,
            PROVEN,
            "The name does not exist",
            Location(),
            f"DNS knows {name}",
            f"the server answers {said_no[0].outcome} for {name}",
            tuple(map(probe_proof, said_no[:3])),
            "Correct the name. A Service is called NAME.NAMESPACE.svc.CLUSTER-DOMAIN; from another namespace its short"
            " name is NAME.NAMESPACE.",
        )
        return
    silent = any(probe.outcome in _NO_ANSWERS for probe in evidence.failed("dns-pod"))
    if silent and direct and all(probe.status == "pass" for probe in direct):
        yield Finding(
            "dns-service-unreachable",
            CRITICAL,
            LIKELY,
            "Cluster DNS answers, but not at its Service address",
            Location(
                node=evidence.source.node if evidence.source else None,
                namespace=_DNS_SERVICE[0],
                service=_DNS_SERVICE[1],
            ),
            "the Service kube-dns answers the pod",
            "its pods answer when they are asked directly, the Service does not",
            (*proofs, *map(probe_proof, direct[:2])),
            "Look at kube-proxy on the node, and at the endpoints:\n"
            "$ kubectl -n kube-system get endpointslices -l kubernetes.io/service-name=kube-dns",
        )
        return
    if direct and all(probe.status == "fail" and probe.outcome in _NO_ANSWER for probe in direct):
        yield from _mute(evidence, (*proofs, *map(probe_proof, direct[:3])))
        return
    upstream = evidence.sent("dns-upstream")
    if upstream and any(probe.status == "fail" for probe in upstream) and not evidence.service:
        bad = [probe for probe in upstream if probe.status == "fail"]
        yield Finding(
            "dns-upstream-failing",
            CRITICAL,
            LIKELY,
            "The DNS server that cluster DNS forwards to does not answer",
            Location(),
            "the upstream servers answer",
            "; ".join(str(probe) for probe in bad[:3]),
            (*proofs, *map(probe_proof, bad[:3])),
            "Correct `forward` in the Corefile (ConfigMap kube-system/coredns) or in the nodes' /etc/resolv.conf, or"
            " mend the upstream server.",
        )


def _mute(evidence: Evidence, proofs: tuple[Proof, ...]) -> t.Iterator[Finding]:
    """Servers that run and do not answer, where nothing on the way to them accounts for that."""
    if evidence.source is None or any(
        walk(evidence, evidence.source, server, "udp").breaks for server in dns_servers(evidence)
    ):
        return
    yield Finding(
        "dns-server-down",
        CRITICAL,
        POSSIBLE,
        "Cluster DNS runs, but does not answer",
        Location(namespace=_DNS_SERVICE[0]),
        "the cluster DNS pods answer queries",
        "no query to any of them is answered",
        proofs,
        "Read their logs, and restart them if need be:\n$ kubectl -n kube-system logs -l k8s-app=kube-dns --tail=50",
    )
