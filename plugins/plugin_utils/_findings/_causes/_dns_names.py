# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Names that are not known, or that stand for something else than was meant."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._case import Case
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import Cause, finding
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._view import Translation, translations
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._causes._dns_said import (
    answered,
    corefile,
    full_name,
    in_cluster,
    in_pairs,
    labels_of,
    named_pods,
    names_of,
    server_logs,
    service_of,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._objects._endpoints import (
    edit,
    no_endpoints,
    place_of,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._objects._workloads import OBJECTS, unready
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._packets._filters import owned_by_kube_proxy
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._seen._symptoms import DENIALS
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import (
    LIKELY,
    PROVEN,
    Location,
    Proof,
    probe_proof,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent import _dns as intent
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent._dns_kubernetes import is_empty
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent._services import (
    ServicePort,
    headless_answers,
    host_names,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._cluster import port_labels
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import Probe
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack import _address

# What cluster DNS is told is in one of these.
_UNREAD = frozenset(("configmaps", "*"))


def by_server(case: Case) -> t.Iterator[Cause]:
    """Cluster DNS gives the name of a Service an address that the Service does not have."""
    evidence = case.evidence
    name = str(evidence.destination.name if evidence.destination and evidence.destination.name else "")
    service = service_of(case, name) if name else None
    spec = service.spec if service is not None else {}
    wanted = {str(one) for one in spec.get("clusterIPs") or [spec.get("clusterIP")]}
    if service is None or service.headless or service.external_name or not wanted - {"None", ""}:
        return
    full = full_name(case, service, name)
    cluster = intent.cluster_address(case.index)
    for probe in (*evidence.passed("dns-cluster"), *evidence.passed("dns-pod"), *evidence.sent("dns-pairs")):
        if probe.role == "dns-pod" and (cluster is None or cluster not in names_of([probe])):
            continue
        known = {address for name, address in answered(probe) if name == full}
        if probe.role == "dns-pairs":
            known = {address for address in in_pairs(probe, full) if not set(address.split()) & wanted}
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
                f"Correct what answers before the plugin kubernetes in {corefile(case)}: hosts, template, rewrite,"
                " file.",
                (Proof("config", OBJECTS, observed), probe_proof(probe)),
                # Else somebody on the way may have answered.
                confidence=PROVEN if by else LIKELY,
            ),
            itself=True,
        )
        return


def by_another_server(case: Case, service: ServicePort, name: str, failed: t.Sequence[Probe]) -> Cause | None:
    """The name of a Service that is denied, where a rule that is not kube-proxy's leads the question to another server
    than cluster DNS, which alone has to know it."""
    if service.external_name or (service.headless and not headless_answers(case.index, service)):
        return None
    servers = intent.server_addresses(case.index)
    cluster = {intent.cluster_address(case.index), *servers}
    for probe in failed:
        astray = _astray(case, probe)
        if astray is None or owned_by_kube_proxy(astray.rule) or not cluster & {*names_of([probe]), astray.before.dst}:
            continue
        return _another_server(case, probe, astray, f"{name} is denied, and Service {service} exists")
    return None


def _astray(case: Case, probe: Probe) -> Translation | None:
    """The translation that leads this question, or a part of such questions, to another server than cluster DNS."""
    servers = intent.server_addresses(case.index)
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


def search_list_hit(case: Case, service: ServicePort, name: str, failed: t.Sequence[Probe]) -> Cause | None:
    """The short name of a Service that exists, asked by a pod whose search list does not complete it."""
    source = case.evidence.source
    full = full_name(case, service, name)
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


def _external_name(service: ServicePort, failed: t.Sequence[Probe]) -> Cause:
    """A Service that stands for a name outside. An address is none: no zone has it, so whoever is asked has none."""
    text = f"externalName of Service {service} is {service.external_name}"
    address = _address.number(str(service.external_name).rstrip(".")) is not None
    instead = "Or write a Service without selector, and an EndpointSlice with that address." if address else ""
    led = any(_leads_to(service, one) for one in failed)
    why = "for which DNS has no address" if led else "which does not"
    cause = Cause(
        finding(
            "dns-name-missing",
            place_of(service),
            f"the externalName of Service {service} is a name that exists",
            f"{text}, " + ("an address and no name: DNS has nothing for it" if address else why),
            "\n".join(filter(None, (f"Correct spec.externalName:\n{edit(service)}", instead))),
            (Proof("config", OBJECTS, text), *map(probe_proof, failed[:3])),
        ),
        itself=True,
    )
    denied = address and any(one.outcome in (*DENIALS, "servfail") for one in failed)
    return cause.as_sure_as(PROVEN) if denied or led else cause


def _leads_to(service: ServicePort, probe: Probe) -> bool:
    """Whether the answer was the Service's externalName, and no address for it."""
    wanted = str(service.external_name).rstrip(".").lower()
    aliases = [
        str(answer.get("value")).rstrip(".").lower()
        for answer in probe.data.get("answers") or []
        if answer.get("type") == "CNAME"
    ]
    return wanted in aliases and probe.outcome in DENIALS


def of_service(case: Case, service: ServicePort, name: str, failed: t.Sequence[Probe]) -> t.Iterator[Cause]:
    """The Service is there, and DNS has no address for it."""
    surface = missing_name(case, name, failed)
    if service.external_name:
        yield surface.because_of(_external_name(service, failed))
        return
    hidden = intent.Corefile.of(case.index).options.hides_empty(case.index, service)
    # Cluster DNS may be told so, where nobody could read what it is told.
    maybe = not hidden and _UNREAD & set(case.index.unreadable) and is_empty(case.index, service)
    if hidden or maybe or (service.headless and not headless_answers(case.index, service)):
        # Cluster DNS has no address for it, or is told to give no name to what nobody serves.
        cause = no_endpoints(case, service)
        yield surface.because_of(cause.as_sure_as(PROVEN if cause.itself and not cause.open and not maybe else LIKELY))
        return
    if service.headless and len(labels_of(case, name) or []) == 3:
        pods = [pod for pod in named_pods(case, service, name) if not case.index.pod_ready(pod)[0]]
        if pods and not service.spec.get("publishNotReadyAddresses"):
            from_pod = unready(case, pods[0])
            yield surface.because_of(from_pod.as_sure_as(PROVEN if from_pod.itself and not from_pod.open else LIKELY))
            return
    nobody = _no_such_pod(case, service, name, failed)
    if nobody is not None:
        yield nobody
        return
    misnamed = _other_subdomain(case, service, name, failed)
    yield misnamed if misnamed is not None else _unknown_to_server(case, service, name, surface)


def without_port(service: ServicePort, name: str, failed: t.Sequence[Probe]) -> Cause | None:
    """The name of a port (_PORT._PROTOCOL.SERVICE) that the Service has not."""
    words = [label.removeprefix("_") for label in port_labels(name)]
    entries = service.spec.get("ports") or []
    has = [(str(one.get("name") or ""), str(one.get("protocol") or "TCP").lower()) for one in entries]
    if not words or service.external_name or tuple(words) in has:
        return None
    listed = ", ".join(f"{called or 'one without a name'} ({protocol})" for called, protocol in has) or "none"
    observed = f"it has no port {words[0]} ({words[1]}); its ports are {listed}"
    return Cause(
        finding(
            "dns-name-missing",
            place_of(service),
            f"Service {service} has a port called {words[0]} for {words[1]}, which {name} asks for",
            observed,
            f"Ask for the name of a port that it has, or for the Service alone; or give the port that name:\n"
            f"{edit(service)}",
            (Proof("config", OBJECTS, f"Service {service}: {observed}"), *map(probe_proof, failed[:3])),
            confidence=PROVEN,
        ),
        itself=True,
    )


def by_own_servers(
    case: Case, service: ServicePort, name: str, failed: t.Sequence[Probe], own: t.Sequence[str]
) -> Cause:
    """Whoever asks is no pod, and its own servers, of which none is cluster DNS, say that there is no such Service:
    the names of the cluster are known to cluster DNS, and to whom forwards to it."""
    source = case.evidence.source
    label = source.label if source is not None else "the source"
    observed = f"{label} asks {', '.join(own)}, which {'says' if len(own) == 1 else 'say'} that there is no {name}"
    return Cause(
        finding(
            "dns-name-missing",
            Location(node=source.node if source is not None else None),
            f"the DNS servers of {label} know {name}",
            f"{observed}; cluster DNS alone knows the names of Services",
            "Ask from a pod; or ask for a name and an address that are known there, as of a load balancer, an Ingress"
            f" or a node port; or let those servers forward {intent.Corefile.of(case.index).domain} to cluster DNS.",
            (Proof("config", OBJECTS, f"Service {service} exists"), *map(probe_proof, failed[:3])),
            confidence=PROVEN,
            heading="The machine's DNS servers do not know the cluster's names",
        ),
        itself=True,
    )


def _no_such_pod(case: Case, service: ServicePort, name: str, failed: t.Sequence[Probe]) -> Cause | None:
    """The name of one pod of a headless Service, and no pod and no endpoint of it is called so."""
    if not service.headless or len(labels_of(case, name) or []) != 3 or "pods" in case.index.unreadable:
        return None
    first, called = name.split(".")[0], host_names(case.index, service)
    if first in called or named_pods(case, service, name):
        return None
    observed = f"no pod of Service {service} is called {first}" + (f"; it has {', '.join(called)}" if called else "")
    return Cause(
        finding(
            "dns-name-missing",
            place_of(service),
            f"a pod of the headless Service {service} has the hostname {first}",
            observed,
            "Ask for one that is there, or run more of them (`spec.replicas` of a StatefulSet; only its pods, and those"
            " with spec.hostname and spec.subdomain, have names).",
            (Proof("config", OBJECTS, observed), *map(probe_proof, failed[:3])),
            confidence=PROVEN,
        ),
        itself=True,
    )


def _other_subdomain(case: Case, service: ServicePort, name: str, failed: t.Sequence[Probe]) -> Cause | None:
    """The name of one pod of a headless Service, whose pod says that it belongs to another one."""
    if not service.headless or len(labels_of(case, name) or []) != 3:
        return None
    for pod in named_pods(case, service, name):
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


def _asks_for(probe: Probe, *names: str) -> bool:
    return str(probe.request.get("name")).rstrip(".") in [name.rstrip(".") for name in names]


def _unknown_to_server(case: Case, service: ServicePort, name: str, surface: Cause) -> Cause:
    """The Service is there, has what DNS should tell, and cluster DNS denies it: something answers in its place, or it
    does not see what the API server has."""
    full = full_name(case, service, name)
    file = intent.Corefile.of(case.index)
    instead, without = file.answers_for(full), file.options.leaves_out(case.index, service)
    by = instead or without
    why = f'its Corefile has "{by}"' if by else "why is not known"
    one = surface.finding
    asked = [one for one in case.evidence.sent("dns-cluster") if _asks_for(one, name, full)]
    told = dataclasses.replace(
        one,
        location=Location(namespace=intent.place(case.index)[0]),
        expected=f"cluster DNS knows Service {service}, which exists",
        observed=f"cluster DNS says that {name} does not exist; {why}",
        remediation=f"Correct what answers before the plugin kubernetes in {corefile(case)}."
        if instead
        else f'Take "{without}" out of the block `kubernetes` of {corefile(case)}, or let it hold the Service.'
        if without
        else "Look whether the DNS pods may read Services and EndpointSlices, and see the API server:\n"
        + server_logs(case),
        # The server itself denies what its own configuration denies.
        confidence=PROVEN if by and any(one.outcome in DENIALS for one in asked) else LIKELY,
    )
    return dataclasses.replace(surface, finding=told, open="" if by else "why cluster DNS does not know it")


def ended_by_hosts(case: Case, service: ServicePort | None, name: str, failed: t.Sequence[Probe]) -> Cause | None:
    """Cluster DNS fails for a name because `hosts` in its configuration lets nothing fall through to other plugins."""
    full = intent.service_name(case.index, service.namespace, service.name) if service is not None else name
    if not any(probe.outcome == "servfail" for probe in failed):
        return None
    if not intent.Corefile.of(case.index).ends_at_hosts(full):
        return None
    observed = (
        f"`hosts` in {corefile(case)} has no `fallthrough`, so cluster DNS fails for each name that it does not list"
    )
    return Cause(
        finding(
            "dns-name-missing",
            Location(namespace=intent.place(case.index)[0]),
            f"cluster DNS asks its other plugins for {name}",
            observed,
            f"Add `fallthrough` to the block `hosts` of {corefile(case)}.",
            (Proof("config", OBJECTS, observed), *map(probe_proof, failed[:3])),
            heading="Cluster DNS ends the search at its list of hosts",
        ),
        itself=True,
    )


def missing_name(case: Case, name: str, failed: t.Sequence[Probe]) -> Cause:
    """A name that no server knows."""
    evidence = case.evidence
    also = [probe for probe in evidence.sent("dns-cluster", "dns-upstream") if probe.outcome in DENIALS]
    known = in_cluster(case, name)
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


def turned_names(case: Case) -> t.Iterator[Cause]:
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
        if _addresses(probe) & {address for one in direct for address in _addresses(one)}:
            # The name that was meant leads there, too: to ask for it alone would change nothing.
            continue
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


def servers_disagree(case: Case, probes: t.Sequence[Probe]) -> t.Iterator[Cause]:
    """One server of cluster DNS denies the name that another one knows: an earlier one that is still behind the
    Service, or one with a configuration of its own. probes: what was denied to who asked."""
    asked = case.evidence.sent("dns-cluster")
    know = [probe for probe in asked if probe.status == "pass"]
    if not know or not probes:
        return
    for probe in asked:
        address = str(probe.request.get("target"))
        pod = case.owner_of(address)
        if pod is None or probe.outcome not in DENIALS:
            continue
        name, metadata = str(probe.request.get("name")).rstrip("."), pod["metadata"]
        label = f"{metadata.get('namespace')}/{metadata['name']}"
        others = ", ".join(dict.fromkeys(str(one.request.get("target")) for one in know))
        yield Cause(
            finding(
                "dns-name-missing",
                Location(
                    node=(pod.get("spec") or {}).get("nodeName"),
                    namespace=metadata.get("namespace"),
                    pod=metadata["name"],
                ),
                f"all servers of cluster DNS know {name}",
                f"pod {label} ({address}) says that {name} does not exist, and {others} knows it",
                f"Look whose pod {label} is, and what its configuration says; delete it where it is left over or has"
                " not read the configuration:\n"
                f"$ kubectl -n {metadata.get('namespace')} get pod {metadata['name']} -o yaml",
                tuple(map(probe_proof, (probe, *know[:1], *probes[:2]))),
                confidence=PROVEN,
                heading="One server of cluster DNS denies a name that another one knows",
            ),
            itself=True,
        )


def led_to_itself(case: Case) -> t.Iterator[Cause]:
    """The name resolves to an address by which each machine means itself: filters of names give such for what they
    block, and whoever asks connects to its own pod."""
    evidence = case.evidence
    end = evidence.destination
    if end is None or end.name is None or not evidence.failed("tcp", "udp", "ping") or _is_localhost(end.name):
        return
    for probe in evidence.passed("dns-pod"):
        given = _addresses(probe)
        kinds = {_address.kind(address) for address in given}
        if not probe.data.get("queries") or not kinds or not kinds <= {"zero", "loopback"}:
            continue
        upstream = [one for one in evidence.passed("dns-upstream") if given & _addresses(one)]
        by = "the servers that cluster DNS forwards to say the same" if upstream else "cluster DNS says so"
        yield Cause(
            finding(
                "dns-answer-wrong",
                Location(namespace=None if upstream else intent.place(case.index)[0]),
                f"{end.name} has an address by which another machine is reached",
                f"{end.name} is {', '.join(sorted(given))}, by which each machine means itself; {by}",
                "Look for a filter of names (a block list) in those servers, and let it know the name; or correct its"
                " record.",
                tuple(map(probe_proof, (probe, *upstream[:2], *evidence.failed("tcp", "udp")[:2]))),
                # Nobody is reached by no address; a loopback address may be meant.
                confidence=PROVEN if kinds == {"zero"} else LIKELY,
                heading="DNS gives the name an address that leads back to whoever asks",
            ),
            itself=True,
        )
        return


def _is_localhost(name: str) -> bool:
    """Whether a name is one of those that have to mean the machine itself (RFC 6761)."""
    return name.rstrip(".").lower().split(".")[-1] in ("localhost", "localdomain")


def _addresses(probe: Probe) -> set[str]:
    return {address for _name, address in answered(probe)}


def _answered_name(probe: Probe) -> str | None:
    """The name whose answer was taken."""
    for query in probe.data.get("queries") or []:
        if query.get("outcome") == "answer":
            return str(query.get("name")).rstrip(".")
    return None


def _is_short(case: Case, name: str, asked: str) -> bool:
    """Whether the search list was meant to complete the name: NAME.NAMESPACE or NAME.NAMESPACE.svc of a Service, one
    that only stands for another name too."""
    source = case.evidence.source
    namespace = source.namespace if source and source.kind == "pod" else None
    item = case.index.service_by_name(name, namespace)
    return (
        item is not None
        # A Service that is a name for another one has no ports, so that none was asked for.
        and (case.evidence.service is not None or (item.get("spec") or {}).get("type") == "ExternalName")
        and asked.startswith(f"{name}.")
        # A domain of the search list whose server knows every name has the whole name of a Service, too.
        and intent.Corefile.of(case.index).serves(asked)
    )
