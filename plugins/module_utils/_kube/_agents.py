# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""What an agent is: a Job with one privileged pod on one node, for one run.

A Job, because it ends by itself: activeDeadlineSeconds stops it, ttlSecondsAfterFinished removes it, also when nobody
is left to clean up. Its command ends at the deadline too, should nobody enforce that, and when nobody has renewed its
life for a while: whoever wanted it is gone then. It never has a system priority and requests nothing, so that it
pushes nothing off a full node.
"""

from __future__ import annotations

import calendar
import dataclasses
import hashlib
import re
import time

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._errors import KubeError, one_line
from ansible_collections.podnet.diagnostics.plugins.module_utils._ranges import range_problems

MANAGED_BY = "app.kubernetes.io/managed-by"
MANAGER = "podnet.diagnostics"
RUN_LABEL = "podnet.diagnostics/run-id"
NODE_LABEL = "podnet.diagnostics/node"
# On a namespace that was made by us: only such a one is ever removed.
CREATED_BY = "podnet.diagnostics/created-by"
CONTAINER = "agent"
HOST_ROOT = "/host"
LEASE_DIRECTORY = "/run/podnet-agent"
# Renews the life of the agent that it runs in. The directory is in memory: a full disk does not keep anybody from it.
RENEW = f"true 2>/dev/null > {LEASE_DIRECTORY}/renewed"
DEFAULT_NAMESPACE = "podnet-diagnostics"
DEFAULT_IMAGE = "docker.io/nicolaka/netshoot"

_RUN_ID = re.compile(r"[a-z0-9]([a-z0-9-]{0,14}[a-z0-9])?")
_NAMESPACE = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?")
# An agent's command. It counts the seconds since boot, which no change of the clock touches, and is done at its
# deadline ($1), or when for so many seconds ($2, 0: never mind) nobody has made the file. Everything of the run ($3)
# goes with its container but instances of the kernel's tracing, which are the node's.
_LIFE = f"""
forget() {{
  folder=/sys/kernel/tracing
  if [ ! -d $folder/instances ] && [ -n "$PODNET_HOST_ROOT" ]; then mount -t tracefs nodev $folder 2>/dev/null; fi
  for instance in $folder/instances/podnet."$1".*; do
    if [ -d "$instance" ]; then echo 0 > "$instance/events/enable"; rmdir "$instance"; fi
  done
}}
trap 'forget "$3"' EXIT
trap 'exit 143' TERM
now() {{ read -r up rest < /proc/uptime; up=${{up%%.*}}; }}
now
end=$((up + $1)) quiet=$((up + $2))
while now; [ "$up" -lt "$end" ]; do
  if [ "$2" -gt 0 ]; then
    if [ -e {LEASE_DIRECTORY}/renewed ] && rm -f {LEASE_DIRECTORY}/renewed; then quiet=$((up + $2)); fi
    [ "$up" -lt "$quiet" ] || exit 0
  fi
  sleep 1 &
  wait $!
