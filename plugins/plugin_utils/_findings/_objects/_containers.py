# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""What the containers of a pod that is not ready do instead, and what changes that, as its object tells."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._objects._events import (
    NO_VOLUME,
    events_of,
    pending,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._cluster import ClusterIndex

_IMAGE = "Correct the image's name, or give the node or the pod the registry's credentials (imagePullSecrets):\n"
_CONFIG = "Make the ConfigMap, Secret or key that the message names, or correct the reference to it:\n"
_SETTINGS = "Correct what the message names in the container's command, mounts or securityContext:\n"
_MEMORY = "Raise resources.limits.memory of the container, or let it need less:\n"
_UNSCHEDULED = "Give the scheduler a node that fits: room, labels, taints and volumes are named in what was seen:\n"
_UNSEEN = "Start the {}, or name another one in the pod's spec.schedulerName:\n"
_REJECTED = "Change what the message names, and make the pod anew, on a node that allows it and has room for it:\n"
_SANDBOX = "Mend on the pod's node what the message names; the kubelet tries again by itself:\n"
_VOLUME = "Make what the message names (a ConfigMap, Secret or claim), or correct the volume:\n"
_GATED = "Let whatever sets the conditions of spec.readinessGates set them, or take the gates out:\n"
_COMPLETED = "Start it again, or choose an end that runs:\n"
_SLOW = "Read what it waits for (of a sidecar: why its startupProbe fails), and mend that:\n"
_LIVE = "Let the program answer its livenessProbe, or give it more time (a startupProbe, timeoutSeconds):\n"
_LOG = "Read why it ended, and mend that:\n"
# Reasons that the kubelet gives a container (pkg/kubelet/container, images), and what to change.
_CHANGES: t.Mapping[str, str] = {
    **dict.fromkeys(
        ("ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName", "ImageInspectError"), _IMAGE
    ),
    "CreateContainerConfigError": _CONFIG,
    **dict.fromkeys(("CreateContainerError", "RunContainerError", "ContainerCannotRun", "StartError"), _SETTINGS),
    "OOMKilled": _MEMORY,
    **dict.fromkeys(("CrashLoopBackOff", "Error"), _LOG),
}
# How a container ends that the kubelet ends: SIGKILL, SIGTERM.
_KILLED = (137, 143)
_BUSY = ("ContainerCreating", "PodInitializing")
# At most so much of a message.
_MOST = 200


def told_of(index: ClusterIndex, pod: JsonObject) -> list[str]:
    """All that is told of why a pod is not ready: by its containers, the scheduler, the kubelet's newest event."""
    texts = [*waiting(pod), unscheduled(pod), _rejected(pod), *pending(index, pod), *_lives(index, pod)]
    return [text for text in texts if text]


def _rejected(pod: JsonObject) -> str:
    """Why the kubelet did not take the pod, or put it out; empty where it did not."""
    status = pod.get("status") or {}
    parts = [str(status[key]) for key in ("reason", "message") if status.get(key)]
    return " ".join(": ".join(parts).split())[:_MOST] if status.get("phase") == "Failed" else ""


def _lives(index: ClusterIndex, pod: JsonObject) -> list[str]:
    """What its liveness probe last said, where the kubelet kills a container for it again and again."""
    killed = any(one.restarts and one.ended.get("exitCode") in _KILLED for one in _held(pod))
    said = events_of(index, pod, ("Unhealthy",)) if killed else []
    return [text for text in said if text.startswith("Liveness")][-1:]


def waiting(pod: JsonObject) -> list[str]:
    """What the containers that are not ready do instead, init containers first."""
    held = list(_held(pod))
    # A container waits for the init containers; that is said of these.
    said = [one for one in held if one.reason != "PodInitializing"] or held
    return [one.text for one in said]


def reason_of(pod: JsonObject) -> str | None:
    """What the first of the pod's own containers waits for, or how it ended."""
    return next((one.reason for one in _held(pod) if not one.init), None)


