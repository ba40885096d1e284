# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""How a pod, its hosts file and the cluster name their servers and domains."""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._case import Case
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import Cause, finding
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._causes._dns_said import (
    EPHEMERAL,
    SILENT,
    answered,
    corefile,
    denied,
    names_of,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._objects._workloads import OBJECTS
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._experiment import try_probe
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._seen._proof import sure
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._seen._symptoms import (
    DENIALS,
    answered_by,
    contradicted_names,
    late_names,
    rotates,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import (
    LIKELY,
    PROVEN,
    Location,
    Proof,
    probe_proof,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent import _dns as intent
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent._dns import ResolvConf
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import Probe
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import Packet
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Place

# What keeps packets away whatever server they are for.
_BLOCKS = ("network-policy-deny", "netfilter-drop", "netfilter-reject", "xfrm-policy-block", "tc-filter-drop")


# -- resolv.conf ---------------------------------------------------------------------------------------------------
def wrong_configuration(case: Case, failed: t.Sequence[Probe]) -> Cause | None:
    """A pod that asks other servers than the kubelet ought to have given it."""
    source = case.evidence.source
    if source is None or source.kind != "pod":
        return None
    pod = case.index.pods.get((source.namespace, source.name))
    namespace = case.evidence.namespace(source.node, source.netns)
    if pod is None or namespace is None:
        return None
    place = Location(node=source.node, namespace=source.namespace, pod=source.name)
    contradicted = _contradicted(case, place, source.label)
    if contradicted is not None:
        return contradicted
    # A pod on its node's network has a file of its own; what was read in full is that of the node.
    asked = names_of(failed) or (() if source.host_network else tuple(namespace.resolvers()))
    cluster = intent.cluster_address(case.index)
    servers = ", ".join(asked) or "the servers of its node"
    if intent.falls_back_to_node(pod) and case.evidence.service is not None and cluster not in asked:
        return Cause(
            finding(
                "dns-config-wrong",
                place,
                f"{source.label}, which runs on its node's network, asks the cluster's DNS ({cluster})",
                f"its dnsPolicy ClusterFirst counts as Default there: it asks {servers}",
                "Set `dnsPolicy: ClusterFirstWithHostNet` in the pod's template.",
                (Proof("config", OBJECTS, "hostNetwork true, dnsPolicy ClusterFirst"), *map(probe_proof, failed[:3])),
                confidence=PROVEN,
            ),
            itself=True,
        )
    host = case.host(source.node)
    wanted = intent.wanted(case.index, pod, ResolvConf.parse(host.resolv_conf) if host else None)
    if wanted is None or not asked or cluster is None:
        return None
    if case.evidence.service is not None and not intent.uses_cluster_dns(pod):
        wanted = ResolvConf((cluster,), ())
    by_hand = (pod.get("spec") or {}).get("dnsPolicy") == "None"
    meant = () if by_hand and case.evidence.service is None else wanted.nameservers
    late = _late(case, place, source.label, frozenset((*meant, cluster)))
    if late is not None:
        return late
    if (
        not wanted.nameservers
        or set(asked) & set(wanted.nameservers)
        or any(server.startswith(intent.LINK_LOCAL) for server in asked)
    ):
        return None
    if not intent.uses_cluster_dns(pod) and (case.evidence.service is None or cluster in asked):
        # Its own choice, and the name is none of the cluster's.
        return None
    return Cause(
        finding(
            "dns-config-wrong",
            place,
            f"{source.label} asks the cluster's DNS Service, {', '.join(wanted.nameservers)}",
            f"its resolv.conf names {', '.join(asked)}, and cluster DNS has {', '.join(wanted.nameservers)}",
            "Correct what writes the pod's resolv.conf: the kubelet's clusterDNS, or dnsPolicy and dnsConfig of the"
            " pod; then make the pod anew.",
            (
                Proof("config", f"nodes/{source.node}.json.gz", f"nameserver {', '.join(asked)}"),
                *map(probe_proof, failed[:3]),
            ),
            confidence=PROVEN,
        ),
        itself=True,
    )


def _late(case: Case, place: Location, label: str, meant: t.Container[str]) -> Cause | None:
    """A server that is not one of those that are meant, does not answer, and is asked before one that does."""
    for probe in late_names(case.evidence):
        servers = [str(one.get("server")) for one in probe.data["servers"]]
        first = servers[0]
        if first in meant or first.startswith(intent.LINK_LOCAL):
            continue
        answers = next(str(one.get("server")) for one in probe.data["servers"] if one.get("outcome") == "answer")
        observed = (
            f"it asks {first} first, which does not answer, and then {answers}, which does: every name comes late"
        )
        many = answered_by(case.evidence, first) is not None
        return Cause(
            finding(
                "dns-config-wrong",
                place,
                f"the first server of {label} answers",
                observed,
                f"Take {first} out of the pod's dnsConfig, or put it behind {answers}; then make the pod anew.",
                (
                    Proof("config", f"nodes/{place.node}.json.gz", f"nameserver {', '.join(servers)}"),
                    probe_proof(probe),
                    *map(probe_proof, case.evidence.failed("dns-pairs")[:1]),
                ),
                confidence=PROVEN if many else LIKELY,
                heading="The pod asks a server first that does not answer",
            ),
            itself=True,
        )
    return None


def _contradicted(case: Case, place: Location, label: str) -> Cause | None:
    """Servers of one list, of which one knows the name and another one, which the resolver asks, too, denies it."""
    for probe in contradicted_names(case.evidence):
        heard = [one for one in probe.data["servers"] if one.get("rcode")]
        knows = next(str(one.get("server")) for one in heard if one.get("outcome") == "answer")
        denies = next(str(one.get("server")) for one in heard if one.get("outcome") in DENIALS)
        turns = rotates(case.evidence, probe)
        name = probe.request.get("name")
        how = (
            "its resolver takes turns between its servers (options rotate)"
            if turns
            else f"its resolver asks {denies} first, and takes a denial for final"
        )
        observed = f"{knows} knows {name}, {denies} says that it does not exist, and {how}"
        return Cause(
            finding(
                "dns-config-wrong",
                place,
                f"all servers of {label} know the names that it asks for",
                observed,
                f"Take {denies} out of the pod's dnsConfig (or its node's resolv.conf), and let cluster DNS forward to"
                " it what only that server knows; then make the pod anew.",
                (Proof("config", f"nodes/{place.node}.json.gz", observed), probe_proof(probe)),
                confidence=PROVEN,
                heading="The pod asks servers that contradict one another",
            ),
            itself=True,
        )
    return None


def tried_configuration(case: Case, failed: t.Sequence[Probe], configuration: Cause) -> t.Iterator[Cause]:
    """Other servers than the kubelet's may be meant: where a rule keeps the questions from them, that is the cause if
    cluster DNS could not be asked either, and one of two if it could."""
    blocked: dict[tuple[str, str], Cause] = {}
    if all(probe.outcome in SILENT for probe in failed):
        for tried in (try_probe(case, probe) for probe in failed):
            found = [cause for cause in tried.causes[:1] if cause.finding.id in _BLOCKS and tried.bad >= 1.0]
            blocked.update({cause.key: sure(case, cause, tried) for cause in found})
    if not blocked:
        yield configuration
    elif _reaches_cluster_dns(case):
        yield configuration.as_sure_as(LIKELY)
        yield from (cause.as_sure_as(LIKELY) for cause in blocked.values())
    else:
        yield from blocked.values()


def _reaches_cluster_dns(case: Case) -> bool:
    """Whether questions of the source come to cluster DNS: its servers answered, and the way to its Service is free."""
    source, address = case.evidence.source, intent.cluster_address(case.index)
    if source is None or not source.node or not source.netns or not address or not case.evidence.passed("dns-cluster"):
        return False
    question = Packet(4, str(source.address or ""), address, "udp", EPHEMERAL, intent.PORT, df=True)
    return case.reason_of(Place(source.node, source.netns), question) is None


def other_domain(case: Case, failed: t.Sequence[Probe]) -> Cause | None:
    """A pod that asks for names of a domain that cluster DNS does not serve: the odd one out is the kubelet of its node
    where the kubelets of others say the one that is served."""
    zones = intent.Corefile.of(case.index).zones
    searched = [
        domain for probe in failed for domain in _searched((probe.data.get("resolv_conf") or {}).get("search") or [])
    ]
    if not zones or not searched or any(_is_served(zones, one) for one in searched) or not any(map(denied, failed)):
        return None
    domain, source = searched[0], case.evidence.source
    fitting = _pods_of_served_domain(case, zones)
    observed = f"it serves {', '.join(zones)}; pods ask for names of {domain}"
    if fitting and source is not None:
        served = ", ".join(zone for zone in zones if not zone.endswith(".arpa"))
        observed = f"{source.label} asks for names of {domain}; cluster DNS serves {served}"
        observed += f", which {fitting[0]} asks for"
        return Cause(
            finding(
                "dns-config-wrong",
                Location(node=source.node, namespace=source.namespace, pod=source.name),
                f"the kubelet of {source.node} gives its pods the cluster's domain",
                observed,
                f"Correct clusterDomain in the configuration of the kubelet of {source.node}, restart it, and make the"
                " pod anew; or correct the pod's dnsConfig.",
                (
                    Proof("config", f"nodes/{source.node}.json.gz", f"{source.label}: search svc.{domain}"),
                    Proof("config", OBJECTS, f"{corefile(case)} serves {', '.join(zones)}"),
                    *map(probe_proof, failed[:3]),
                ),
                confidence=PROVEN,
                heading="The pod was told another domain than the cluster's",
            ),
            itself=True,
        )
    return Cause(
        finding(
            "dns-config-wrong",
            Location(namespace=intent.place(case.index)[0]),
            f"cluster DNS serves {domain}, the domain that the kubelets give to pods",
            observed,
            f"Make the `kubernetes` line of {corefile(case)} and the kubelets' clusterDomain the same.",
            (Proof("config", OBJECTS, observed), *map(probe_proof, failed[:3])),
            confidence=PROVEN,
            heading="Cluster DNS serves another domain than pods ask for",
        ),
        itself=True,
    )


def _searched(words: t.Iterable[t.Any]) -> list[str]:
    """The cluster's domain, as a search list has it."""
    return [str(word).rstrip(".").removeprefix("svc.") for word in words if str(word).startswith("svc.")]


def _is_served(zones: t.Sequence[str], domain: str) -> bool:
    return any(zone in (".", domain) or domain.endswith(f".{zone}") for zone in zones)


def _pods_of_served_domain(case: Case, zones: t.Sequence[str]) -> list[str]:
    """Pods that were read and whose search list has a domain that cluster DNS serves."""
    return [
        f"{name.removeprefix('pod:')} on {node.name}"
        for node in case.evidence.nodes.values()
        for name, namespace in node.namespaces.items()
        if name.startswith("pod:")
        and any(_is_served(zones, one) for one in _searched(ResolvConf.parse(namespace.resolv_conf).search))
    ]


def by_hosts_file(case: Case) -> t.Iterator[Cause]:
    """The servers know the name, and the hosts file of the source has another address for it, which does not answer."""
    evidence, source = case.evidence, case.evidence.source
    known = {address for probe in evidence.passed("dns-pod", "dns-cluster") for _name, address in answered(probe)}
    for probe in evidence.failed("tcp", "udp", "ping"):
        found = probe.data.get("resolution") or {}
        address = found.get("address")
        if not found.get("hosts_file") or address is None or not known or address in known or source is None:
            continue
        observed = f"its hosts file says {address}, the servers say {', '.join(sorted(known))}"
        yield Cause(
            finding(
                "dns-hosts-file",
                Location(
                    node=source.node, namespace=source.namespace, pod=source.name if source.kind == "pod" else None
                ),
                f"{source.label} finds {found.get('name')} by its DNS servers",
                observed,
                "Remove the entry: `hostAliases` in the pod's template, or whatever writes /etc/hosts there.",
                (Proof("probe", probe.id, observed), probe_proof(probe)),
                # For a name from outside, an address of its own may be meant.
                confidence=PROVEN if evidence.service is not None else LIKELY,
            ),
            itself=True,
        )
        return
