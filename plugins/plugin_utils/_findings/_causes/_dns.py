# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Causes in DNS, where a name is a part of the path: configuration, Service, servers, upstream, the name itself."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._case import Case
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import Cause, finding
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._view import Translation, translations
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._objects._endpoints import (
    dns_down,
    edit,
    no_endpoints,
    place_of,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._objects._workloads import OBJECTS, unready
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._experiment import Tried, try_probe
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._seen._proof import sure
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import (
    LIKELY,
    POSSIBLE,
    PROVEN,
    Location,
    Proof,
    probe_proof,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent import _dns as intent
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent._dns import ResolvConf
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent._services import ServicePort, headless_answers
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._cluster import pod_addresses, pod_netns
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import Probe
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack import _address
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import Packet
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Place

JsonObject = dict[str, t.Any]
_SILENT = ("timed_out", "refused", "unreachable", "no_route", "no_reply")
_NEGATIVE = ("nxdomain", "no_data")
# What keeps packets away whatever server they are for.
_BLOCKS = ("network-policy-deny", "netfilter-drop", "netfilter-reject", "xfrm-policy-block", "tc-filter-drop")
# A port that a program gets by default (net.ipv4.ip_local_port_range).
EPHEMERAL = 40000


def dns_causes(case: Case) -> t.Iterator[Cause]:
    """Configuration, server, Service, name, upstream: in the order in which a look-up needs them."""
    evidence = case.evidence
    if not evidence.uses_name or {"pods", "*"} & set(case.index.unreadable):
        return
    failed = evidence.failed("dns-pod")
    if not failed:
        yield from _turned(case)
        yield from _by_hosts_file(case)
        yield from _by_server(case)
        return
    configuration = _configuration(case, failed)
    if configuration is not None:
        yield from _tried_configuration(case, failed, configuration)
        return
    answered = [probe for probe in failed if probe.outcome not in _SILENT]
    own = _servers_of_its_own(case, failed)
    if own and not answered:
        yield from _silent_servers(case, failed, own)
        return
    domain = _other_domain(case, failed) if answered else None
    if domain is not None:
        yield domain
        return
    if answered:
        yield from _answers(case, failed)
        return
    upstream = [probe for probe in evidence.failed("dns-upstream") if probe.outcome in _SILENT]
    outside = evidence.service is None and not _in_cluster(
        case, str(evidence.destination.name if evidence.destination else "")
    )
    if outside and upstream and not evidence.passed("dns-upstream", "dns-cluster"):
        # A server that waits in vain for its own server answers late, or not at all.
        yield from _upstream(case, failed, upstream)
        return
    down = dns_down(case)
    if down is not None and not evidence.passed("dns-cluster"):
        yield _said(down, failed).as_sure_as(PROVEN if not down.open else LIKELY)
        return
    yield from _unreached(case, failed)


def _said(cause: Cause, probes: t.Sequence[Probe]) -> Cause:
    return cause.saying(*map(probe_proof, probes[:3]))


def _corefile(case: Case) -> str:
    return f"the Corefile (ConfigMap {intent.Corefile.of(case.index).name})"


def _logs(case: Case) -> str:
    return f"$ kubectl -n {intent.place(case.index)[0]} logs -l {intent.selection(case.index)} --tail=50"


# -- the packets ---------------------------------------------------------------------------------------------------
def _unreached(case: Case, failed: t.Sequence[Probe]) -> t.Iterator[Cause]:
    """No answer came: by the packets' way to the Service, then to the servers themselves."""
    evidence = case.evidence
    surface = _service_unreachable(case, failed)
    found = False
    for probe in failed:
        tried = try_probe(case, probe)
        for cause in tried.causes:
            found = True
            yield surface.because_of(sure(case, cause, tried))
    if found:
        return
    direct = evidence.sent("dns-cluster")
    if any(probe.status == "pass" for probe in direct):
        bridged = _bridged(case)
        yield surface.because_of(bridged) if bridged is not None else surface
        return
    unanswered = [probe for probe in direct if probe.status == "fail" and probe.outcome in _SILENT]
    if direct and len(unanswered) == len(direct):
        yield from _mute(case, failed, unanswered)


def _bridged(case: Case) -> Cause | None:
    """A server on the pod's own node, whose answers cross the bridge without being translated back."""
    source = case.evidence.source
    host = case.host(source.node) if source is not None and source.kind == "pod" else None
    sysctl = "net.bridge.bridge-nf-call-iptables"
    if source is None or host is None or source.host_network or host.sysctls.get(sysctl) != "0":
        return None
    near = [pod for pod in intent.servers(case.index) if (pod.get("spec") or {}).get("nodeName") == source.node]
    bridge = host.links.get(case.bridge(source.node) or "")
    if not near or bridge is None or (bridge.bridge is not None and bridge.bridge.nf_call_iptables):
        return None
    return Cause(
        finding(
            "bridge-netfilter-off",
            Location(node=source.node),
            f"{sysctl} is 1 on {source.node}, so that answers on the bridge are translated back",
            f"{sysctl} is 0, and a DNS server runs on the pod's own node: its answers come from an address that the pod"
            " never asked",
            f"$ modprobe br_netfilter; sysctl -w {sysctl}=1\nand keep both; then find out what sets it to 0.",
            (Proof("config", f"nodes/{source.node}.json.gz", f"{sysctl} = 0"),),
        )
    )


def _mute(case: Case, failed: t.Sequence[Probe], direct: t.Sequence[Probe]) -> t.Iterator[Cause]:
    """The servers do not answer when they are asked directly either."""
    tries: list[Tried] = [try_probe(case, probe) for probe in direct]
    causes = [sure(case, cause, tried) for tried in tries for cause in tried.causes]
    if causes:
        yield from causes
        return
    asked = _server_to_upstream(case)
    if asked is not None:
        yield asked
        return
    yield Cause(
        finding(
            "dns-server-down",
            Location(namespace=intent.place(case.index)[0]),
            "the cluster DNS pods answer queries",
            "no query to any of them is answered",
            f"Read their logs, and restart them if need be:\n{_logs(case)}",
            tuple(map(probe_proof, (*failed[:3], *direct[:3]))),
            confidence=POSSIBLE,
            heading="Cluster DNS runs, but does not answer",
        ),
        open="why its servers do not answer",
    )


def _service_unreachable(case: Case, failed: t.Sequence[Probe]) -> Cause:
    direct = case.evidence.sent("dns-cluster")
    source = case.evidence.source
    asked = [item for item in map(case.index.service_by_address, _asked(failed)) if item is not None]
    metadata = asked[0]["metadata"] if asked else {}
    namespace, name = (metadata["namespace"], metadata["name"]) if asked else intent.place(case.index)
    return Cause(
        finding(
            "dns-service-unreachable",
            Location(node=source.node if source else None, namespace=namespace, service=name),
            f"the Service {name} answers the pod",
            "its pods answer when they are asked directly, the Service does not"
            if any(probe.status == "pass" for probe in direct)
            else "it does not answer",
            "Look at kube-proxy on the node, and at the endpoints:\n"
            f"$ kubectl -n {namespace} get endpointslices -l kubernetes.io/service-name={name}",
            tuple(map(probe_proof, (*failed[:3], *direct[:2]))),
        ),
        open="what keeps its packets away",
    )


# -- servers that are none of the cluster's ------------------------------------------------------------------------
def _servers_of_its_own(case: Case, failed: t.Sequence[Probe]) -> tuple[str, ...]:
    """The servers that the source asked, where cluster DNS is none of them, nor a cache in front of it."""
    asked = _asked(failed)
    servers = {address for pod in intent.servers(case.index) for address in pod_addresses(pod)}
    cluster = any(
        one in servers or one.startswith(intent.LINK_LOCAL) or case.index.service_by_address(one) is not None
        for one in asked
    )
    return () if cluster or intent.cluster_address(case.index) in (None, *asked) else asked


def _silent_servers(case: Case, failed: t.Sequence[Probe], asked: tuple[str, ...]) -> t.Iterator[Cause]:
    """The source's own servers do not answer: by the way to them, or since no other node asks such ones."""
    surface = _own_servers_silent(case, failed, asked)
    causes = [(cause, tried) for tried in (try_probe(case, probe) for probe in failed) for cause in tried.causes]
    for cause, tried in causes:
        yield surface.because_of(sure(case, cause, tried))
    if not causes:
        yield surface


def _own_servers_silent(case: Case, failed: t.Sequence[Probe], asked: tuple[str, ...]) -> Cause:
    source, evidence = case.evidence.source, case.evidence
    node = source.node if source is not None else None
    others = {
        name: tuple(one.host.resolvers())
        for name, one in evidence.nodes.items()
        if name != node and name in case.pods.peers and one.host.resolvers()
    }
    label, listed = source.label if source is not None else "the source", ", ".join(asked)
    of_node = node is not None and (host := case.host(node)) is not None and set(asked) <= set(host.resolvers())
    odd = of_node and bool(others) and not any(set(asked) & set(servers) for servers in others.values())
    pod = source.name if source is not None and source.kind == "pod" and not of_node else None
    known = "; ".join(f"{name} has {', '.join(servers)}" for name, servers in sorted(others.items())[:3])
    return Cause(
        finding(
            "dns-config-wrong" if odd else "dns-upstream-failing",
            Location(node=node, namespace=source.namespace if source is not None and pod else None, pod=pod),
            f"the DNS servers that {label} asks answer",
            f"{listed} does not answer" + (f", and no other node asks it: {known}" if odd else ""),
            f"Correct nameserver in /etc/resolv.conf of {node}, or what writes it (DHCP, netplan, systemd-resolved)."
            if odd
            else f"Mend the server or the way to it, or name another one in the resolv.conf of {label}.",
            (
                *((Proof("config", f"nodes/{node}.json.gz", f"nameserver {listed}"),) if node else ()),
                *map(probe_proof, failed[:3]),
            ),
            heading="The node asks a DNS server that does not answer, and no other node asks"
            if odd
            else "The DNS server that is asked does not answer",
        ),
        itself=odd,
        open="" if odd else "why the server does not answer",
    )


# -- resolv.conf ---------------------------------------------------------------------------------------------------
def _configuration(case: Case, failed: t.Sequence[Probe]) -> Cause | None:
    """A pod that asks other servers than the kubelet ought to have given it."""
    source = case.evidence.source
    if source is None or source.kind != "pod":
        return None
    pod = case.index.pods.get((source.namespace, source.name))
    namespace = case.evidence.namespace(source.node, source.netns)
    if pod is None or namespace is None:
        return None
    place = Location(node=source.node, namespace=source.namespace, pod=source.name)
    asked = _asked(failed) or tuple(namespace.resolvers())
    cluster = intent.cluster_address(case.index)
    if intent.falls_back_to_node(pod) and case.evidence.service is not None and cluster not in asked:
        return Cause(
            finding(
                "dns-config-wrong",
                place,
                f"{source.label}, which runs on its node's network, asks the cluster's DNS ({cluster})",
                f"its dnsPolicy ClusterFirst counts as Default there: it asks {', '.join(asked)}",
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
            f"its resolv.conf names {', '.join(asked)}",
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


def _tried_configuration(case: Case, failed: t.Sequence[Probe], configuration: Cause) -> t.Iterator[Cause]:
    """Other servers than the kubelet's may be meant: where a rule keeps the questions from them, that is the cause if
    cluster DNS could not be asked either, and one of two if it could."""
    blocked: dict[tuple[str, str], Cause] = {}
    if all(probe.outcome in _SILENT for probe in failed):
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


def _other_domain(case: Case, failed: t.Sequence[Probe]) -> Cause | None:
    """A pod that asks for names of a domain that cluster DNS does not serve: the odd one out is the kubelet of its node
    where the kubelets of others say the one that is served."""
    zones = intent.Corefile.of(case.index).zones
    searched = [
        domain for probe in failed for domain in _searched((probe.data.get("resolv_conf") or {}).get("search") or [])
    ]
    if not zones or not searched or any(_is_served(zones, one) for one in searched) or not any(map(_denied, failed)):
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
                    Proof("config", OBJECTS, f"{_corefile(case)} serves {', '.join(zones)}"),
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
            f"Make the `kubernetes` line of {_corefile(case)} and the kubelets' clusterDomain the same.",
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


def _by_hosts_file(case: Case) -> t.Iterator[Cause]:
    """The servers know the name, and the hosts file of the source has another address for it, which does not answer."""
    evidence, source = case.evidence, case.evidence.source
    known = {address for probe in evidence.passed("dns-pod", "dns-cluster") for _name, address in _answered(probe)}
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


def _by_server(case: Case) -> t.Iterator[Cause]:
    """Cluster DNS gives the name of a Service an address that the Service does not have."""
    evidence = case.evidence
    name = str(evidence.destination.name if evidence.destination and evidence.destination.name else "")
    service = _service_of(case, name) if name else None
    spec = service.spec if service is not None else {}
    wanted = {str(one) for one in spec.get("clusterIPs") or [spec.get("clusterIP")]}
    if service is None or service.headless or service.external_name or not wanted - {"None", ""}:
        return
    full = intent.service_name(case.index, service.namespace, service.name)
    cluster = intent.cluster_address(case.index)
    for probe in (*evidence.passed("dns-cluster"), *evidence.passed("dns-pod"), *evidence.sent("dns-pairs")):
        if probe.role == "dns-pod" and (cluster is None or cluster not in _asked([probe])):
            continue
        known = {address for name, address in _answered(probe) if name == full}
        if probe.role == "dns-pairs":
            known = {address for address in _in_pairs(probe, full) if not set(address.split()) & wanted}
        if not known or known & wanted:
            continue
        by = intent.Corefile.of(case.index).answers_for(full)
        observed = (
            f"cluster DNS says {', '.join(sorted(known))} for {full}, and the Service has {', '.join(sorted(wanted))}"
        )
        astray = None if by else _astray(case, probe)
        if astray is not None:
            yield _another_server(case, probe, astray, observed)
            return
        yield Cause(
            finding(
                "dns-answer-wrong",
                Location(namespace=intent.place(case.index)[0]),
                f"cluster DNS gives {full} the address of Service {service}",
                observed + (f'; its Corefile has "{by}"' if by else ""),
                f"Correct what answers before the plugin kubernetes in {_corefile(case)}: hosts, template, rewrite,"
                " file.",
                (Proof("config", OBJECTS, observed), probe_proof(probe)),
                # Else somebody on the way may have answered.
                confidence=PROVEN if by else LIKELY,
            ),
            itself=True,
        )
        return


def _astray(case: Case, probe: Probe) -> Translation | None:
    """The translation that leads this question, or a part of such questions, to another server than cluster DNS."""
    servers = {str((pod.get("status") or {}).get("podIP")) for pod in intent.servers(case.index)}
    trips = [case.trip(one) for one in (probe, *case.evidence.sent("dns-cluster", "dns-pod"))]
    for way in (way for trip in trips if trip is not None for way in trip.ways):
        found = translations(way.forward)
        if found and found[-1].rule is not None and found[-1].after.dst not in servers:
            return found[-1]
    return None


def _another_server(case: Case, probe: Probe, astray: Translation, observed: str) -> Cause:
    """The answer came, or may have come, from where a rule sends questions."""
    trip = case.trip(probe)
    ways = trip.ways if trip is not None else ()
    always = bool(ways) and all(astray.rule in [one.rule for one in translations(way.forward)] for way in ways)
    ref = f"nodes/{astray.place.node}.json.gz"
    goes = f"{'questions' if always else 'a part of the questions'} to {astray.before.dst} go to"
    seen = f'{goes} {astray.after.dst}:{astray.after.dport} by the rule "{astray.rule}"'
    return Cause(
        finding(
            "dns-answer-wrong",
            Location(node=astray.place.node),
            "questions to cluster DNS come to cluster DNS",
            f"{observed}; {seen}",
            f"Take that rule of {astray.place.node} away, or correct the server that it leads to.",
            (Proof("config", ref, f"{astray.place.node}: {seen}"), probe_proof(probe)),
            confidence=PROVEN if always else LIKELY,
            heading="Questions to cluster DNS are answered by another server",
        ),
        itself=True,
    )


def _answered(probe: Probe) -> list[tuple[str, str]]:
    """Names and addresses of an answer, without the records that only lead to another name."""
    records = [one for one in probe.data.get("answers") or [] if isinstance(one, dict)]
    return [
        (str(one.get("name")).rstrip("."), str(one.get("value"))) for one in records if one.get("type") in ("A", "AAAA")
    ]


def _in_pairs(probe: Probe, full: str) -> list[str]:
    """The different answers to many questions for a name in a row, each a list of addresses."""
    asked = str((probe.data.get("question") or {}).get("name") or "").rstrip(".")
    servers = probe.data.get("servers") or [] if asked == full else []
    return [str(answer) for server in servers for answer in server.get("addresses") or ()]


def _asked(failed: t.Sequence[Probe]) -> tuple[str, ...]:
    """The servers that were really asked."""
    names = [
        str(server.get("nameserver") or server.get("server"))
        for probe in failed
        for server in probe.data.get("servers") or []
        if server.get("nameserver") or server.get("server")
    ]
    return tuple(dict.fromkeys(names))


# -- answers -------------------------------------------------------------------------------------------------------
def _answers(case: Case, failed: t.Sequence[Probe]) -> t.Iterator[Cause]:
    """The servers answered, and not with an address."""
    evidence = case.evidence
    name = str(evidence.destination.name if evidence.destination else "")
    service = _service_of(case, name)
    upstream = [probe for probe in evidence.failed("dns-upstream") if probe.outcome in (*_SILENT, "servfail")]
    outside = service is None and not _in_cluster(case, name)
    if outside and upstream and not evidence.passed("dns-upstream"):
        yield from _upstream(case, failed, upstream)
        return
    if not any(map(_denied, (*failed, *evidence.failed("dns-cluster")))):
        if outside and any(probe.outcome == "servfail" for probe in failed):
            yield from _failing_server(case, failed)
        return
    if service is not None:
        unlisted = _search_list(case, service, name, failed)
        if unlisted is not None:
            yield unlisted
            return
        yield from _of_service(case, service, name, failed)
        return
    yield _missing(case, name, failed)


def _search_list(case: Case, service: ServicePort, name: str, failed: t.Sequence[Probe]) -> Cause | None:
    """The short name of a Service that exists, asked by a pod whose search list does not complete it."""
    source = case.evidence.source
    full = intent.service_name(case.index, service.namespace, service.name)
    tried = {str(query.get("name")).rstrip(".") for probe in failed for query in probe.data.get("queries") or []}
    if source is None or source.kind != "pod" or not case.evidence.passed("dns-cluster") or not tried or full in tried:
        return None
    listed = [str(probe.data.get("resolv_conf", {}).get("search")) for probe in failed if probe.data.get("resolv_conf")]
    return Cause(
        finding(
            "dns-config-wrong",
            Location(node=source.node, namespace=source.namespace, pod=source.name),
            f"the search list of {source.label} makes {full} of {name}",
            f"it is {listed[0] if listed else 'empty'}; the servers know {full}",
            "Ask for the full name, or correct what writes the pod's resolv.conf (dnsPolicy and dnsConfig).",
            tuple(map(probe_proof, (*failed[:2], *case.evidence.passed("dns-cluster")[:1]))),
            confidence=PROVEN,
        ),
        itself=True,
    )


def _denied(probe: Probe) -> bool:
    """Whether a server said that the very name does not exist, whatever it said of the search list's names."""
    asked = str(probe.request.get("name") or "").rstrip(".")
    return probe.outcome in _NEGATIVE or any(
        query.get("outcome") in _NEGATIVE and str(query.get("name")).rstrip(".") == asked
        for query in probe.data.get("queries") or []
    )


def _server_to_upstream(case: Case) -> Cause | None:
    """What keeps a DNS pod from the servers that it forwards to, where a name from outside is asked for."""
    name = str(case.evidence.destination.name if case.evidence.destination else "")
    if _service_of(case, name) is not None or _in_cluster(case, name):
        return None
    for pod in intent.servers(case.index):
        node = str((pod.get("spec") or {}).get("nodeName"))
        start = Place(node, pod_netns(pod))
        source = str((pod.get("status") or {}).get("podIP") or "")
        host = case.host(node)
        upstreams = [one for one in intent.Corefile.of(case.index).upstreams_for(name) if not one.startswith("/")]
        if not upstreams and host is not None:
            upstreams = list(ResolvConf.parse(host.resolv_conf).nameservers)
        for server in upstreams:
            if case.namespace(start) is None or _address.number(server) is None or ":" in server:
                continue
            question = Packet(4, source, server, "udp", EPHEMERAL, 53, df=True)
            cause = case.reason_of(start, question)
            if cause is not None:
                return cause.as_sure_as(LIKELY)
    return None


def _failing_server(case: Case, failed: t.Sequence[Probe]) -> t.Iterator[Cause]:
    """SERVFAIL for a name from outside, and the upstream answers the node: the way from the DNS pod to it, say."""
    direct = case.evidence.failed("dns-cluster")
    cause = _server_to_upstream(case)
    if cause is not None:
        yield cause.saying(*map(probe_proof, (*failed[:2], *direct[:2])))
        return
    yield Cause(
        finding(
            "dns-upstream-failing",
            Location(namespace=intent.place(case.index)[0]),
            "cluster DNS gets an answer from the servers that it forwards to",
            "it answers SERVFAIL for a name from outside",
            f"Correct `forward` in {_corefile(case)}, and look at the way from the DNS pods to those servers.",
            tuple(map(probe_proof, (*failed[:2], *direct[:2]))),
            confidence=POSSIBLE,
        ),
        open="which server it asks, and where that question ends",
    )


def _upstream(case: Case, failed: t.Sequence[Probe], upstream: t.Sequence[Probe]) -> t.Iterator[Cause]:
    """The servers that cluster DNS forwards to do not answer the node either."""
    name = str(case.evidence.destination.name if case.evidence.destination else "")
    servers = ", ".join(intent.Corefile.of(case.index).upstreams_for(name))
    forwarded = (Proof("config", OBJECTS, f"{_corefile(case)} forwards {name} to {servers}"),) if servers else ()
    surface = Cause(
        finding(
            "dns-upstream-failing",
            Location(namespace=intent.place(case.index)[0]),
            "the upstream servers answer",
            "; ".join(str(probe) for probe in upstream[:3]),
            f"Correct `forward` in {_corefile(case)} or in the nodes' /etc/resolv.conf, or mend the upstream server.",
            (*forwarded, *map(probe_proof, (*failed[:3], *upstream[:3]))),
        ),
        itself=True,
    )
    tries = [try_probe(case, probe) for probe in upstream]
    causes = [(cause, tried) for tried in tries for cause in tried.causes]
    if causes:
        cause, tried = causes[0]
        yield surface.because_of(sure(case, cause, tried))
        return
    yield surface.as_sure_as(PROVEN if all(probe.outcome in _SILENT for probe in upstream) else LIKELY)


def _labels(case: Case, name: str) -> list[str] | None:
    """NAME.NAMESPACE of a name in the cluster's domain, or of one that the search list puts there."""
    domain = intent.Corefile.of(case.index).domain
    labels = name.rstrip(".").split(".")
    ends = f"svc.{domain}".split(".")
    if labels[-len(ends) :] == ends:
        return labels[: -len(ends)]
    if labels[-1:] == ["svc"]:
        return labels[:-1]
    return None


def _in_cluster(case: Case, name: str) -> bool:
    labels = _labels(case, name)
    return labels is not None or "." not in name.rstrip(".")


def _service_of(case: Case, name: str) -> ServicePort | None:
    """The Service that a name means, also as NAME.SERVICE.NAMESPACE.svc, the name of one of its pods."""
    evidence = case.evidence
    namespace = evidence.source.namespace if evidence.source and evidence.source.kind == "pod" else None
    item = case.index.service_by_name(name, namespace)
    labels = _labels(case, name) or []
    if item is None and len(labels) == 3:
        item = case.index.services.get((labels[2], labels[1]))
    if item is None and len(labels) == 2:
        item = case.index.services.get((labels[1], labels[0]))
    entries = ((item or {}).get("spec") or {}).get("ports") or [{"port": 0}]
    port = evidence.destination.port if evidence.destination else None
    chosen = next((entry for entry in entries if entry.get("port") == port), entries[0])
    return ServicePort(item, chosen) if item is not None else None


def _of_service(case: Case, service: ServicePort, name: str, failed: t.Sequence[Probe]) -> t.Iterator[Cause]:
    """The Service is there, and DNS has no address for it."""
    surface = _missing(case, name, failed)
    if service.external_name:
        text = f"externalName of Service {service} is {service.external_name}"
        yield surface.because_of(
            Cause(
                finding(
                    "dns-name-missing",
                    place_of(service),
                    f"the externalName of Service {service} is a name that exists",
                    f"{text}, which does not",
                    f"Correct spec.externalName:\n{edit(service)}",
                    (Proof("config", OBJECTS, text), *map(probe_proof, failed[:3])),
                ),
                itself=True,
            )
        )
        return
    if service.headless and not headless_answers(case.index, service):
        cause = no_endpoints(case, service)
        yield surface.because_of(cause.as_sure_as(PROVEN if cause.itself and not cause.open else LIKELY))
        return
    if service.headless and len(_labels(case, name) or []) == 3:
        pods = [pod for pod in _named_pods(case, service, name) if not case.index.pod_ready(pod)[0]]
        if pods and not service.spec.get("publishNotReadyAddresses"):
            from_pod = unready(case, pods[0])
            yield surface.because_of(from_pod.as_sure_as(PROVEN if from_pod.itself and not from_pod.open else LIKELY))
            return
    misnamed = _other_subdomain(case, service, name, failed)
    yield misnamed if misnamed is not None else _unknown_to_server(case, service, name, surface)


def _other_subdomain(case: Case, service: ServicePort, name: str, failed: t.Sequence[Probe]) -> Cause | None:
    """The name of one pod of a headless Service, whose pod says that it belongs to another one."""
    if not service.headless or len(_labels(case, name) or []) != 3:
        return None
    for pod in _named_pods(case, service, name):
        said = str((pod.get("spec") or {}).get("subdomain") or "")
        if said == service.name:
            continue
        label = f"{pod['metadata'].get('namespace')}/{pod['metadata']['name']}"
        observed = f"pod {label} has {f'the subdomain {said}' if said else 'no subdomain'}, not {service.name}"
        return Cause(
            finding(
                "dns-name-missing",
                Location(namespace=pod["metadata"].get("namespace"), pod=pod["metadata"]["name"]),
                f"the subdomain of pod {label} is the name of the headless Service {service}",
                f"{observed}: it has no name below that Service",
                f"Set spec.subdomain (spec.serviceName of a StatefulSet) to {service.name}, or call the Service {said}."
                if said
                else f"Set spec.hostname and spec.subdomain (serviceName of a StatefulSet) to {service.name}.",
                (Proof("config", OBJECTS, observed), *map(probe_proof, failed[:3])),
                confidence=PROVEN,
            ),
            itself=True,
        )
    return None


def _unknown_to_server(case: Case, service: ServicePort, name: str, surface: Cause) -> Cause:
    """The Service is there, has what DNS should tell, and cluster DNS denies it: something answers in its place, or it
    does not see what the API server has."""
    full = intent.service_name(case.index, service.namespace, service.name)
    by = intent.Corefile.of(case.index).answers_for(full)
    why = f'its Corefile has "{by}"' if by else "why is not known"
    one = surface.finding
    told = dataclasses.replace(
        one,
        location=Location(namespace=intent.place(case.index)[0]),
        expected=f"cluster DNS knows Service {service}, which exists",
        observed=f"cluster DNS says that {name} does not exist; {why}",
        remediation=f"Correct what answers before the plugin kubernetes in {_corefile(case)}."
        if by
        else "Look whether the DNS pods may read Services and EndpointSlices, and see the API server:\n" + _logs(case),
        confidence=LIKELY,
    )
    return dataclasses.replace(surface, finding=told, open="" if by else "why cluster DNS does not know it")


def _named_pods(case: Case, service: ServicePort, name: str) -> list[JsonObject]:
    first = name.split(".")[0]
    return [
        pod
        for (namespace, pod_name), pod in case.index.pods.items()
        if namespace == service.namespace and first in (pod_name, (pod.get("spec") or {}).get("hostname"))
    ]


def _missing(case: Case, name: str, failed: t.Sequence[Probe]) -> Cause:
    evidence = case.evidence
    also = [probe for probe in evidence.sent("dns-cluster", "dns-upstream") if probe.outcome in _NEGATIVE]
    known = _in_cluster(case, name)
    near = ""
    if known and "services" not in case.index.unreadable:
        near = case.index.similar([one for _namespace, one in case.index.services], name.split(".")[0])
    return Cause(
        finding(
            "dns-name-missing",
            Location(),
            f"{name} exists",
            f"the servers say that {name} does not exist{near}",
            "Correct the name, or make what it means.",
            tuple(map(probe_proof, (*failed[:3], *also[:2]))),
            confidence=PROVEN if also and not evidence.passed("dns-upstream") else LIKELY,
        ),
        itself=bool(also),
    )


# -- the search list -----------------------------------------------------------------------------------------------
def _turned(case: Case) -> t.Iterator[Cause]:
    """The name resolves, but as another name of the search list, and what it means does not answer."""
    evidence = case.evidence
    end = evidence.destination
    if end is None or end.name is None or not evidence.failed("tcp", "udp", "ping"):
        return
    name = end.name.rstrip(".")
    for probe in evidence.passed("dns-pod"):
        asked = _answered_name(probe)
        if asked is None or asked == name or "." not in name or _is_short(case, name, asked):
            continue
        direct = [one for one in evidence.sent("dns-cluster") if one.request.get("name") in (name, None)]
        source = evidence.source
        yield Cause(
            finding(
                "dns-search-ndots",
                Location(
                    node=source.node if source else None,
                    namespace=source.namespace if source else None,
                    pod=source.name if source and source.kind == "pod" else None,
                ),
                f"a look-up of {name} asks for {name}",
                f"the search list made it {asked}, which exists too",
                f"Write the name with a final dot ({name}.), or lower ndots in the pod's dnsConfig.",
                tuple(map(probe_proof, (probe, *direct[:2], *evidence.failed("tcp", "udp")[:2]))),
            ),
            itself=True,
        )
        return


def _answered_name(probe: Probe) -> str | None:
    """The name whose answer was taken."""
    for query in probe.data.get("queries") or []:
        if query.get("outcome") == "answer":
            return str(query.get("name")).rstrip(".")
    return None


def _is_short(case: Case, name: str, asked: str) -> bool:
    """Whether the search list was meant to complete the name: NAME.NAMESPACE or NAME.NAMESPACE.svc of a Service."""
    source = case.evidence.source
    namespace = source.namespace if source and source.kind == "pod" else None
    return (
        case.evidence.service is not None
        and case.index.service_by_name(name, namespace) is not None
        and (asked.startswith(f"{name}."))
    )