def change_of(index: ClusterIndex, pod: JsonObject) -> str:
    """What to change for a pod that is not ready, and the command that says more."""
    metadata, status = pod["metadata"], pod.get("status") or {}
    namespace, name = metadata.get("namespace"), metadata["name"]
    describe = f"$ kubectl -n {namespace} describe pod {name}"
    if unscheduled(pod):
        return (_UNSCHEDULED if _is_seen(pod) else _UNSEEN.format(_scheduler(pod))) + describe
    if _rejected(pod):
        return _REJECTED + describe
    if status.get("phase") == "Succeeded":
        return _COMPLETED + describe
    if _lives(index, pod):
        return _LIVE + describe
    for one in _held(pod):
        change = _CHANGES.get("OOMKilled" if one.ended.get("reason") == "OOMKilled" else one.reason)
        if change == _CONFIG and "not found" not in one.text and "find key" not in one.text:
            change = _SETTINGS
        if one.state == "running":
            return f"{_SLOW}$ kubectl -n {namespace} logs {name} -c {one.name}"
        if change == _LOG:
            previous = " --previous" if one.state == "waiting" else ""
            return f"{change}$ kubectl -n {namespace} logs {name} -c {one.name}{previous}"
        if change:
            return change + describe
    if gated(pod):
        return _GATED + describe
    told = pending(index, pod)
    if told:
        return (_VOLUME if told == events_of(index, pod, NO_VOLUME)[-1:] else _SANDBOX) + describe
    return f"See what keeps it from being ready:\n{describe}"


def gated(pod: JsonObject) -> bool:
    """Whether its containers are ready, and a condition that a controller has to set is not (readinessGates)."""
    conditions = (pod.get("status") or {}).get("conditions") or []
    return any(one.get("type") == "Ready" and one.get("reason") == "ReadinessGatesNotReady" for one in conditions)


def unscheduled(pod: JsonObject) -> str:
    """Why the scheduler found no node for it; empty where it did."""
    for entry in (pod.get("status") or {}).get("conditions") or []:
        if entry.get("type") == "PodScheduled" and entry.get("status") != "True":
            return f"not scheduled: {entry.get('message') or entry.get('reason')}"
    return "" if _is_seen(pod) else f"not scheduled: {_scheduler(pod)} has not looked at it"


def _is_seen(pod: JsonObject) -> bool:
    """Whether a scheduler has looked at it, or somebody has placed it without one."""
    conditions = (pod.get("status") or {}).get("conditions") or []
    placed = (pod.get("spec") or {}).get("nodeName") or (pod.get("status") or {}).get("phase") != "Pending"
    return bool(placed or any(entry.get("type") == "PodScheduled" for entry in conditions))


def _scheduler(pod: JsonObject) -> str:
    name = (pod.get("spec") or {}).get("schedulerName") or "default-scheduler"
    return f"scheduler {name}"


@dataclasses.dataclass(frozen=True)
class _Held:
    """A container that is not ready. ended: how it ended, now or last."""

    name: str
    init: bool
    state: str  # waiting, terminated, or of an init container running
    details: JsonObject
    restarts: int
    ended: JsonObject

    @property
    def reason(self) -> str:
        return str(self.details.get("reason") or self.state)

    @property
    def text(self) -> str:
        kind = "init container" if self.init else "container"
        if self.state == "running":
            return f"{kind} {self.name} runs and is not done, and the others wait for it"
        texts = [f"{kind} {self.name} {self.state}: {self.reason}"]
        texts += [f"{self.restarts} restarts"] if self.restarts else []
        texts += [f"exit status {self.ended['exitCode']}"] if self.ended.get("exitCode") is not None else []
        why = self.ended.get("reason")
        texts += [str(why)] if why not in (None, "Error", "Completed", self.reason) else []
        message = " ".join(str(self.details.get("message") or "").split())[:_MOST]
        told = message and not self.ended and self.reason not in _BUSY
        return ", ".join(texts) + (f" ({message})" if told else "")


def _held(pod: JsonObject) -> t.Iterator[_Held]:
    """The containers that are not ready and say why; an init container that has done its work is not one."""
    status = pod.get("status") or {}
    for init, key in ((True, "initContainerStatuses"), (False, "containerStatuses")):
        for entry in status.get(key) or []:
            states = entry.get("state") or {}
            words = ("waiting", "terminated", "running") if init else ("waiting", "terminated")
            state = next((word for word in words if states.get(word) is not None), "")
            if not state or entry.get("ready") or (init and states[state].get("exitCode") == 0):
                continue
            last = (entry.get("lastState") or {}).get("terminated") or {}
            ended = states[state] if state == "terminated" else last
            yield _Held(str(entry.get("name")), init, state, states[state], entry.get("restartCount") or 0, ended)
