# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Further trouble of the cluster: its control plane, admission, what becomes of agents, objects of strange shapes,
programs of nodes that hang."""

from __future__ import annotations

import contextlib
import json
import pathlib
from collections.abc import Iterator
from typing import Any

from . import conditions as there
from .case import ANY, Case, During
from .lab import OURS, Json, Lab, Run

SSH = {"podnet_access": "ssh"}
PEER = {"diagnose_destination": "pod:default/client-2", "diagnose_port": ""}
HEALTHY, REFUSED = ("healthy",), ("inconclusive",)
NO_PROOF = ("healthy", "inconclusive")
STOPPED = ("pod-not-ready", "container-not-ready")


def _trouble(name: str, verdicts: tuple[str, ...] = HEALTHY, says: tuple[str, ...] = (), **more: Any) -> Case:
    return Case(name, "trouble", says, verdicts, **more)


# -- the control plane -----------------------------------------------------------------------------------------
def _froze(name: str) -> During:
    """For 40 s: a controller manager that does not come back keeps the objects of pods."""

    def during(lab: Lab, _run: Run) -> None:
        script = (
            f"for pid in $(pgrep -x {name}); do kill -STOP $pid; (sleep 40; kill -CONT $pid) >/dev/null 2>&1 & done"
        )
        lab.shell("controller", script)

    return during


def thawed(name: str) -> Any:
    """A daemon of the control plane that something in the run freezes goes on afterwards."""

    @contextlib.contextmanager
    def around(lab: Lab, _folder: pathlib.Path) -> Iterator[Json]:
        try:
            yield {}
        finally:
            lab.signal("controller", name, "CONT")

    return around


@contextlib.contextmanager
def forbidding_policy(lab: Lab, _folder: pathlib.Path) -> Iterator[Json]:
    """An admission policy of the API server's own, against pods in the network of their node
    (https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/)."""
    group = "admissionregistration.k8s.io/v1"
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}
    policy = {
        "apiVersion": group,
        "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": "weather-forbids"},
        "spec": {
            "matchConstraints": {"resourceRules": [rule]},
            "validations": [
                {
                    "expression": "!has(object.spec.hostNetwork) || !object.spec.hostNetwork",
                    "message": "nobody may use the network of a node",
                }
            ],
        },
    }
    binding = {
        "apiVersion": group,
        "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": {"name": "weather-forbids"},
        "spec": {"policyName": "weather-forbids", "validationActions": ["Deny"]},
    }
    with lab.objects(policy, binding):
        probe = {**there.pod(lab, "weather-asked"), "kind": "Pod"}
        probe["spec"]["hostNetwork"] = True
        lab.until(
            "the policy is enforced",
            lambda: (
                "nobody may use"
                in lab.lab(
                    "run",
                    "--",
                    "kubectl",
                    "create",
                    "--dry-run=server",
                    "-f",
                    "-",
                    stdin=json.dumps(probe),
                    check=False,
                ).stderr
            ),
            30,
        )
        yield {}


CONTROL = (
    _trouble(
        "controller manager frozen",
        REFUSED,
        ("no pod",),
        around=there.frozen("controller", "kube-controller"),
        left=120,
    ),
    _trouble(
        "controller manager frozen in the probes",
        NO_PROOF,
        around=thawed("kube-controller"),
        during=_froze("kube-controller"),
        at="probe",
        left=60,
    ),
    _trouble("scheduler frozen", around=there.frozen("controller", "kube-scheduler")),
    _trouble(
        "etcd frozen", REFUSED, ("no answer|timed out|timeout",), bound=45, around=there.frozen("controller", "etcd")
    ),
    _trouble("etcd frozen in the probes", ANY, bound=60, around=thawed("etcd"), during=_froze("etcd"), at="probe"),
    _trouble(
        "policy against the network of nodes",
        REFUSED,
        ("nobody may use the network of a node",),
        around=forbidding_policy,
    ),
)


# -- agents that go --------------------------------------------------------------------------------------------
def _agents_deleted(kind: str) -> During:
    def during(lab: Lab, _run: Run) -> None:
        lab.kubectl("delete", kind, "-A", "-l", OURS, "--wait=false", "--grace-period=1")

    return during


def _agent_killed(lab: Lab, _run: Run) -> None:
    """As the kernel does where memory runs short: the first process of the agent on node-2."""
    lab.shell("node-2", "for pid in $(pgrep -f podnet-agent); do kill -9 $pid; done", check=False)


def _namespace_deleted(lab: Lab, _run: Run) -> None:
    lab.kubectl("delete", "namespace", there.AGENTS, "--wait=false")


@contextlib.contextmanager
def _namespace_anew(lab: Lab, _folder: pathlib.Path) -> Iterator[Json]:
    yield dict(PEER)
    lab.until("the namespace is gone", lambda: there.AGENTS not in lab.kubectl("get", "namespaces"), 90)


AGENTS = (
    _trouble("agents deleted in the snapshot", ANY, during=_agents_deleted("pods"), variables=PEER),
    _trouble("agents deleted in the probes", ANY, during=_agents_deleted("jobs"), at="probe", variables=PEER),
    _trouble("agent killed in the snapshot", ANY, during=_agent_killed, variables=PEER),
    _trouble(
        "agent killed while it captures",
        ANY,
        during=_agent_killed,
        at="capture_start",
        variables={**PEER, "diagnose_capture": "always"},
    ),
    _trouble(
        "namespace of the agents deleted in the snapshot",
        ANY,
        around=_namespace_anew,
        during=_namespace_deleted,
        bound=45,
    ),
    _trouble(
        "image that a registry does not have",
        REFUSED,
        ("ErrImagePull|ImagePullBackOff",),
        variables={"node_agent_image": "127.0.0.1:1/none:1"},
    ),
)

# -- objects ---------------------------------------------------------------------------------------------------
# The kubelet makes a directory of namespace, name and uid: more than 255 bytes are no name (NAME_MAX).
LONG = "weather-" + "long-name-" * 19 + "xx"
# Whoever takes this for a template, a terminal's sequence, a formula or a page does harm.
HOSTILE = "{{ lookup('pipe', 'touch /tmp/podnet-owned') }} \\033[31m </script><script>alert(1)</script> =1+1"
UNREAL = ["sh", "-c", f"printf '%s' \"{HOSTILE}\" > /dev/termination-log; exit 3"]


def _many(lab: Lab, count: int) -> list[Json]:
    made = {"image": "podnet.lab/python:3", "imagePullPolicy": "IfNotPresent", "command": ["sleep", "infinity"]}
    return [{**made, "name": f"c{number}"} for number in range(count)]


def crowded(count: int) -> Any:
    """A source pod with so many containers."""

    @contextlib.contextmanager
    def around(lab: Lab, _folder: pathlib.Path) -> Iterator[Json]:
        pod = there.pod(lab, "weather-crowded", node="node-1")
        pod["spec"]["containers"] = _many(lab, count)
        with lab.objects(pod, wait="condition=Ready"):
            yield {"diagnose_source": "pod:default/weather-crowded"}

    return around


@contextlib.contextmanager
def _owned(lab: Lab, folder: pathlib.Path) -> Iterator[Json]:
    """A source whose last words are hostile: nothing of them is done."""
    owned = pathlib.Path("/tmp/podnet-owned")
    owned.unlink(missing_ok=True)
    with there.end("source", "weather-hostile", "podnet-owned", node="node-1", command=UNREAL, restart="Never")(
        lab, folder
    ) as more:
        yield more
        assert not owned.exists(), "a template in the last words of a container was evaluated"


def _restarted(lab: Lab, _run: Run) -> None:
    lab.kubectl("rollout", "restart", "deployment/web", "-n", "default")


@contextlib.contextmanager
def _rolled_out(lab: Lab, _folder: pathlib.Path) -> Iterator[Json]:
    yield {}
    lab.kubectl("rollout", "status", "deployment/web", "-n", "default", "--timeout=120s")


@contextlib.contextmanager
def _going(lab: Lab, folder: pathlib.Path) -> Iterator[Json]:
    """A source whose namespace is being deleted, and that something keeps."""
    name = "weather-leaving"
    space: Json = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    pod = there.pod(lab, "last", node="node-1")
    pod["metadata"] = {"name": "last", "namespace": name, "finalizers": ["weather.example/keep"]}
    with lab.objects(space, pod, wait=""):
        path = "jsonpath={.status.phase}"
        lab.until(
            "it runs", lambda: lab.kubectl("get", "pod", "last", "-n", name, "-o", path, check=False) == "Running", 60
        )
        lab.kubectl("delete", "namespace", name, "--wait=false")
        try:
            yield {"diagnose_source": f"pod:{name}/last"}
        finally:
            lab.kubectl(
                "patch",
                "pod",
                "last",
                "-n",
                name,
                "--type=merge",
                "-p",
                '{"metadata":{"finalizers":null}}',
                check=False,
            )


OBJECTS = (
    _trouble("names of 200 characters", around=there.end("source", LONG, '"Running"', node="node-1")),
    _trouble("source with 40 containers", bound=45, around=crowded(40)),
    _trouble("last words that are a template", ("fault",), (), causes=STOPPED, around=_owned),
    _trouble("rollout in the middle", ANY, around=_rolled_out, during=_restarted),
    _trouble("source in a namespace that is going", ANY, around=_going),
)

# -- programs of nodes -----------------------------------------------------------------------------------------
PYTHON = '#!/bin/sh\n{} exec /usr/bin/python3 "$@"\n'


def _hanging(name: str, node: str) -> Any:
    """A program that never ends stands before the one of that name."""
    path = "/usr/local/sbin/" + name
    made = f"printf '#!/bin/sh\\nexec sleep 600\\n' > {path}; chmod 755 {path}"
    return there.prepared(node, made, f"rm -f {path}; for pid in $(pgrep -f 'sleep 600'); do kill $pid; done")


@contextlib.contextmanager
def _nobody(lab: Lab, _folder: pathlib.Path) -> Iterator[Json]:
    """Whoever may log in on the nodes is not root and becomes nobody else."""
    for node in lab.nodes:
        lab.shell(node, "useradd -m weather && cp -r /root/.ssh /home/weather/ && chown -R weather /home/weather/.ssh")
    try:
        yield {"ansible_user": "weather"}
    finally:
        for node in lab.nodes:
            lab.shell(node, "userdel -r weather 2>/dev/null", check=False)


PROGRAMS = (
    _trouble(
        "a user who is not root, by SSH", REFUSED, ("root|permitted|denied|become",), variables=SSH, around=_nobody
    ),
    _trouble(
        "no program on the path, by SSH",
        NO_PROOF,
        variables=SSH,
        around=there.program(PYTHON.format("PATH=/nonexistent"), "node-1", "node-2"),
    ),
    _trouble(
        "64 MB of memory, by SSH", ANY, variables=SSH, around=there.program(PYTHON.format("ulimit -v 65536;"), "node-2")
    ),
    _trouble(
        "Python that hangs, by SSH",
        ANY,
        ("node-2",),
        bound=50,
        variables={**SSH, "diagnose_task_timeout": 20},
        around=there.program("#!/bin/sh\nexec sleep 600\n", "node-2"),
    ),
    _trouble("nft that hangs, by SSH", ANY, bound=60, variables=SSH, around=_hanging("nft", "node-2")),
    _trouble(
        "tcpdump that hangs, by SSH",
        ANY,
        bound=60,
        variables={**SSH, "diagnose_capture": "always"},
        around=_hanging("tcpdump", "node-2"),
    ),
)

CASES = (*CONTROL, *AGENTS, *OBJECTS, *PROGRAMS)
