# SPDX-License-Identifier: GPL-3.0-or-later
"""kube-proxy was pushed off a full node, because nobody had given it the priority of a system pod.

The third case study. The DaemonSet loses its priorityClassName; then an application of higher priority, which fits on
node-1 only without kube-proxy, is placed there by the scheduler, which preempts kube-proxy. Its fresh pod stays
Pending. The rules that the old one left are removed, as a reboot or a new node would.
"""

from __future__ import annotations

import json
from typing import Any

from podnet_lab.config import IMAGE_PYTHON
from podnet_lab.faults import Context, Fault, Truth

NODE = "node-1"
NAMESPACE = "kube-system"
SELECTOR = "k8s-app=kube-proxy"
APP = "greedy"
PROXY_MILLICORES = 400
PRIORITY = {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": APP}, "value": 1000000}


class FaultClass(Fault):
    """A real preemption of kube-proxy on node-1 by a pod of higher priority."""

    about = "kube-proxy without priority was preempted on node-1, which is full"
    settle_seconds = 90.0
    truth = Truth(
        id="kube-proxy-priority",
        explains=("kube-proxy-missing",),
        location={"node": NODE, "namespace": NAMESPACE},
        destination="service:default/web",
        port=80,
    )

    def inject(self, lab: Context) -> None:
        _priority(lab, None, {"requests": {"cpu": f"{PROXY_MILLICORES}m"}})
        free = _free_millicores(lab)
        pod = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": APP, "namespace": "default", "labels": {"app": APP}},
            "spec": {
                "priorityClassName": APP,
                "terminationGracePeriodSeconds": 0,
                "nodeSelector": {"kubernetes.io/hostname": NODE},
                "containers": [
                    {
                        "name": "app",
                        "image": IMAGE_PYTHON,
                        "imagePullPolicy": "IfNotPresent",
                        "command": ["sleep", "infinity"],
                        "resources": {"requests": {"cpu": f"{free + PROXY_MILLICORES // 2}m"}},
                    }
                ],
            },
        }
        for item in (PRIORITY, pod):
            lab.kubectl("apply", "-f", "-", stdin=json.dumps(item))
        lab.kubectl("wait", "--for=condition=Ready", f"pod/{APP}", "--timeout=60s", timeout=70)
        lab.wait_until(lambda: _proxy(lab) == ["Pending"], "kube-proxy is Pending on node-1", 60)
        lab.exec_in(NODE, ["iptables", "-t", "nat", "-F", "KUBE-SERVICES"])

    def bites(self, lab: Context) -> bool:
        return not lab.connects("client-1", lab.get("service", "web")["spec"]["clusterIP"], 80)

    def heal(self, lab: Context) -> None:
        lab.kubectl("delete", "pod", APP, "--ignore-not-found", "--wait")
        lab.kubectl("delete", "priorityclass", APP, "--ignore-not-found")
        _priority(lab, "system-node-critical", None)

    def healed(self, lab: Context) -> bool:
        return not self.bites(lab) and _proxy(lab) == ["Running"]


def _priority(lab: Context, name: str | None, resources: dict[str, Any] | None) -> None:
    """Set kube-proxy's priority class and requests, and wait for its new pods."""
    container = {"name": "kube-proxy", "resources": resources}
    spec = {"template": {"spec": {"priorityClassName": name, "containers": [container]}}}
    lab.kubectl("patch", "daemonset", "kube-proxy", "-n", NAMESPACE, "-p", json.dumps({"spec": spec}))
    lab.kubectl("rollout", "status", "daemonset/kube-proxy", "-n", NAMESPACE, "--timeout=80s", timeout=90)


def _proxy(lab: Context) -> list[str]:
    """The phases of kube-proxy's pods for node-1, also of one that the scheduler could not place yet."""
    return [
        str(pod["status"]["phase"])
        for pod in lab.pods(SELECTOR, NAMESPACE)
        if NODE in json.dumps(pod["spec"].get("affinity", {})) and not pod["metadata"].get("deletionTimestamp")
    ]


def _free_millicores(lab: Context) -> int:
    """What node-1 has left to give, in thousandths of a CPU."""
    allocatable = _millicores(lab.get("node", NODE)["status"]["allocatable"]["cpu"])
    pods = lab.get("pods", "-A", f"--field-selector=spec.nodeName={NODE}")["items"]
    used = sum(
        _millicores(container.get("resources", {}).get("requests", {}).get("cpu", "0"))
        for pod in pods
        if pod["status"]["phase"] in ("Pending", "Running")
        for container in pod["spec"]["containers"]
    )
    return allocatable - used


def _millicores(text: str) -> int:
    return int(text[:-1]) if text.endswith("m") else int(float(text) * 1000)
