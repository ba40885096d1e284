# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Wait until new pods run everywhere, and say in a sentence for each object why they do not."""

from __future__ import annotations

import dataclasses
import time
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._client import Kube
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._errors import KubeError, one_line
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._nodes import not_ready_reason
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._objects import Ref
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._deploy._manifests import SOURCE, TARGET

# Between two looks: soon after the start often, then less so.
_PAUSES = (0.2, 0.3, 0.5, 0.5, 1.0)
# What can pass by itself (a registry that is busy, a target that is not there yet) has to last so long to count.
_PATIENCE_SECONDS = 20.0
_HOPELESS = frozenset(("ErrImageNeverPull", "InvalidImageName", "CreateContainerConfigError"))
_IMAGE = frozenset(("ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName", "RegistryUnavailable"))
_NAMED = 3


@dataclasses.dataclass(frozen=True)
class Cause:
    """Why pods are not ready. places: their nodes, or the pods where they have none; empty for the whole object."""

    text: str
    places: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.text} ({_some(self.places)})" if self.places else self.text


@dataclasses.dataclass(frozen=True)
class Workload:
    """How far one Deployment or DaemonSet has come. wanted, ready: pods; ready ones are of the newest template.
    causes: empty where nothing is wrong. hopeless: waiting longer is hardly of use. blocked: nothing is wrong but that
      Kubernetes waits for nodes that are NotReady.
    """

    ref: Ref
    wanted: int
    ready: int
    complete: bool
    causes: tuple[Cause, ...] = ()
    hopeless: bool = False
    blocked: bool = False

    @property
    def problem(self) -> str:
        """One sentence, empty where nothing is wrong."""
        return one_line("; ".join(str(cause) for cause in self.causes))

    def to_dict(self) -> JsonObject:
        """As the module returns it."""
        return {
            "kind": self.ref.kind,
            "name": self.ref.name,
            "wanted": self.wanted,
            "ready": self.ready,
            "complete": self.complete,
            "problem": self.problem,
        }


@dataclasses.dataclass(frozen=True)
class Rollout:
    """How far all of it has come. skipped: nodes that are NotReady, whose pods were not waited for."""

    workloads: list[Workload]
    skipped: list[str]

    @property
    def complete(self) -> bool:
        """Whether every pod that can run is new and ready."""
        return all(workload.complete for workload in self.workloads)

    @property
    def problems(self) -> list[str]:
        """One sentence for each object with which something is wrong, and one for those that have the same cause."""
        wrong = [workload for workload in self.workloads if not workload.complete and not workload.blocked]
        alike: dict[tuple[str, ...], list[Workload]] = {}
        for workload in wrong:
            alike.setdefault(tuple(cause.text for cause in workload.causes), []).append(workload)
        return [_sentence(*workloads) for workloads in alike.values()]

    @property
    def blocked(self) -> list[str]:
        """One sentence for each object that waits for dead nodes, and for nothing else."""
        return [_sentence(workload) for workload in self.workloads if workload.blocked]


def _sentence(*alike: Workload) -> str:
    """What is wrong with workloads that have the same causes, each cause once."""
    names = " and ".join(f"{workload.ref.kind} {workload.ref.name}" for workload in alike)
    causes = [
        Cause(same[0].text, tuple(dict.fromkeys(place for cause in same for place in cause.places)))
        for same in zip(*(workload.causes for workload in alike))
    ]
    return f"{names}: {one_line('; '.join(map(str, causes))) or 'its pods are not ready yet'}"


def watch_rollout(kube: Kube, namespace: str, wait: float) -> Rollout:
    """Look until the rollout is complete, cannot become so, or `wait` seconds are over; with wait=0 look once."""
    started = time.monotonic()
    trouble: dict[str, tuple[int, float]] = {}
    while True:
        passed = time.monotonic() - started
        rollout = _look(kube, namespace)
        if rollout.complete or passed >= wait or _is_stuck(rollout, trouble, passed):
            return rollout
        time.sleep(min(_PAUSES[min(len(_PAUSES) - 1, int(passed))], max(0.05, wait - passed)))


def _is_stuck(rollout: Rollout, trouble: dict[str, tuple[int, float]], passed: float) -> bool:
    """Whether waiting longer is of no use: for one object the same trouble, and no more pods ready, for a while.
    trouble: by object, how many pods were ready and since when."""
    stuck = False
    for workload in rollout.workloads:
        kind = workload.ref.kind
        if workload.complete or not (workload.hopeless or workload.blocked):
            trouble.pop(kind, None)
        elif kind not in trouble or trouble[kind][0] != workload.ready:
            trouble[kind] = (workload.ready, passed)
        else:
            stuck = stuck or passed - trouble[kind][1] >= _PATIENCE_SECONDS
    return stuck


