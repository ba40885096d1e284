# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""Which fields of an object are kept: an allowlist.

Only what a rule needs is kept: no environment, command or argument, no annotation beyond those named here, and no
Secret at all. The objects keep Kubernetes' own JSON shape.
"""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject

# Fields to keep: True is the whole value, a mapping goes deeper; in lists it holds for every element.
Fields = t.Mapping[str, t.Any]

_METADATA: Fields = {
    "name": True,
    "namespace": True,
    "uid": True,
    "labels": True,
    "generation": True,
    "creationTimestamp": True,
    "deletionTimestamp": True,
    "ownerReferences": {"kind": True, "name": True, "uid": True, "controller": True},
}
_ANNOTATIONS = (
    "flannel.alpha.coreos.com/",
    "kubernetes.io/config.",
    "kubernetes.io/created-by",
    "projectcalico.org/",
    "io.cilium.network",
)
_NETWORK = _ANNOTATIONS[:1] + _ANNOTATIONS[3:]
_PORTS: Fields = {"name": True, "containerPort": True, "hostPort": True, "hostIP": True, "protocol": True}
_PROBE: Fields = {key: {"port": True, "path": True, "scheme": True} for key in ("httpGet", "tcpSocket", "grpc")}
_CONTAINER: Fields = {
    "name": True,
    "image": True,
    "ports": _PORTS,
    "readinessProbe": _PROBE,
    "startupProbe": _PROBE,
    "resources": {"requests": True},
}
_POD_SPEC: Fields = {
    "nodeName": True,
    "hostNetwork": True,
    "priorityClassName": True,
    "priority": True,
    "dnsPolicy": True,
    "dnsConfig": True,
    "containers": _CONTAINER,
    "initContainers": {"name": True, "ports": _PORTS},
    "subdomain": True,
    "hostname": True,
    "nodeSelector": True,
    "schedulerName": True,
    "affinity": {"nodeAffinity": True},
}
_STATE: Fields = {
    "waiting": {"reason": True, "message": True},
    "running": {"startedAt": True},
    "terminated": {"reason": True, "exitCode": True, "finishedAt": True},
}
_CONTAINER_STATUS: Fields = {
    "name": True,
    "ready": True,
    "started": True,
    "restartCount": True,
    "state": _STATE,
    "lastState": _STATE,
}
_CONDITIONS: Fields = {"type": True, "status": True, "reason": True, "message": True, "lastTransitionTime": True}
_REPLICAS: Fields = dict.fromkeys(("replicas", "readyReplicas", "availableReplicas", "observedGeneration"), True)
_TEMPLATE: Fields = {"metadata": {"labels": True}, "spec": _POD_SPEC}

FIELDS: t.Mapping[str, Fields] = {
    "nodes": {
        "spec": {"podCIDR": True, "podCIDRs": True, "unschedulable": True, "taints": True},
        "status": {
            "addresses": True,
            "conditions": _CONDITIONS,
            "allocatable": True,
            "daemonEndpoints": True,
            "nodeInfo": {
                "kubeletVersion": True,
                "kernelVersion": True,
                "osImage": True,
                "containerRuntimeVersion": True,
            },
        },
    },
    "pods": {
        "spec": _POD_SPEC,
        "status": {
            "phase": True,
            "podIP": True,
            "podIPs": True,
            "hostIP": True,
            "reason": True,
            "message": True,
            "startTime": True,
            "nominatedNodeName": True,
            "conditions": _CONDITIONS,
            "containerStatuses": _CONTAINER_STATUS,
            "initContainerStatuses": _CONTAINER_STATUS,
        },
    },
    "services": {
        "spec": dict.fromkeys(
            (
                "type",
                "clusterIP",
                "clusterIPs",
                "externalIPs",
                "externalName",
                "selector",
                "ports",
                "sessionAffinity",
                "externalTrafficPolicy",
                "internalTrafficPolicy",
                "loadBalancerSourceRanges",
                "publishNotReadyAddresses",
                "ipFamilies",
                "healthCheckNodePort",
            ),
            True,
        ),
        "status": {"loadBalancer": True},
    },
    "endpointslices": {
        "addressType": True,
        "ports": True,
        "endpoints": {
            "addresses": True,
            "conditions": True,
            "hostname": True,
            "nodeName": True,
            "zone": True,
            "hints": True,
            "targetRef": {"kind": True, "namespace": True, "name": True, "uid": True},
        },
    },
    "networkpolicies": {"spec": True},
    "daemonsets": {
        "spec": {"selector": True, "template": _TEMPLATE},
        "status": dict.fromkeys(
            (
                "desiredNumberScheduled",
                "currentNumberScheduled",
                "numberReady",
                "numberAvailable",
                "numberUnavailable",
                "numberMisscheduled",
                "observedGeneration",
            ),
            True,
        ),
    },
    "deployments": {
        "spec": {"replicas": True, "paused": True, "selector": True, "template": _TEMPLATE},
        "status": {**_REPLICAS, "unavailableReplicas": True, "conditions": _CONDITIONS},
    },
    "statefulsets": {
        "spec": {"replicas": True, "selector": True, "template": _TEMPLATE, "serviceName": True},
        "status": _REPLICAS,
    },
    "replicasets": {
        "spec": {"replicas": True, "selector": True, "template": _TEMPLATE},
        "status": {**_REPLICAS, "conditions": _CONDITIONS},
    },
    "replicationcontrollers": {
        "spec": {"replicas": True, "selector": True, "template": _TEMPLATE},
        "status": {**_REPLICAS, "conditions": _CONDITIONS},
    },
    "jobs": {
        "spec": {"suspend": True, "parallelism": True, "selector": True, "template": _TEMPLATE},
        "status": {"active": True, "succeeded": True, "failed": True, "conditions": _CONDITIONS},
    },
    "namespaces": {},
    "configmaps": {"data": dict.fromkeys(("net-conf.json", "cni-conf.json", "config.conf", "Corefile"), True)},
    "events": {
        "type": True,
        "reason": True,
        "message": True,
        "count": True,
        "firstTimestamp": True,
        "lastTimestamp": True,
        "eventTime": True,
        "regarding": {"kind": True, "namespace": True, "name": True, "uid": True},
        "involvedObject": {"kind": True, "namespace": True, "name": True, "uid": True},
        "reportingComponent": True,
        "source": {"component": True},
    },
}


def prune(resource: str, item: JsonObject) -> JsonObject:
    """The fields of an object that are kept."""
    metadata = item.get("metadata") or {}
    kept = t.cast(JsonObject, _keep(item, FIELDS[resource]))
    kept["metadata"] = _keep(metadata, _METADATA)
    annotations = {
        key: value for key, value in (metadata.get("annotations") or {}).items() if key.startswith(_ANNOTATIONS)
    }
    if annotations:
        kept["metadata"]["annotations"] = annotations
    return kept


def prune_far_node(item: JsonObject) -> JsonObject:
    """What is kept of a node that is only one of many: by which addresses it and its pods are known, and if it is
    Ready."""
    metadata, spec, status = (item.get(key) or {} for key in ("metadata", "spec", "status"))
    annotations = {key: value for key, value in (metadata.get("annotations") or {}).items() if key.startswith(_NETWORK)}
    return {
        "metadata": {"name": metadata.get("name"), "uid": metadata.get("uid"), "annotations": annotations},
        "spec": {key: spec[key] for key in ("podCIDR", "podCIDRs") if key in spec},
        "status": {
            "addresses": status.get("addresses") or [],
            "conditions": [
                _keep(entry, _CONDITIONS) for entry in status.get("conditions") or [] if entry.get("type") == "Ready"
            ],
        },
    }


def _keep(value: t.Any, fields: t.Any) -> t.Any:
    if fields is True or value is None:
        return value
    if isinstance(value, list):
        return [_keep(element, fields) for element in value]
    if not isinstance(value, dict):
        return value
    return {key: _keep(value[key], inner) for key, inner in fields.items() if key in value}
