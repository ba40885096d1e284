# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults that are a pod of their own: Running and Ready, and not answering on its port."""

from __future__ import annotations

import json
from typing import Any

from .config import IMAGE_PYTHON
from .faults import Context, Fault

NODE = "node-2"
PORT = 8080


def manifest(pod: str, command: list[str]) -> dict[str, Any]:
    """A pod on node-2 that declares port 8080, whatever its command does with it."""
    container = {
        "name": "app",
        "image": IMAGE_PYTHON,
        "imagePullPolicy": "IfNotPresent",
        "command": command,
        "ports": [{"name": "http", "containerPort": PORT}],
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": pod, "namespace": "default", "labels": {"app": pod}},
        "spec": {"nodeName": NODE, "terminationGracePeriodSeconds": 0, "containers": [container]},
    }


class BrokenPod(Fault):
    """The base of these faults: subclasses name the pod and its command."""

    pod = ""
    command: tuple[str, ...] = ()

    def inject(self, lab: Context) -> None:
        """Make the pod, and wait until it is Ready."""
        lab.kubectl("apply", "-f", "-", stdin=json.dumps(manifest(self.pod, list(self.command))))
        lab.kubectl("wait", "--for=condition=Ready", f"pod/{self.pod}", "--timeout=30s")

    def bites(self, lab: Context) -> bool:
        """Whether the pod is reached, but not its port."""
        if not lab.pods(f"app={self.pod}"):
            return False
        address = lab.pod_ip(self.pod)
        return lab.pings("client-1", address) and not lab.connects("client-1", address, PORT)

    def heal(self, lab: Context) -> None:
        """Take the pod away."""
        lab.kubectl("delete", "pod", self.pod, "--ignore-not-found", "--wait")