def _look(kube: Kube, namespace: str) -> Rollout:
    refs = [Ref("apps/v1", "Deployment", namespace, SOURCE), Ref("apps/v1", "DaemonSet", namespace, TARGET)]
    silent: dict[str, str] = {}
    workloads = []
    for ref in refs:
        found = kube.get(ref.path)
        workload = _counted(ref, found)
        if not workload.complete:
            pods = list(kube.list(f"/api/v1/namespaces/{namespace}/pods", label_selector=f"app={ref.name}"))
            silent = silent or _silent_nodes(kube)
            workload = _explained(kube, workload, found, pods, silent)
        workloads.append(workload)
    return Rollout(workloads, sorted(silent))


def _counted(ref: Ref, found: JsonObject) -> Workload:
    """By its own numbers (https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#complete-deployment)."""
    spec, status = found.get("spec") or {}, found.get("status") or {}
    if ref.kind == "Deployment":
        wanted = int(spec.get("replicas", 1))
        updated, ready = int(status.get("updatedReplicas") or 0), int(status.get("availableReplicas") or 0)
        alone = int(status.get("replicas") or 0) == wanted
    else:
        wanted = int(status.get("desiredNumberScheduled") or 0)
        updated, ready = int(status.get("updatedNumberScheduled") or 0), int(status.get("numberAvailable") or 0)
        alone = True
    seen = int(status.get("observedGeneration") or 0) >= int((found.get("metadata") or {}).get("generation") or 0)
    return Workload(ref, wanted, min(updated, ready), seen and alone and updated >= wanted and ready >= wanted)


def _silent_nodes(kube: Kube) -> dict[str, str]:
    """Nodes that are NotReady and why; none where nodes may not be read."""
    try:
        nodes = {str(node["metadata"]["name"]): not_ready_reason(node) for node in kube.list("/api/v1/nodes")}
    except KubeError:
        return {}
    return {name: reason for name, reason in nodes.items() if reason}


# -- reasons -------------------------------------------------------------------------------------------------------
def _explained(
    kube: Kube, workload: Workload, found: JsonObject, pods: t.Sequence[JsonObject], silent: t.Mapping[str, str]
) -> Workload:
    """Why the workload is not complete. A DaemonSet whose only missing pods are on dead nodes is."""
    newest = [pod for pod in pods if not (pod.get("metadata") or {}).get("deletionTimestamp")]
    waiting = [pod for pod in newest if not _is_ready(pod)]
    on_silent = [pod for pod in waiting if (pod.get("spec") or {}).get("nodeName") in silent]
    status = found.get("status") or {}
    if workload.ref.kind == "DaemonSet" and on_silent and len(on_silent) == len(waiting):
        seen = int(status.get("observedGeneration") or 0) >= int(found["metadata"].get("generation") or 0)
        updated = int(status.get("updatedNumberScheduled") or 0)
        if seen and updated + len(on_silent) >= workload.wanted:
            return dataclasses.replace(workload, complete=True)
    reasons, hopeless = _reasons([pod for pod in waiting if pod not in on_silent])
    refused = _refused(kube, workload.ref, found) if len(newest) < workload.wanted else ""
    dead = list(_dead_nodes(workload, pods, silent))
    why = [f"Kubernetes does not make its pods: {refused}"] if refused else []
    causes = [*map(Cause, [*why, *dead]), *reasons]
    if not causes and waiting:
        places = tuple(_where(pod) for pod in waiting)
        causes = [Cause(f"{len(waiting)} of {workload.wanted} pods are not ready yet", places)]
    return dataclasses.replace(
        workload,
        causes=tuple(causes),
        hopeless=hopeless or bool(refused),
        blocked=workload.ref.kind == "DaemonSet" and bool(dead) and not reasons and not refused,
    )


def _reasons(pods: t.Sequence[JsonObject]) -> tuple[list[Cause], bool]:
    """Why these pods are not ready, each reason once with its nodes, the commonest first; and whether one will hardly
    pass.
    """
    found: dict[str, list[str]] = {}
    hopeless = False
    for pod in pods:
        reason, final = pod_problem(pod)
        if reason:
            hopeless = hopeless or final
            found.setdefault(reason, []).append(_where(pod))
    commonest = sorted(found.items(), key=lambda item: -len(item[1]))
    return [Cause(reason, tuple(places)) for reason, places in commonest], hopeless


