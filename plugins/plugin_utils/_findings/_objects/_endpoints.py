# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Why a Service does not lead anywhere: from its objects alone, each answer asked for a deeper one."""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._case import Case
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import Cause, finding
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._objects._unmade import unmade
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._objects._workloads import OBJECTS, unready
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import (
    LIKELY,
    Location,
    Proof,
    probe_proof,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent import _dns as cluster_dns
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent import _services as services
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent._services import Entry, ServicePort, Want
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._cluster import OF_SERVICE, pod_addresses


def place_of(service: ServicePort) -> Location:
    """The Service as a location."""
    return Location(namespace=service.namespace, service=service.name)


def edit(service: ServicePort) -> str:
    """How one changes it."""
    return f"$ kubectl -n {service.namespace} edit service {service.name}"


def readable(case: Case) -> bool:
    """Nothing is said about endpoints or pods that could not be read."""
    return not {"pods", "services", "endpointslices", "*"} & set(case.index.unreadable)


def unserved(case: Case, service: ServicePort, entry: Entry, decision: services.Decision, node: str | None) -> Cause:
    """Why a packet to this Service ought not to be forwarded on this node, as the objects are."""
    if decision.want is Want.DROP_SOURCE:
        ranges = ", ".join(service.source_ranges)
        return Cause(
            finding(
                "loadbalancer-source-range",
                place_of(service),
                f"the loadBalancerSourceRanges of Service {service} hold the client",
                f"they are {ranges}",
                f"Add the client's network to spec.loadBalancerSourceRanges:\n{edit(service)}",
                (Proof("config", OBJECTS, f"loadBalancerSourceRanges of {service}: {ranges}"),),
            ),
            itself=True,
        )
    if decision.want is Want.DROP_NOT_LOCAL:
        inside = entry is Entry.CLUSTER_IP
        field = "internalTrafficPolicy" if inside else "externalTrafficPolicy"
        nodes = sorted({str(one.node) for one in services.slice_backends(case.index, service) if one.ready})
        return Cause(
            finding(
                "service-internal-traffic-local" if inside else "service-external-traffic-local",
                place_of(service),
                f"{node} has an endpoint of Service {service}, whose {field} is Local",
                f"its endpoints are on {', '.join(nodes)} only",
                f"Ask a node that has an endpoint, run a pod on every node, or set {field} to Cluster:\n"
                + edit(service),
                (Proof("config", OBJECTS, f"{field} of {service} is Local; endpoints on {', '.join(nodes)}"),),
            ),
            itself=True,
        )
    return no_endpoints(case, service, entry)


def no_endpoints(case: Case, service: ServicePort, entry: Entry = Entry.CLUSTER_IP) -> Cause:
    """Why no endpoint of the Service takes traffic."""
    backends = services.slice_backends(case.index, service, None)
    observed = (
        f"none of the {len(backends)} endpoints in its EndpointSlices is ready"
        if backends
        else "its EndpointSlices list no endpoint for that port"
    )
    unserved = services.unserved_slices(case.index, service)
    if not service.selector and not services.slices(case.index, service):
        unserved = ["it has no selector, and nobody has written an EndpointSlice for it"]
    surface = Cause(
        finding(
            "service-no-endpoints",
            place_of(service),
            f"Service {service} has a ready endpoint for port {service.port}",
            "; ".join([observed, *unserved]),
            ("" if service.selector else _by_hand(service))
            + f"$ kubectl -n {service.namespace} get endpointslices -l {OF_SERVICE}={service.name} -o yaml",
            (Proof("config", OBJECTS, f"ready endpoints of {service} port {service.port}: none"),),
        ),
        itself=True,
    )
    deeper = _why_empty(case, service, entry)
    return surface.because_of(deeper) if deeper else surface


def _by_hand(service: ServicePort) -> str:
    """How the slices of a Service without a selector have to be, which a person or an operator writes."""
    name = service.entry.get("name")
    called = f"a port called {name}" if name else "a port without a name"
    return (
        f"Write an EndpointSlice with the label {OF_SERVICE}={service.name}, {called} with a number for"
        f" {service.protocol}, and addresses that are ready; or correct the one that is there:\n"
    )


def _why_empty(case: Case, service: ServicePort, entry: Entry) -> Cause | None:
    if (service.namespace, service.name) == cluster_dns.place(case.index):
        down = dns_down(case)
        if down is not None:
            return down
    if entry is Entry.EXTERNAL_IP:
        return _claims(service)
    if not service.selector:
        return None
    pods = services.selected_pods(case.index, service)
    if not pods:
        ending = _ending_namespace(case, service)
        if ending is not None:
            return ending
        ended = services.ended_pods(case.index, service)
        if ended and not services.workloads(case.index, service):
            # Nobody starts them again: what the selector means is right, and over.
            return _none_ready(case, service, ended)
        return _no_pods(case, service)
    named = _named_port(case, service, pods)
    if named is not None:
        return named
    unfit = [pod for pod in pods if not case.index.pod_ready(pod)[0]]
    if len(unfit) == len(pods):
        return _none_ready(case, service, pods)
    return _unlisted(case, service, [pod for pod in pods if pod not in unfit])


def _ending_namespace(case: Case, service: ServicePort) -> Cause | None:
    """Its namespace is being deleted: the pods are gone, none is admitted, and a finalizer holds what is left."""
    found = [one["metadata"] for one in case.index.resources.get("namespaces") or []]
    since = next((one.get("deletionTimestamp") for one in found if one["name"] == service.namespace), None)
    if since is None:
        return None
    observed = (
        f"namespace {service.namespace} is being deleted since {since}: the Service has no pod there any more, and"
        " none is admitted"
    )
    return Cause(
        finding(
            "service-no-endpoints",
            place_of(service),
            f"the namespace of Service {service} is there to stay",
            observed,
            "Use the Service that took its place. What holds the namespace is told by its status, and each object there"
            " by its metadata.finalizers:\n"
            f"$ kubectl get namespace {service.namespace} -o jsonpath='{{.status.conditions[*].message}}'",
            (Proof("config", OBJECTS, observed),),
            heading="The namespace of the Service is being deleted",
        ),
        itself=True,
    )


def _claims(service: ServicePort) -> Cause:
    texts = ", ".join(service.spec.get("externalIPs") or [])
    return Cause(
        finding(
            "service-claims-address",
            place_of(service),
            "no Service takes an address that belongs to somebody else",
            f"externalIPs of Service {service} are {texts}: every node answers for them itself, and the Service has no"
            " endpoint",
            f"Take the address out of spec.externalIPs, or give the Service pods:\n{edit(service)}",
            (Proof("config", OBJECTS, f"externalIPs of {service}: {texts}"),),
        ),
        itself=True,
    )


def _no_pods(case: Case, service: ServicePort) -> Cause | None:
    """No pod matches: the selector is wrong, or nobody runs what it means."""
    text = ",".join(f"{key}={value}" for key, value in sorted(service.selector.items()))
    if {"deployments", "pods"} & set(case.index.unreadable):
        return None
    if services.workloads(case.index, service):
        return unmade(case, service)
    near = nearest(case, service)
    return Cause(
        finding(
            "service-selector-mismatch",
            place_of(service),
            f"the selector {text} of Service {service} matches the pods that serve it",
            f"no pod of namespace {service.namespace} has the labels {text}" + (f"; closest: {near}" if near else ""),
            f"Correct the selector:\n{edit(service)}\nor the labels of the pods' template.",
            (Proof("config", OBJECTS, f"selector {text}; pods that match: none; endpoints: none"),),
        ),
        itself=True,
    )


def nearest(case: Case, service: ServicePort) -> str:
    """A workload with the same label keys and other values, which is what a typing error leaves behind."""
    for kind, resource in services.WORKLOADS.items():
        for item in case.index.resources.get(resource) or []:
            labels = ((item.get("spec") or {}).get("template") or {}).get("metadata", {}).get("labels") or {}
            if item["metadata"].get("namespace") == service.namespace and service.selector.keys() <= labels.keys():
                have = ",".join(f"{key}={labels[key]}" for key in sorted(service.selector))
                return f"{kind} {item['metadata']['name']} with {have}"
    return ""


def _named_port(case: Case, service: ServicePort, pods: t.Sequence[JsonObject]) -> Cause | None:
    if isinstance(service.target_port, int) or any(services.pod_port(pod, service) for pod in pods):
        return None
    names = sorted(
        {
            str(port.get("name"))
            for pod in pods
            for container in (pod.get("spec") or {}).get("containers") or []
            for port in container.get("ports") or []
            if port.get("name")
        }
    )
    listed = ", ".join(names)
    return Cause(
        finding(
            "service-target-port-mismatch",
            place_of(service),
            f"the pods behind Service {service} have a port called {service.target_port}",
            f"the ports of its pods are called {listed or 'nothing at all'}",
            f"Set `targetPort` to {' or '.join(names) or 'the number the application listens on'}:\n{edit(service)}",
            (
                Proof(
                    "config",
                    OBJECTS,
                    f"targetPort {service.target_port}; port names of {len(pods)} pods: {listed or 'none'};"
                    f" endpoints with this port: {len(services.slice_backends(case.index, service, None))}",
                ),
            ),
            heading="The Service's target port does not exist in its pods",
        ),
        itself=True,
    )


def _none_ready(case: Case, service: ServicePort, pods: t.Sequence[JsonObject]) -> Cause:
    why = "; ".join(f"{pod['metadata']['name']}: {case.index.pod_ready(pod)[1]}" for pod in pods[:3])
    surface = Cause(
        finding(
            "service-no-ready-pods",
            place_of(service),
            f"a pod behind Service {service} is Ready",
            why,
            f"Find out why the pods are not ready:\n$ kubectl -n {service.namespace} describe pod "
            f"{pods[0]['metadata']['name']}",
            (Proof("config", OBJECTS, f"{len(pods)} pods match the selector, none is Ready: {why}"),),
        ),
        itself=True,
    )
    deepest = [unready(case, pod) for pod in pods[:4]]
    # What one of them says is the reason of all where they agree; the first one speaks where they do not.
    return surface.because_of(max(deepest, key=lambda cause: len(cause.brings)))


def _unlisted(case: Case, service: ServicePort, ready: t.Sequence[JsonObject]) -> Cause | None:
    """Pods are there and Ready, and no slice says so: its controller is behind. Slices that somebody else writes, of
    another family or with ports of their own, are none of its business."""
    slices = services.slices(case.index, service)
    meant = [pod for pod in ready if _is_to_be_listed(pod, service)]
    if not meant or not all(map(services.written_by_controller, slices)):
        return None
    names = ", ".join(sorted(pod["metadata"]["name"] for pod in meant)[:3])
    have = "its EndpointSlices do not say so" if slices else "it has no EndpointSlice"
    observed = f"{len(meant)} of its pods {'is' if len(meant) == 1 else 'are'} Ready ({names}), and {have}"
    return Cause(
        finding(
            "service-no-endpoints",
            place_of(service),
            f"the EndpointSlices of Service {service} list its Ready pods",
            observed,
            "Look at kube-controller-manager, whose endpointslice controller writes them, and at its log:\n"
            "$ kubectl -n kube-system get pods",
            (Proof("config", OBJECTS, observed),),
            heading="Nobody has written the endpoints of the Service",
        ),
        itself=True,
    )


def _is_to_be_listed(pod: JsonObject, service: ServicePort) -> bool:
    """Whether a Ready pod belongs into the slices of a Service."""
    families = {"IPv6" if ":" in address else "IPv4" for address in pod_addresses(pod)}
    fits = families & set(service.spec.get("ipFamilies") or families)
    return bool(fits and services.pod_port(pod, service) and not pod["metadata"].get("deletionTimestamp"))


def dns_down(case: Case) -> Cause | None:
    """Cluster DNS where none of its pods runs and is ready; deeper: why not."""
    servers = cluster_dns.servers(case.index)
    if "pods" in case.index.unreadable or any(case.index.pod_ready(pod)[0] for pod in servers):
        return None
    namespace, labels = cluster_dns.place(case.index)[0], cluster_dns.selection(case.index)
    observed = (
        "there is no such pod"
        if not servers
        else "; ".join(f"{pod['metadata']['name']}: {case.index.pod_ready(pod)[1]}" for pod in servers[:3])
    )
    surface = Cause(
        finding(
            "dns-server-down",
            Location(namespace=namespace),
            f"a cluster DNS pod (label {labels}) is Running and Ready",
            observed,
            f"Start it again, and find out who stopped it:\n$ kubectl -n {namespace} get deployment,daemonset,pods -l"
            f" {labels}",
            (Proof("config", OBJECTS, f"cluster DNS pods: {len(servers)}, ready: 0"),),
        ),
        itself=True,
    )
    if not servers:
        return surface
    deeper = unready(case, servers[0])
    # That a server is not ready says no more than this does; only what lies behind that is deeper.
    return surface.because_of(deeper) if deeper.brings else surface


def headless_port(case: Case, service: ServicePort) -> Cause | None:
    """A headless Service translates no port: clients have to ask for the one that the pods listen on."""
    target = service.target_port
    if target == service.port or not services.slice_backends(case.index, service, None):
        return None
    numbers = {services.pod_port(pod, service) for pod in services.selected_pods(case.index, service)} - {None}
    if not numbers or service.port in numbers:
        return None
    listed = ", ".join(str(number) for number in sorted(number for number in numbers if number is not None))
    return Cause(
        finding(
            "service-target-port-mismatch",
            place_of(service),
            f"headless Service {service} has the port that its pods listen on, {listed}",
            f"it has port {service.port}, and nothing translates that: DNS gives the pods' own addresses",
            f"Set `port` to {listed}, or ask for that port:\n{edit(service)}",
            (Proof("config", OBJECTS, f"clusterIP of {service} is None; port {service.port}, targetPort {target}"),),
            heading="A headless Service does not translate its port",
        ),
        itself=True,
    )


def untranslated_name(case: Case) -> Cause | None:
    """A Service that only stands for another name (ExternalName) translates no port: DNS gives a name, and clients ask
    there for the port that they asked the Service for."""
    end, source = case.evidence.destination, case.evidence.source
    if end is None or end.kind != "name" or not end.name or end.port is None:
        return None
    item = case.index.service_by_name(end.name, source.namespace if source and source.kind == "pod" else None)
    entries = [ServicePort(item, entry) for entry in ((item or {}).get("spec") or {}).get("ports") or [] if item]
    asked = next((one for one in entries if one.port == end.port and one.external_name), None)
    target = asked.target_port if asked is not None else None
    if asked is None or not isinstance(target, int) or target == asked.port:
        return None
    failed = case.evidence.failed("tcp", "udp")
    return Cause(
        finding(
            "service-target-port-mismatch",
            place_of(asked),
            f"Service {asked} has the port that {asked.external_name} serves",
            f"it stands for {asked.external_name} by DNS alone: nothing translates its port {asked.port} to {target}",
            f"Ask for port {target}, and write it as `port`; where clients cannot change, give the Service no type"
            f" ExternalName but a slice with that machine's address:\n{edit(asked)}",
            (
                Proof("config", OBJECTS, f"type of {asked} is ExternalName; port {asked.port}, targetPort {target}"),
                *map(probe_proof, failed[:2]),
            ),
            confidence=LIKELY,
            heading="A Service of type ExternalName does not translate its port",
        ),
        itself=True,
    )
