# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Why a workload has no pod at all: nobody wants one, or nobody may or does make it."""

from __future__ import annotations

import dataclasses
import re

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._case import Case
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import Cause, finding
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._objects._events import events_of
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import Location, Proof
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._intent._services import (
    ServicePort,
    controller_of,
    workloads,
)

_SCALED = "The workload behind the Service is scaled to nothing"
_UNMADE = "The pods behind the Service are not made"
# What the API server says when it admits no pod, and what changes that. {}: the namespace.
_REFUSALS: tuple[tuple[str, str], ...] = (
    ("exceeded quota", "Raise the quota, or delete what uses it up:\n$ kubectl -n {} describe resourcequota"),
    ("failed quota", "Give the pods the requests and limits that the quota asks for:\n$ kubectl -n {} describe quota"),
    (
        "violates podsecurity",
        "Change the pods' securityContext as the message says, or the level that the namespace enforces (label"
        " pod-security.kubernetes.io/enforce):\n$ kubectl get namespace {} --show-labels",
    ),
    ("service account", "Make the service account, or name another one:\n$ kubectl -n {} get serviceaccounts"),
    ("serviceaccount", "Make the service account, or name another one:\n$ kubectl -n {} get serviceaccounts"),
    (
        "webhook",
        "Let the webhook answer again, correct what it refuses, or take its configuration away:\n"
        "$ kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations",
    ),
    ("per pod is", "Change the pods' resources, or the range:\n$ kubectl -n {} describe limitrange"),
    ("per container is", "Change the pods' resources, or the range:\n$ kubectl -n {} describe limitrange"),
    ("no priorityclass with name", "Make the PriorityClass, or name another one:\n$ kubectl get priorityclasses"),
)
# At most so much of a message: the API server repeats the pod's whole template in some.
_MOST = 300
_HASH = re.compile(r'pods? "[^"]*" is forbidden: ')


@dataclasses.dataclass(frozen=True)
class _Why:
    """Why there is no pod, and what to change."""

    observed: str
    change: str
    heading: str = _UNMADE
    open: str = ""


def unmade(case: Case, service: ServicePort) -> Cause | None:
    """Why the workloads that a Service means have no pod; None where there is no such workload."""
    found = [_why(case, kind, item) for kind, item in workloads(case.index, service)]
    if not found:
        return None
    # One that wants pods tells why it has none; the others are rightly without.
    why = next((one for one in found if one.heading == _UNMADE), found[0])
    return Cause(
        finding(
            "service-no-endpoints",
            Location(namespace=service.namespace, service=service.name),
            f"the workload behind Service {service} runs at least one pod",
            why.observed,
            why.change,
            (
                Proof(
                    "config",
                    "cluster.json.gz",
                    f"{why.observed}; its pods are those that the selector of {service} means",
                ),
            ),
            heading=why.heading,
        ),
        itself=True,
        open=why.open,
    )


def _why(case: Case, kind: str, item: JsonObject) -> _Why:
    metadata, spec, status = item["metadata"], item.get("spec") or {}, item.get("status") or {}
    namespace, name = metadata.get("namespace"), metadata["name"]
    label = f"{kind} {namespace}/{name}"
    if kind == "Job":
        return _of_job(label, item)
    if kind != "DaemonSet" and not spec.get("replicas"):
        owner = controller_of(item)
        scaled, called = (str(owner["kind"]), owner["name"]) if owner is not None else (kind, name)
        return _Why(
            f"{called} is scaled to 0 replicas",
            f"$ kubectl -n {namespace} scale {scaled.lower()} {called} --replicas=1",
            _SCALED,
        )
    # What its status says is of an earlier time, where nobody has looked at it since.
    made, seen = metadata.get("generation"), status.get("observedGeneration")
    if made and (seen != made if seen else not status):
        return _Why(
            f"{label} wants a pod, and no controller has acted on it (generation {made}, observed {seen or 'none'})",
            "Look at kube-controller-manager, which makes the pods:\n$ kubectl -n kube-system get pods",
            open="what became of kube-controller-manager",
        )
    refused = _refused(case, item)
    if refused:
        return _Why(f"{label} wants a pod, and none is admitted: {refused}", _change(refused, kind, namespace, name))
    if spec.get("paused") and not status.get("replicas"):
        return _Why(
            f"{label} is paused (spec.paused): no pod of it is made",
            f"Let it go on:\n$ kubectl -n {namespace} rollout resume {kind.lower()} {name}",
        )
    if kind == "DaemonSet" and status.get("desiredNumberScheduled") == 0:
        selector = (((spec.get("template") or {}).get("spec") or {}).get("nodeSelector")) or {}
        words = ",".join(f"{key}={value}" for key, value in sorted(selector.items()))
        return _Why(
            f"{label} fits no node" + (f" (nodeSelector {words})" if words else ""),
            "Correct nodeSelector, affinity or tolerations of its template, or label the nodes:\n"
            f"$ kubectl -n {namespace} describe daemonset {name}",
        )
    return _Why(f"{label} wants a pod and has none", _change("", kind, namespace, name), open="why no pod is made")


def _of_job(label: str, item: JsonObject) -> _Why:
    """Why a Job has no pod: somebody holds it, or it is over and its pods were cleared away."""
    metadata, spec, status = item["metadata"], item.get("spec") or {}, item.get("status") or {}
    namespace, name = metadata.get("namespace"), metadata["name"]
    if spec.get("suspend"):
        return _Why(
            f"{label} is suspended (spec.suspend): it has no pod",
            f'$ kubectl -n {namespace} patch job {name} --type=merge -p \'{{"spec":{{"suspend":false}}}}\'',
            "The workload behind the Service is suspended",
        )
    if spec.get("parallelism") == 0:
        return _Why(
            f"{label} runs no pod at a time (spec.parallelism is 0)",
            f'$ kubectl -n {namespace} patch job {name} --type=merge -p \'{{"spec":{{"parallelism":1}}}}\'',
            _SCALED,
        )
    conditions = {one.get("type") for one in status.get("conditions") or [] if one.get("status") == "True"}
    over = sorted(conditions & {"Complete", "Failed"})
    if over:
        return _Why(
            f"{label} is over ({over[0]}), and its pods are gone",
            "A Job's pods end, and nobody starts them again: run the server as a Deployment.\n"
            f"$ kubectl -n {namespace} describe job {name}",
        )
    return _Why(
        f"{label} wants a pod and has none", f"$ kubectl -n {namespace} describe job {name}", open="why no pod is made"
    )


def _refused(case: Case, item: JsonObject) -> str:
    """What the API server answered whoever wanted to make a pod; empty where that is not told."""
    conditions = (item.get("status") or {}).get("conditions") or []
    failures = [one for one in conditions if one.get("type") == "ReplicaFailure" and one.get("status") == "True"]
    messages = [str(one.get("message") or one.get("reason")) for one in failures]
    messages = messages or events_of(case.index, item, ("FailedCreate",))[-1:]
    return " ".join(_HASH.sub("", messages[0]).split())[:_MOST] if messages else ""


def _change(message: str, kind: str, namespace: str | None, name: str) -> str:
    lowered = message.lower()
    for words, text in _REFUSALS:
        if words in lowered:
            return text.format(namespace)
    return f"$ kubectl -n {namespace} describe {kind.lower()} {name}"
