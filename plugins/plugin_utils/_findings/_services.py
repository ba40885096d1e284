# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Findings about Services and their endpoints, from the API's objects."""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import (
    CRITICAL,
    LIKELY,
    PROVEN,
    Finding,
    Location,
    Proof,
    probe_proof,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._evidence_input import Evidence, Service

JsonObject = dict[str, t.Any]


def service_findings(evidence: Evidence) -> t.Iterator[Finding]:
    """Port, selector, readiness, target port: in the order in which a Service is built."""
    yield from _missing_port(evidence)
    service = evidence.service
    if service is None or not _readable(evidence):
        return
    item = evidence.index.services.get(service.key)
    if item is None:
        return
    selector = (item.get("spec") or {}).get("selector") or {}
    pods = _selected(evidence, service, selector) if selector else []
    yield from _selector(evidence, service, selector, pods)
    yield from _target_port(evidence, service, pods)
    yield from _no_endpoints(evidence, service, pods)


def _readable(evidence: Evidence) -> bool:
    """Nothing is said about endpoints or pods that could not be read."""
    return not {"pods", "services", "endpointslices", "*"} & set(evidence.index.unreadable)


def _missing_port(evidence: Evidence) -> t.Iterator[Finding]:
    end = evidence.destination
    if end is None or end.kind != "service" or end.service is not None or not end.why:
        return
    failed = evidence.failed("tcp", "udp")
    yield Finding(
        "service-port-missing",
        CRITICAL,
        PROVEN,
        "The Service has no such port",
        Location(namespace=end.namespace, service=end.name),
        f"Service {end.namespace}/{end.name} has port {end.port}",
        end.why,
        (Proof("config", "cluster.json.gz", end.why), *map(probe_proof, failed[:2])),
        "Use one of the Service's ports, or add the port to its `spec.ports`.",
    )


def _selected(evidence: Evidence, service: Service, selector: t.Mapping[str, str]) -> list[JsonObject]:
    return [
        pod
        for (namespace, _name), pod in evidence.index.pods.items()
        if namespace == service.namespace
        and selector.items() <= (pod["metadata"].get("labels") or {}).items()
        and (pod.get("status") or {}).get("phase") not in ("Succeeded", "Failed")
    ]


def _failing(evidence: Evidence) -> tuple[Proof, ...]:
    return tuple(map(probe_proof, evidence.failed("tcp", "udp")[:2]))


def _selector(
    evidence: Evidence, service: Service, selector: t.Mapping[str, str], pods: t.Sequence[JsonObject]
) -> t.Iterator[Finding]:
    if not selector or pods or evidence.backends:
        return
    text = ",".join(f"{key}={value}" for key, value in sorted(selector.items()))
    near = _nearest(evidence, service, selector)
    yield Finding(
        "service-selector-mismatch",
        CRITICAL,
        PROVEN,
        "The Service's selector matches no pod",
        Location(namespace=service.namespace, service=service.name),
        f"the selector {text} of Service {service} matches the pods that serve it",
        f"no pod of namespace {service.namespace} has the labels {text}" + (f"; closest: {near}" if near else ""),
        (
            Proof("config", "cluster.json.gz", f"selector {text}; pods that match: none; endpoints: none"),
            *_failing(evidence),
        ),
        f"Correct the selector:\n$ kubectl -n {service.namespace} edit service {service.name}\n"
        "or the labels of the pods' template.",
    )


def _nearest(evidence: Evidence, service: Service, selector: t.Mapping[str, str]) -> str:
    """A workload with the same label keys and other values, which is what a typing error leaves behind."""
    for item in evidence.index.resources.get("deployments") or []:
        labels = ((item.get("spec") or {}).get("template") or {}).get("metadata", {}).get("labels") or {}
        if item["metadata"].get("namespace") == service.namespace and selector.keys() <= labels.keys():
            have = ",".join(f"{key}={labels[key]}" for key in sorted(selector))
            return f"Deployment {item['metadata']['name']} with {have}"
    return ""


def _target_port(evidence: Evidence, service: Service, pods: t.Sequence[JsonObject]) -> t.Iterator[Finding]:
    target = service.target_port
    if not isinstance(target, str) or target.isdigit() or not pods:
        return
    names = sorted(
        {
            str(port.get("name"))
            for pod in pods
            for container in (pod.get("spec") or {}).get("containers") or []
            for port in container.get("ports") or []
            if port.get("name")
        }
    )
    if target in names:
        return
    yield Finding(
        "service-target-port-mismatch",
        CRITICAL,
        PROVEN,
        "The Service's target port does not exist in its pods",
        Location(namespace=service.namespace, service=service.name),
        f"the pods behind Service {service} have a port called {target}",
        f"the ports of its pods are called {', '.join(names) or 'nothing at all'}",
        (
            Proof(
                "config",
                "cluster.json.gz",
                f"targetPort {target}; port names of {len(pods)} pods: "
                f"{', '.join(names) or 'none'}; endpoints with this port: "
                f"{len(evidence.backends)}",
            ),
            *_failing(evidence),
        ),
        f"Set `targetPort` to {' or '.join(names) or 'the number the application listens on'}:\n"
        f"$ kubectl -n {service.namespace} edit service {service.name}",
    )


def _no_endpoints(evidence: Evidence, service: Service, pods: t.Sequence[JsonObject]) -> t.Iterator[Finding]:
    ready = [backend for backend in evidence.backends if backend.ready]
    place = Location(namespace=service.namespace, service=service.name)
    unready = [pod for pod in pods if not evidence.index.pod_ready(pod)[0]]
    if pods and len(unready) == len(pods):
        why = "; ".join(f"{pod['metadata']['name']}: {evidence.index.pod_ready(pod)[1]}" for pod in unready[:3])
        yield Finding(
            "service-no-ready-pods",
            CRITICAL,
            PROVEN if _failing(evidence) else LIKELY,
            "No pod behind the Service is ready",
            place,
            f"a pod behind Service {service} is Ready",
            why,
            (
                Proof("config", "cluster.json.gz", f"{len(pods)} pods match the selector, none is Ready: {why}"),
                *_failing(evidence),
            ),
            f"Find out why the pods are not ready:\n$ kubectl -n {service.namespace} describe pod "
            f"{unready[0]['metadata']['name']}",
        )
    if not ready:
        yield Finding(
            "service-no-endpoints",
            CRITICAL,
            PROVEN,
            "The Service has no endpoints",
            place,
            f"Service {service} has a ready endpoint for port {service.port}",
            f"none of the {len(evidence.backends)} endpoints in its EndpointSlices is ready"
            if evidence.backends
            else "its EndpointSlices list no endpoint for that port",
            (
                Proof("config", "cluster.json.gz", f"ready endpoints of {service} port {service.port}: none"),
                *_failing(evidence),
            ),
            f"$ kubectl -n {service.namespace} get endpointslices -l kubernetes.io/service-name={service.name}",
        )
