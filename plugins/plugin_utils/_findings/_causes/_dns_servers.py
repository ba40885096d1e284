# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Servers of names that nobody reaches, that stay silent or that fail, and what they ask themselves."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._case import Case
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import Cause, finding
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._causes._dns_caches import (
    asked_cache,
    silent_cache,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._causes._dns_said import (
    EPHEMERAL,
    SILENT,
    corefile,
    heard,
    in_cluster,
    is_upstream,
    names_of,
    server_logs,
    service_of,
    speaks_for_upstream,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._objects._workloads import OBJECTS
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
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent._services import ServicePort
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._cluster import pod_netns
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import Probe
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import HOST
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack import _address
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import Packet
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Place

_WHAT_IS_LONG = " again what does not fit into a datagram"


def unreached_servers(case: Case, failed: t.Sequence[Probe]) -> t.Iterator[Cause]:
    """No answer came: by the packets' way to the Service, then to the servers themselves."""
    evidence = case.evidence
    cache = None if heard(failed) else asked_cache(case, failed)
    if cache is not None:
        yield from silent_cache(case, failed, cache)
        return
    surface = None if heard(failed) else _service_unreachable(case, failed)
    found = False
    for probe in failed:
        tried = try_probe(case, probe)
        for cause in tried.causes:
            found = True
            certain = sure(case, cause, tried)
            yield surface.because_of(certain) if surface is not None else certain
    if found or surface is None:
        return
    direct = evidence.sent("dns-cluster")
    if any(probe.status == "pass" for probe in direct):
        bridged = _bridged(case)
        yield surface.because_of(bridged) if bridged is not None else surface
        return
    unanswered = [probe for probe in direct if probe.status == "fail" and probe.outcome in SILENT]
    if direct and len(unanswered) == len(direct):
        yield from _mute(case, failed, unanswered)


def asked_outside(case: Case) -> str:
    """The name from outside that is asked for, or that the Service asked for stands for; empty where it is one that
    cluster DNS itself has to know."""
    name = str(case.evidence.destination.name if case.evidence.destination else "")
    service = service_of(case, name)
    if service is not None:
        return service.external_name or ""
    return "" if in_cluster(case, name) else name


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
    name = asked_outside(case)
    asked = _server_to_upstream(case, name) if name else None
    if asked is not None:
        yield asked
        return
    yield Cause(
        finding(
            "dns-server-down",
            Location(namespace=intent.place(case.index)[0]),
            "the cluster DNS pods answer queries",
            "no query to any of them is answered",
            f"Read their logs, and restart them if need be:\n{server_logs(case)}",
            tuple(map(probe_proof, (*failed[:3], *direct[:3]))),
            confidence=POSSIBLE,
            heading="Cluster DNS runs, but does not answer",
        ),
        open="why its servers do not answer",
    )


def _service_unreachable(case: Case, failed: t.Sequence[Probe]) -> Cause:
    direct = case.evidence.sent("dns-cluster")
    source = case.evidence.source
    asked = [item for item in map(case.index.service_by_address, names_of(failed)) if item is not None]
    metadata = asked[0]["metadata"] if asked else {}
    namespace, name = (metadata["namespace"], metadata["name"]) if asked else intent.place(case.index)
    surface = Cause(
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
    ports = [ServicePort(asked[0], entry) for entry in (asked[0].get("spec") or {}).get("ports") or []] if asked else []
    protocol = _asked_by(case)
    if not ports or any((one.port, one.protocol) == (intent.PORT, protocol) for one in ports):
        return surface
    return surface.because_of(_without_port(ports, failed, protocol))


def _asked_by(case: Case) -> str:
    """The protocol by which the source's resolver asks: TCP where its resolv.conf says so (use-vc), else UDP."""
    source = case.evidence.source
    found = case.namespace(Place(source.node, source.netns or HOST)) if source is not None and source.node else None
    return "tcp" if found is not None and "use-vc" in ResolvConf.parse(found.resolv_conf).options else "udp"


def _without_port(ports: t.Sequence[ServicePort], failed: t.Sequence[Probe], protocol: str, what: str = "") -> Cause:
    """The source's resolver asks, or asks something, by a protocol that the Service does not take."""
    listed = ", ".join(f"{one.port}/{one.protocol}" for one in ports)
    return Cause(
        finding(
            "service-port-missing",
            Location(namespace=ports[0].namespace, service=ports[0].name),
            f"Service {ports[0]} has port {intent.PORT} for {protocol}, by which the resolver asks{what}",
            f"its ports are {listed}",
            f"Add the port to its `spec.ports`:\n$ kubectl -n {ports[0].namespace} edit service {ports[0].name}",
            (Proof("config", OBJECTS, f"spec.ports of {ports[0]}: {listed}"), *map(probe_proof, failed[:2])),
            confidence=PROVEN,
        ),
        itself=True,
    )


def too_long(case: Case, failed: t.Sequence[Probe]) -> t.Iterator[Cause]:
    """An answer did not fit into a datagram, and what was asked again by TCP, as it has to be, was not answered."""
    source = case.evidence.source
    again = {
        str(query.get("server"))
        for probe in failed
        for query in probe.data.get("queries") or []
        if query.get("transport") == "tcp" and query.get("outcome") in SILENT and not query.get("rcode")
    }
    if _asked_by(case) == "tcp" or source is None or not source.node or not source.address:
        return
    for server in sorted(again):
        item = case.index.service_by_address(server)
        ports = [ServicePort(item, entry) for entry in (item.get("spec") or {}).get("ports") or []] if item else []
        if ports and not any((one.port, one.protocol) == (intent.PORT, "tcp") for one in ports):
            yield _without_port(ports, failed, "tcp", _WHAT_IS_LONG)
            continue
        family = 6 if ":" in server else 4
        syn = Packet(family, source.address, server, "tcp", EPHEMERAL, intent.PORT, flags=frozenset(("syn",)), df=True)
        cause = case.reason_of(Place(source.node, source.netns or HOST), syn)
        if cause is not None:
            yield cause.as_sure_as(LIKELY).saying(*map(probe_proof, failed[:2]))


def servers_of_its_own(case: Case, failed: t.Sequence[Probe]) -> tuple[str, ...]:
    """The servers that the source asked, where cluster DNS is none of them, nor a cache in front of it."""
    asked = names_of(failed)
    servers = intent.server_addresses(case.index)
    cluster = any(
        one in servers or intent.is_of_node(one) or case.index.service_by_address(one) is not None for one in asked
    )
    return () if cluster or intent.cluster_address(case.index) in (None, *asked) else asked


def silent_servers(case: Case, failed: t.Sequence[Probe], asked: tuple[str, ...]) -> t.Iterator[Cause]:
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


def _server_to_upstream(case: Case, name: str) -> Cause | None:
    """What keeps a DNS pod from the servers that it forwards a name from outside to."""
    by_tcp = intent.Corefile.of(case.index).asks_by_tcp(name)
    for pod in intent.servers(case.index):
        node = str((pod.get("spec") or {}).get("nodeName"))
        start = Place(node, pod_netns(pod))
        source = str((pod.get("status") or {}).get("podIP") or "")
        host = case.host(node)
        upstreams = [one for one in intent.Corefile.of(case.index).upstreams_for(name) if not one.startswith("/")]
        if not upstreams and host is not None:
            upstreams = list(ResolvConf.parse(host.resolv_conf).nameservers)
        for server, port in filter(None, map(intent.server_address, upstreams)):
            if case.namespace(start) is None or _address.number(server) is None or ":" in server:
                continue
            question = Packet(4, source, server, "udp", EPHEMERAL, port, df=True)
            if by_tcp:
                question = dataclasses.replace(question, protocol="tcp", flags=frozenset(("syn",)))
            cause = case.reason_of(start, question)
            if cause is not None:
                return cause.as_sure_as(LIKELY)
    return None


def failing_server(case: Case, failed: t.Sequence[Probe], name: str) -> t.Iterator[Cause]:
    """SERVFAIL for a name from outside, and the upstream answers the node: the way from the DNS pod to it, say."""
    direct = case.evidence.failed("dns-cluster")
    cause = _server_to_upstream(case, name)
    if cause is not None:
        yield cause.saying(*map(probe_proof, (*failed[:2], *direct[:2])))
        return
    if intent.Corefile.of(case.index).forwards_nowhere(name):
        yield _no_upstream(case, name, (*failed[:2], *direct[:2]))
        return
    upstream = [one for one in case.evidence.passed("dns-upstream") if is_upstream(case, one)]
    by_tcp = bool(upstream) and intent.Corefile.of(case.index).asks_by_tcp(name)
    observed = f"it has no answer for {name}, a name from outside"
    change = f"Correct `forward` in {corefile(case)}, and look at the way from the DNS pods to those servers."
    if by_tcp:
        observed += ", of which it asks by TCP alone (force_tcp), and which its server answers by UDP"
        change = f"Let the server take TCP, or take `force_tcp` out. Else: {change}"
    yield Cause(
        finding(
            "dns-upstream-failing",
            Location(namespace=intent.place(case.index)[0]),
            "cluster DNS gets an answer from the servers that it forwards to",
            observed,
            change,
            tuple(map(probe_proof, (*failed[:2], *direct[:2], *(upstream[:1] if by_tcp else ())))),
            confidence=LIKELY if by_tcp else POSSIBLE,
        ),
        open="which server it asks, and where that question ends",
    )


def _no_upstream(case: Case, name: str, probes: t.Sequence[Probe]) -> Cause:
    """A name from outside, and a configuration of cluster DNS that names nobody who would know it."""
    observed = f"{corefile(case)} has no `forward` for {name}, so cluster DNS refuses it"
    return Cause(
        finding(
            "dns-upstream-failing",
            Location(namespace=intent.place(case.index)[0]),
            "cluster DNS forwards names from outside to a server that knows them",
            observed,
            f"Write `forward . /etc/resolv.conf` (or other servers) into the block .:53 of {corefile(case)}.",
            (Proof("config", OBJECTS, observed), *map(probe_proof, probes)),
            heading="Cluster DNS is told no server for names from outside",
        ),
        itself=True,
    )


def dead_upstream(case: Case, failed: t.Sequence[Probe], upstream: t.Sequence[Probe], name: str) -> t.Iterator[Cause]:
    """The servers that cluster DNS forwards a name to do not answer the node either."""
    servers = ", ".join(intent.Corefile.of(case.index).upstreams_for(name))
    forwarded = (Proof("config", OBJECTS, f"{corefile(case)} forwards {name} to {servers}"),) if servers else ()
    surface = Cause(
        finding(
            "dns-upstream-failing",
            Location(namespace=intent.place(case.index)[0]),
            "the upstream servers answer",
            "; ".join(str(probe) for probe in upstream[:3]),
            f"Correct `forward` in {corefile(case)} or in the nodes' /etc/resolv.conf, or mend the upstream server.",
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
    # A look-up that was answered in the end shows nothing of servers that cluster DNS may not ask at all.
    harmed = any(probe.status == "fail" for probe in failed)
    silent = all(probe.outcome in SILENT and (harmed or speaks_for_upstream(case, probe)) for probe in upstream)
    yield surface.as_sure_as(PROVEN if silent else LIKELY)