done
"""
# After its deadline a Job is ended by its controller, which may take a while.
_OVERDUE_SECONDS = 60
_END_CONDITIONS = ("Complete", "Failed", "SuccessCriteriaMet", "FailureTarget")
_FATAL = frozenset(
    (
        "ErrImageNeverPull",
        "ImagePullBackOff",
        "ErrImagePull",
        "InvalidImageName",
        "CreateContainerError",
        "CreateContainerConfigError",
        "RunContainerError",
        "CrashLoopBackOff",
        "StartError",
    )
)


@dataclasses.dataclass(frozen=True)
class AgentOptions:
    """What an agent is made of. deadline, ttl and lease: seconds; lease: 0 for none."""

    run_id: str
    namespace: str = DEFAULT_NAMESPACE
    image: str = DEFAULT_IMAGE
    image_pull_policy: str = "IfNotPresent"
    image_pull_secrets: tuple[str, ...] = ()
    deadline: int = 600
    ttl: int = 30
    lease: int = 0

    def check(self) -> None:
        """KubeError of kind config for what no Job can be made of."""
        check_run_id(self.run_id)
        check_namespace(self.namespace)
        if not self.image.strip() or any(character.isspace() for character in self.image):
            raise KubeError("config", f"Cannot make agents: {self.image!r} is not the name of an image")
        problems = range_problems("node_agent", {**dataclasses.asdict(self), "lease": self.lease or None})
        if problems:
            raise KubeError("config", f"Cannot make agents: {'; '.join(problems)}")


@dataclasses.dataclass(frozen=True)
class Agent:
    """How it stands with one node's agent. error is empty where the pod is ready for commands, or is pending: nobody
    has waited for it yet; silent: the node's kubelet does not answer."""

    node: str
    pod: str
    namespace: str
    error: str
    silent: bool = False
    pending: bool = False

    def to_dict(self) -> JsonObject:
        """As the module returns it."""
        return {
            "pod": self.pod,
            "namespace": self.namespace,
            "ready": not self.error and not self.pending,
            "error": self.error,
            "silent": self.silent,
            "pending": self.pending,
        }


def check_run_id(run_id: str) -> None:
    """KubeError of kind config for a run id that cannot be part of an object's name."""
    if not _RUN_ID.fullmatch(run_id):
        raise KubeError(
            "config",
            f"Cannot use the run id {run_id!r}: it has to be 1 to 16 lower-case letters, digits and "
            "dashes, with a letter or digit at both ends",
        )


def check_namespace(namespace: str) -> None:
    """KubeError of kind config for a name that no namespace can have."""
    if not _NAMESPACE.fullmatch(namespace):
        raise KubeError("config", f"Cannot use the namespace {namespace!r}: that is not the name of a namespace")


def label_value(text: str) -> str:
    """A label value for any node name: the name itself where that is one, else its hash."""
    return text if _LABEL.fullmatch(text) else f"sha256-{hashlib.sha256(text.encode()).hexdigest()[:40]}"


def job_name(run_id: str, node: str) -> str:
    """A name that is valid, stable and different for every run and node: at most 63 characters."""
    readable = re.sub(r"[^a-z0-9]+", "-", node.lower())[:30].strip("-") or "node"
    return f"podnet-{run_id}-{readable}-{hashlib.sha256(node.encode()).hexdigest()[:8]}"


def run_selector(run_id: str, node: str = "") -> str:
    """Selects what belongs to a run, on one node or on all."""
    selector = f"{MANAGED_BY}={MANAGER},{RUN_LABEL}={run_id}"
    return f"{selector},{NODE_LABEL}={label_value(node)}" if node else selector


def namespace_manifest(namespace: str) -> JsonObject:
    """A namespace in which privileged pods are allowed
    (https://kubernetes.io/docs/concepts/security/pod-security-standards/)."""
    labels = {f"pod-security.kubernetes.io/{mode}": "privileged" for mode in ("enforce", "audit", "warn")}
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {
            "name": namespace,
            "labels": {MANAGED_BY: MANAGER, **labels},
            "annotations": {CREATED_BY: MANAGER},
        },
    }