def _dead_nodes(workload: Workload, pods: t.Sequence[JsonObject], silent: t.Mapping[str, str]) -> t.Iterator[str]:
    """Pods on dead nodes for whose end or readiness Kubernetes waits before it goes on with the others."""
    places = sorted({_where(pod) for pod in pods} & set(silent))
    if not places:
        return
    nodes = ", ".join(f"{place} ({silent[place]})" for place in places[:_NAMED])
    if workload.ref.kind == "Deployment":
        yield f"its pod on a node that is NotReady has to go first: {nodes}. Delete the pod by force, or the node"
    else:
        yield f"no further pods are replaced while those on nodes that are NotReady count as missing: {nodes}"


def pod_problem(pod: JsonObject) -> tuple[str, bool]:
    """Why a pod is not ready, empty if nothing is wrong with it so far, and whether it will hardly pass by itself."""
    status = pod.get("status") or {}
    for condition in status.get("conditions") or []:
        if condition.get("type") == "PodScheduled" and condition.get("status") == "False":
            return f"no node takes its pod: {condition.get('message') or condition.get('reason')}", False
    for container in status.get("containerStatuses") or []:
        waiting = (container.get("state") or {}).get("waiting") or {}
        reason, message = str(waiting.get("reason") or ""), str(waiting.get("message") or "")
        if reason in _IMAGE:
            image = str(container.get("image"))
            return f"the image {image} cannot be pulled: {_image_cause(reason, message, image)}", True
        if reason in _HOPELESS or reason in ("CreateContainerError", "RunContainerError"):
            return f"its container cannot be started: {message or reason}", True
        ended = (container.get("lastState") or {}).get("terminated") or (container.get("state") or {}).get("terminated")
        if ended and (reason == "CrashLoopBackOff" or int(container.get("restartCount") or 0) > 0 or not waiting):
            return f"its container ends again and again: {_last_words(ended)}", True
        if "running" in (container.get("state") or {}) and not container.get("ready"):
            return "its container runs but is not ready", False
    if status.get("phase") == "Failed":
        return f"its pod has failed: {status.get('message') or status.get('reason') or 'no reason given'}", True
    return "", False


def _image_cause(reason: str, message: str, image: str) -> str:
    """A back-off says less than the error before it; the kubelet's sentence begins with the name of the image again."""
    cause = message.rpartition("ErrImagePull: ")[2] if "ErrImagePull: " in message else message
    if cause.startswith("Back-off pulling image"):
        cause = ""
    cause = cause.replace(f'Container image "{image}" is not', "it is not")
    return cause.strip().strip('"') or reason


def _last_words(ended: JsonObject) -> str:
    """How a container ended: the last line of its log where there is one (terminationMessagePolicy)."""
    lines = [line.strip() for line in str(ended.get("message") or "").splitlines() if line.strip()]
    how = f"exit status {ended.get('exitCode')}"
    if ended.get("reason") not in (None, "", "Error", "Completed"):
        how += f", {ended['reason']}"
    return f"{how}: {lines[-1][:300]}" if lines else f"{how}, and it said nothing"


def _refused(kube: Kube, ref: Ref, found: JsonObject) -> str:
    """What Kubernetes says when it may not make pods: Pod Security, a quota, a webhook."""
    for condition in (found.get("status") or {}).get("conditions") or []:
        if condition.get("type") == "ReplicaFailure" and condition.get("status") == "True":
            return str(condition.get("message") or condition.get("reason"))
    fields = f"involvedObject.kind={ref.kind},involvedObject.name={ref.name},type=Warning,reason=FailedCreate"
    try:
        events = list(kube.list(f"/api/v1/namespaces/{ref.namespace}/events", field_selector=fields))
    except KubeError:
        return ""
    uid = found["metadata"].get("uid")
    texts = [
        str(event.get("message") or "") for event in events if (event.get("involvedObject") or {}).get("uid") == uid
    ]
    return texts[-1].partition("Error creating: ")[2] or texts[-1] if texts else ""


def _is_ready(pod: JsonObject) -> bool:
    conditions = (pod.get("status") or {}).get("conditions") or []
    return any(condition.get("type") == "Ready" and condition.get("status") == "True" for condition in conditions)


def _where(pod: JsonObject) -> str:
    return str((pod.get("spec") or {}).get("nodeName") or pod["metadata"]["name"])


def _some(places: t.Sequence[str]) -> str:
    shown = ", ".join(sorted(places)[:_NAMED])
    return shown if len(places) <= _NAMED else f"{shown} and {len(places) - _NAMED} more"
