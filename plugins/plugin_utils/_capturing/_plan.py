# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""From targets to nodes: which pods, and on which nodes, a capture is about."""

from __future__ import annotations

import functools
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._client import Kube
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._cluster import Reader
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._capturing._request import Request, Trigger
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent._labels import labels_of, selects
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._cluster import (
    OF_SERVICE,
    ClusterIndex,
    pod_addresses,
    slices_of,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._plan._options import EndpointText

SCHEMA = "podnet.diagnostics/capture-plan/v1"
MOST_PODS = 64
CONFIG_HASH = "kubernetes.io/config.hash"
_DONE = ("Succeeded", "Failed")


class PlanError(ValueError):
    """The capture cannot be made as it was asked for; the text says why."""


class Planner:
    """Reads the objects that the targets mean, and no others. Raises KubeError where the API cannot be asked."""

    def __init__(self, kube: Kube, request: Request) -> None:
        self._reader = Reader(kube)
        self._request = request
        self._problems: list[JsonObject] = []

    def plan(self, run_id: str, options: JsonObject, most_nodes: int) -> JsonObject:
        """The plan. What cannot be found is one of its problems; PlanError where nothing is left."""
        self._reader.version()
        ends = [*self._request.targets]
        if self._request.probe is not None:
            ends += [self._request.probe.source, self._request.probe.destination]
        self._reader.together(*(functools.partial(self._read, end) for end in dict.fromkeys(ends)))
        index = ClusterIndex(self._reader.cluster())
        nodes: dict[str, JsonObject] = {}
        for target in self._request.targets:
            self._add(nodes, target, index)
        if len(nodes) > most_nodes:
            raise PlanError(
                f"The targets are on {len(nodes)} nodes; capture_max_nodes allows {most_nodes}: name fewer, or raise it"
            )
        if not nodes:
            raise PlanError("Nothing to capture on: " + "; ".join(problem["text"] for problem in self._problems))
        probe = self._probe(nodes, index) if self._request.probe is not None else None
        self._reader.together(*(functools.partial(self._reader.one, "nodes", "", name) for name in nodes))
        index = ClusterIndex(self._reader.cluster())
        for name, node in nodes.items():
            found = index.nodes.get(name)
            node["address"] = index.node_address(found) if found else None
            node["ready"] = index.node_ready(found)[0] if found else None
        return {
            "schema": SCHEMA,
            "run_id": run_id,
            "options": options,
            "nodes": nodes,
            "probe": probe,
            "checks": list(self._request.checks),
            "problems": self._problems,
        }

    # -- reading -----------------------------------------------------------------------------------------------
    def _read(self, end: EndpointText) -> None:
        if end.kind == "service":
            service = self._reader.one("services", end.namespace, end.name)
            if service is None:
                return
            labels = {OF_SERVICE: end.name}
            slices = self._reader.many("endpointslices", end.namespace, labels=labels)
            selector = (service.get("spec") or {}).get("selector") or {}
            known = self._reader.many("pods", end.namespace, labels=selector) if selector else []
            names = {str(pod["metadata"]["name"]) for pod in known}
            for namespace, name in _named_pods(slices):
                if name not in names:
                    self._reader.one("pods", namespace, name)
        elif end.kind in ("pod", "node"):
            self._reader.one(f"{end.kind}s", end.namespace, end.name)

    def _add(self, nodes: dict[str, JsonObject], target: EndpointText, index: ClusterIndex) -> None:
        if target.kind == "node":
            if target.name not in index.nodes:
                return self._miss(target, "nodes", index)
            entry = _node(nodes, target.name)
            entry["whole"] = True
            entry["targets"].append(target.text)
            return None
        pods = self._pods(target, index)
        if not pods:
            return None
        for pod in pods:
            if sum(len(node["pods"]) for node in nodes.values()) >= MOST_PODS:
                self._problem(target.text, f"{target.text} and the other targets are more than {MOST_PODS} pods")
                return None
            self._add_pod(nodes, target, pod)
        return None

    def _pods(self, target: EndpointText, index: ClusterIndex) -> list[JsonObject]:
        if target.kind == "pod":
            pod = index.pods.get((target.namespace, target.name))
            if pod is None:
                self._miss(target, "pods", index)
                return []
            return [pod]
        service = index.services.get((target.namespace, target.name))
        if service is None:
            self._miss(target, "services", index)
            return []
        pods = _pods_of(service, index)
        if not pods:
            self._problem(target.text, f"{target.text} has no pods")
        return pods

    def _add_pod(self, nodes: dict[str, JsonObject], target: EndpointText, pod: JsonObject) -> None:
        metadata, spec = pod["metadata"], pod.get("spec") or {}
        place = f"pod:{metadata['namespace']}/{metadata['name']}"
        phase = (pod.get("status") or {}).get("phase")
        if not spec.get("nodeName") or phase in _DONE:
            self._problem(target.text, f"{place} is on no node (phase {phase})")
            return
        entry = _node(nodes, spec["nodeName"])
        if target.text not in entry["targets"]:
            entry["targets"].append(target.text)
        if spec.get("hostNetwork"):
            # It has no devices but those of its node.
            entry["whole"] = True
            return
        if place not in entry["pod_namespaces"]:
            entry["pod_namespaces"].append(place)
            entry["pods"].append(pod_reference(pod))
            entry["addresses"][place] = pod_addresses(pod)

    # -- the probe ---------------------------------------------------------------------------------------------
    def _probe(self, nodes: dict[str, JsonObject], index: ClusterIndex) -> JsonObject:
        """Where the probe starts, and the request of the probe module."""
        trigger = t.cast(Trigger, self._request.probe)
        source = trigger.source
        if source.kind == "node":
            if source.name not in index.nodes:
                raise PlanError(f"Cannot send the probe: there is no node {source.name}")
            node, netns, pods = source.name, "host", []
        else:
            pod = index.pods.get((source.namespace, source.name))
            spec = (pod or {}).get("spec") or {}
            if pod is None or not spec.get("nodeName"):
                raise PlanError(f"Cannot send the probe: {source.text} is on no node")
            node, pods = str(spec["nodeName"]), [pod_reference(pod)]
            netns = "host" if spec.get("hostNetwork") else source.text
        _node(nodes, node)
        request = {
            "id": "trigger",
            "role": "trigger",
            "kind": trigger.protocol,
            "netns": netns,
            "target": self._target(trigger.destination, index),
            "count": 1,
            "timeout": trigger.timeout,
            **({"port": trigger.port} if trigger.port is not None and trigger.protocol != "icmp" else {}),
            **({"expect_reply": True} if trigger.protocol == "udp" else {}),
        }
        what = f"{trigger.protocol} from {source.text} to {trigger.destination.text}"
        return {
            "node": node,
            "pods": pods,
            "request": request,
            "interval": trigger.interval,
            "failures": trigger.failures,
            "text": what + (f" port {trigger.port}" if "port" in request else ""),
        }

    def _target(self, end: EndpointText, index: ClusterIndex) -> str:
        """The address that is probed."""
        address: str | None = None
        if end.kind == "address":
            address = end.name
        elif end.kind == "node" and end.name in index.nodes:
            address = index.node_address(index.nodes[end.name])
        elif end.kind == "pod" and (end.namespace, end.name) in index.pods:
            address = next(iter(pod_addresses(index.pods[end.namespace, end.name])), None)
        elif end.kind == "service" and (end.namespace, end.name) in index.services:
            found = (index.services[end.namespace, end.name].get("spec") or {}).get("clusterIP")
            address = found if found and found != "None" else None
        if address is None:
            raise PlanError(f"Cannot send the probe: {end.text} has no address")
        return address

    # -- problems ----------------------------------------------------------------------------------------------
    def _miss(self, target: EndpointText, resource: str, index: ClusterIndex) -> None:
        reason = index.unreadable.get(resource) or index.unreadable.get("*")
        if reason:
            return self._problem(target.text, f"Cannot find {target.text}: {reason}")
        near = index.similar(self._reader.names(resource, target.namespace), target.name)
        return self._problem(target.text, f"Cannot find {target.text} in the cluster{near}")

    def _problem(self, what: str, text: str) -> None:
        self._problems.append({"what": what, "text": text})


def pod_reference(pod: JsonObject) -> JsonObject:
    """A pod as modules find it on its node."""
    metadata = pod["metadata"]
    return {
        "namespace": metadata["namespace"],
        "name": metadata["name"],
        "uid": metadata.get("uid") or "",
        "config_hash": (metadata.get("annotations") or {}).get(CONFIG_HASH) or "",
    }


def _node(nodes: dict[str, JsonObject], name: str) -> JsonObject:
    empty = {"whole": False, "targets": [], "pods": [], "pod_namespaces": [], "addresses": {}}
    return nodes.setdefault(name, empty)


def _pods_of(service: JsonObject, index: ClusterIndex) -> list[JsonObject]:
    """The pods of a Service, ready or not: those that its selector means, and those that its endpoints name."""
    namespace, name = service["metadata"]["namespace"], service["metadata"]["name"]
    selector = (service.get("spec") or {}).get("selector") or {}
    named = set(_named_pods(slices_of(index.resources.get("endpointslices") or [], namespace, name)))
    return [
        pod
        for key, pod in sorted(index.pods.items())
        if key in named or (key[0] == namespace and selects(selector, labels_of(pod)))
    ]


def _named_pods(slices: t.Iterable[JsonObject]) -> t.Iterator[tuple[str, str]]:
    for piece in slices:
        for endpoint in piece.get("endpoints") or []:
            reference = endpoint.get("targetRef") or {}
            if reference.get("kind") == "Pod" and reference.get("name"):
                yield str(reference.get("namespace")), str(reference["name"])