def job_manifest(node: str, options: AgentOptions) -> JsonObject:
    """The Job of one node."""
    labels = {MANAGED_BY: MANAGER, RUN_LABEL: options.run_id, NODE_LABEL: label_value(node)}
    container = {
        "name": CONTAINER,
        "image": options.image,
        "imagePullPolicy": options.image_pull_policy,
        # In the node's process namespace it is not process 1, so that it ends at once when it is told to.
        "command": ["/bin/sh", "-c", _LIFE, "podnet-agent", str(options.deadline), str(options.lease), options.run_id],
        "env": [{"name": "PODNET_HOST_ROOT", "value": HOST_ROOT}],
        "securityContext": {"privileged": True, "runAsUser": 0, "runAsNonRoot": False},
        "volumeMounts": [
            {"name": "host", "mountPath": HOST_ROOT, "readOnly": True, "mountPropagation": "HostToContainer"},
            {"name": "tmp", "mountPath": "/tmp"},
            {"name": "lease", "mountPath": LEASE_DIRECTORY},
        ],
    }
    pod = {
        "nodeName": node,
        "hostNetwork": True,
        "hostPID": True,
        "restartPolicy": "Never",
        "tolerations": [{"operator": "Exists"}],
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": 3,
        "dnsPolicy": "Default",
        "containers": [container],
        "imagePullSecrets": [{"name": name} for name in options.image_pull_secrets],
        "volumes": [
            {"name": "host", "hostPath": {"path": "/", "type": "Directory"}},
            {"name": "tmp", "emptyDir": {}},
            {"name": "lease", "emptyDir": {"medium": "Memory", "sizeLimit": "1Mi"}},
        ],
    }
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": job_name(options.run_id, node), "namespace": options.namespace, "labels": labels},
        "spec": {
            "backoffLimit": 0,
            "completions": 1,
            "parallelism": 1,
            "activeDeadlineSeconds": options.deadline,
            "ttlSecondsAfterFinished": options.ttl,
            "template": {"metadata": {"labels": labels}, "spec": pod},
        },
    }


def has_ended(job: JsonObject) -> bool:
    """Whether the Job has completed or failed, or is about to
    (https://kubernetes.io/docs/concepts/workloads/controllers/job/#termination-of-job-pods)."""
    conditions = (job.get("status") or {}).get("conditions") or []
    return any(entry.get("type") in _END_CONDITIONS and entry.get("status") == "True" for entry in conditions)


def is_stale(job: JsonObject, now: float) -> bool:
    """Whether nobody can be using the Job any more: it has ended, or should have long ago. now: seconds since 1970."""
    if has_ended(job):
        return True
    created = (job.get("metadata") or {}).get("creationTimestamp")
    deadline = (job.get("spec") or {}).get("activeDeadlineSeconds")
    if not created or not deadline:
        return False
    return now > calendar.timegm(time.strptime(created, "%Y-%m-%dT%H:%M:%SZ")) + float(deadline) + _OVERDUE_SECONDS


def pod_problem(pod: JsonObject, container: str = CONTAINER) -> str | None:
    """Why commands cannot be run in this container of a pod: empty if they can, None if it is still starting. Others
    that an admission webhook has put beside it do not matter, those that have to end before it starts do."""
    status = pod.get("status") or {}
    own = [_state(entry) for entry in status.get("containerStatuses") or [] if entry.get("name") == container]
    before = [(entry.get("name"), _state(entry)) for entry in status.get("initContainerStatuses") or []]
    for name, state in [
        *((f"init container {name}: ", state) for name, state in before),
        *(("", state) for state in own),
    ]:
        waiting = state.get("waiting") or {}
        if waiting.get("reason") in _FATAL:
            return one_line(f"{name}{waiting['reason']}: {waiting.get('message') or ''}".rstrip(": "))
    for state in own:
        if state.get("terminated") is not None:
            return _end(state["terminated"])
    if (pod.get("metadata") or {}).get("deletionTimestamp"):
        return "it is being deleted"
    if status.get("phase") in ("Failed", "Succeeded"):
        failed = [f"init container {name}: {_end(ended)}" for name, ended in _failed(before)]
        reason = ": ".join(filter(None, (status.get("reason"), status.get("message"))))
        return failed[0] if failed else one_line(f"it has ended: {reason or 'no reason given'}")
    return "" if any("running" in state for state in own) else None


def _state(entry: JsonObject) -> JsonObject:
    state: JsonObject = entry.get("state") or {}
    return state


def _failed(states: list[tuple[str, JsonObject]]) -> list[tuple[str, JsonObject]]:
    ended = [(name, state["terminated"]) for name, state in states if state.get("terminated") is not None]
    return [(name, end) for name, end in ended if end.get("exitCode")]


def _end(ended: JsonObject) -> str:
    details = ended.get("message") or f"exit status {ended.get('exitCode')}"
    return one_line(f"it has ended ({ended.get('reason') or 'no reason given'}): {details}")
