# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""What the events about a pod or a workload say, and those of an earlier one of its name do not."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._cluster import ClusterIndex

# Of the kubelet: about a pod that has no sandbox yet, and about one that waits for a volume.
NO_SANDBOX = ("FailedCreatePodSandBox", "NetworkNotReady")
NO_VOLUME = ("FailedMount", "FailedAttachVolume")

_WRAPPED = re.compile(r'rpc error: code = \w+ desc = |failed to setup network for sandbox "[0-9a-f]+": ')


def events_of(index: ClusterIndex, item: JsonObject, reasons: t.Container[str]) -> list[str]:
    """The messages of an object's events with one of these reasons, oldest first, each as one line."""
    events = [
        event
        for event in index.resources.get("events") or []
        if event.get("reason") in reasons and _is_about(event, item)
    ]
    return [_line(str(event.get("message"))) for event in sorted(events, key=_time_of)]


def _line(message: str) -> str:
    """A message in one line, without what gRPC and containerd put before the reason."""
    return _WRAPPED.sub("", " ".join(message.split()))


def pending(index: ClusterIndex, pod: JsonObject) -> list[str]:
    """The newest event that says why a pod does not start; none where it does."""
    if (pod.get("status") or {}).get("phase") != "Pending":
        return []
    reasons = NO_VOLUME if has_sandbox(pod) else (*NO_SANDBOX, *NO_VOLUME)
    return events_of(index, pod, reasons)[-1:]


def has_sandbox(pod: JsonObject) -> bool:
    """Whether the pod's sandbox is there and has its network (condition PodReadyToStartContainers; kubelets before
    1.29 write none)."""
    status = pod.get("status") or {}
    for entry in status.get("conditions") or []:
        if entry.get("type") == "PodReadyToStartContainers":
            return bool(entry.get("status") == "True")
    return bool(status.get("podIP")) and not (pod.get("spec") or {}).get("hostNetwork")


def _is_about(event: JsonObject, item: JsonObject) -> bool:
    """Whether an event is one of this object, and not of an earlier one of its name: those stay for an hour."""
    about, metadata = event.get("involvedObject") or event.get("regarding") or {}, item["metadata"]
    if (about.get("namespace"), about.get("name")) != (metadata.get("namespace"), metadata["name"]):
        return False
    if about.get("uid") and metadata.get("uid"):
        return bool(about["uid"] == metadata["uid"])
    told, made = _time_of(event), str(metadata.get("creationTimestamp") or "")
    return not told or not made or told >= made


def _time_of(event: JsonObject) -> str:
    """When an event was told last (UTC, to be compared as a text)."""
    return str(event.get("lastTimestamp") or event.get("eventTime") or event.get("firstTimestamp") or "")
