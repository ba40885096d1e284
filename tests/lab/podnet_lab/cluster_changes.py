# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes of what the cluster says and knows, beside the objects and patches of changes.py."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from .changes import Change, Objects
from .config import API_PORT, CONTROLLER_ADDRESS, node_pod_cidr
from .context import Context
from .traffic import Traffic


@dataclass(frozen=True)
class Gone(Change):
    """Objects, or another change, of the scene that are taken away, and made again."""

    objects: Change

    def make(self, lab: Context) -> None:
        """Delete them."""
        self.objects.undo(lab)

    def undo(self, lab: Context) -> None:
        """Make them again."""
        self.objects.make(lab)


@dataclass(frozen=True)
class Assigned(Change):
    """The address that a load balancer's controller would write into a Service's status.

    mode: its ipMode, where it says one. before: the address that it has otherwise.
    """

    service: str
    address: str
    mode: str = ""
    before: str = ""

    def make(self, lab: Context) -> None:
        """Write it."""
        mode = {"ipMode": self.mode} if self.mode else {}
        self._write(lab, [{"ip": self.address, **mode}])

    def undo(self, lab: Context) -> None:
        """Write the one before; nothing else is left when the Service is deleted."""
        if self.before:
            self._write(lab, [{"ip": self.before}])

    def _write(self, lab: Context, ingress: list[dict[str, str]]) -> None:
        patch = json.dumps({"status": {"loadBalancer": {"ingress": ingress}}})
        lab.kubectl("patch", "service", self.service, "--subresource=status", "--type=merge", "-p", patch)


@dataclass(frozen=True)
class Tried(Change):
    """Traffic that was sent once, whatever came of it."""

    traffic: Traffic

    def make(self, lab: Context) -> None:
        """Send it until something answers or refuses: a Service needs a moment to have rules."""
        for _unused in range(4):
            self.traffic.passed(lab, 1)

    def undo(self, lab: Context) -> None:
        """There is nothing to take back."""


@dataclass(frozen=True)
class KubeProxyApi(Change):
    """The address of the API server in kube-proxy's configuration, read by fresh pods on these nodes."""

    server: str
    nodes: tuple[str, ...] = ("node-1", "node-2")

    def make(self, lab: Context) -> None:
        """Write it, and replace the pods."""
        self._write(lab, self.server)

    def undo(self, lab: Context) -> None:
        """Write the true one, and replace the pods."""
        self._write(lab, f"https://{CONTROLLER_ADDRESS}:{API_PORT}")

    def _write(self, lab: Context, server: str) -> None:
        data: dict[str, Any] = lab.get("configmap", "kube-proxy", "-n", "kube-system")["data"]
        lines = [
            f"{line.partition('server:')[0]}server: {server}" if "server:" in line else line
            for line in data["kubeconfig.conf"].splitlines()
        ]
        _new_kube_proxy(lab, {"kubeconfig.conf": "\n".join(lines) + "\n"}, self.nodes)


@dataclass(frozen=True)
class Corefile(Change):
    """A text in cluster DNS' configuration replaced by another; fresh CoreDNS pods read it."""

    old: str
    new: str

    def make(self, lab: Context) -> None:
        """Replace it."""
        self._write(lab, self.old, self.new)

    def undo(self, lab: Context) -> None:
        """Put it back."""
        self._write(lab, self.new, self.old)

    def _write(self, lab: Context, old: str, new: str) -> None:
        text = lab.get("configmap", "coredns", "-n", "kube-system")["data"]["Corefile"]
        patch = json.dumps({"data": {"Corefile": text.replace(old, new)}})
        where = ("-n", "kube-system")
        lab.kubectl("patch", "configmap", "coredns", *where, "--type=merge", "-p", patch)
        lab.kubectl("rollout", "restart", "deployment/coredns", *where)
        lab.kubectl("rollout", "status", "deployment/coredns", *where, "--timeout=80s", timeout=90)


@dataclass(frozen=True)
class KubeProxyConfig(Change):
    """A text in kube-proxy's configuration, or its kubeconfig.conf, replaced by another; fresh pods read it."""

    old: str
    new: str
    nodes: tuple[str, ...] = ("node-1", "node-2")
    file: str = "config.conf"

    def make(self, lab: Context) -> None:
        """Replace it."""
        self._write(lab, self.old, self.new)

    def undo(self, lab: Context) -> None:
        """Put it back."""
        self._write(lab, self.new, self.old)

    def _write(self, lab: Context, old: str, new: str) -> None:
        text = lab.get("configmap", "kube-proxy", "-n", "kube-system")["data"][self.file]
        _new_kube_proxy(lab, {self.file: text.replace(old, new)}, self.nodes)


@dataclass(frozen=True)
class FlannelConfig(Change):
    """A text in flannel's configuration replaced by another, which only a fresh pod of one node has read."""

    node: str
    old: str
    new: str

    def make(self, lab: Context) -> None:
        """Replace it."""
        self._write(lab, self.old, self.new)
        lab.replace_pod(self.node, "app=flannel", "kube-flannel")

    def undo(self, lab: Context) -> None:
        """Put it back."""
        self._write(lab, self.new, self.old)
        # flannel keeps a tunnel whose port is another one than the kernel's own, where it is told none.
        lab.exec_in(self.node, ["ip", "link", "del", "flannel.1"], check=False)
        other = "node-1" if self.node != "node-1" else "node-2"
        lab.restart_flannel(self.node, node_pod_cidr(other))

    def _write(self, lab: Context, old: str, new: str) -> None:
        where = ("-n", "kube-flannel")
        text = lab.get("configmap", "kube-flannel-cfg", *where)["data"]["net-conf.json"]
        patch = json.dumps({"data": {"net-conf.json": text.replace(old, new)}})
        lab.kubectl("patch", "configmap", "kube-flannel-cfg", *where, "--type=merge", "-p", patch)


@dataclass(frozen=True)
class NodeAnew(Change):
    """A node's object made anew with another pod network, while its pods run on; a fresh pod of flannel reads it."""

    node: str
    pod_cidr: str

    def make(self, lab: Context) -> None:
        """Make it anew."""
        self._write(lab, self.pod_cidr)
        lab.replace_pod(self.node, "app=flannel", "kube-flannel")

    def undo(self, lab: Context) -> None:
        """Make it anew with the network that it had."""
        if lab.get("node", self.node)["spec"]["podCIDR"] != node_pod_cidr(self.node):
            self._write(lab, node_pod_cidr(self.node))
        other = "node-1" if self.node != "node-1" else "node-2"
        lab.restart_flannel(self.node, node_pod_cidr(other))

    def _write(self, lab: Context, pod_cidr: str) -> None:
        node = lab.get("node", self.node)
        item = {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": self.node, "labels": node["metadata"]["labels"]},
            "spec": {"podCIDR": pod_cidr, "podCIDRs": [pod_cidr]},
        }
        lab.kubectl("delete", "node", self.node)
        lab.apply(item)
        lab.kubectl("wait", "--for=condition=Ready", f"node/{self.node}", "--timeout=60s", timeout=70)


@dataclass(frozen=True)
class Ending(Change):
    """A namespace of objects that is deleted, and never gone: a finalizer holds one of them ("KIND NAME")."""

    namespace: str
    held: str

    def make(self, lab: Context) -> None:
        """Delete it."""
        _hold(lab, self.held, self.namespace)
        lab.kubectl("delete", "namespace", self.namespace, "--wait=false")
        where = ("-n", self.namespace)
        lab.wait_until(lambda: not lab.get("pods", *where)["items"], f"the pods of {self.namespace} are gone", 60)

    def undo(self, lab: Context) -> None:
        """Take the finalizer away, and wait until the namespace is gone."""
        _let_go(lab, self.held, self.namespace)
        lab.kubectl("delete", "namespace", self.namespace, "--ignore-not-found", "--timeout=60s", timeout=70)


@dataclass(frozen=True)
class HeldObject(Change):
    """An object ("KIND NAME") that is deleted, and held by a finalizer."""

    what: str

    def make(self, lab: Context) -> None:
        """Delete it."""
        _hold(lab, self.what)
        lab.kubectl("delete", *self.what.split(), "--wait=false")

    def undo(self, lab: Context) -> None:
        """Let it go."""
        _let_go(lab, self.what)


def _hold(lab: Context, what: str, namespace: str = "default") -> None:
    """Give an object ("KIND NAME") a finalizer that nobody takes away."""
    patch = json.dumps({"metadata": {"finalizers": ["example.com/cleanup"]}})
    lab.kubectl("patch", *what.split(), "-n", namespace, "--type=merge", "-p", patch)


def _let_go(lab: Context, what: str, namespace: str = "default") -> None:
    """Take an object's finalizers away, where it is."""
    where = (*what.split(), "-n", namespace)
    if lab.kubectl("get", *where, "--ignore-not-found", "-o", "name"):
        lab.kubectl("patch", *where, "--type=merge", "-p", '{"metadata":{"finalizers":null}}')


def _new_kube_proxy(lab: Context, data: dict[str, str], nodes: tuple[str, ...]) -> None:
    """Change kube-proxy's ConfigMap, and replace its pods on these nodes."""
    patch = json.dumps({"data": data})
    lab.kubectl("patch", "configmap", "kube-proxy", "-n", "kube-system", "--type=merge", "-p", patch)
    for node in nodes:
        lab.replace_pod(node, "k8s-app=kube-proxy", "kube-system")


@dataclass(frozen=True)
class Anew(Change):
    """Pods of a controller that are deleted, and not waited for: their successors may never be Ready."""

    selector: str
    namespace: str = "default"

    def make(self, lab: Context) -> None:
        """Delete them."""
        lab.kubectl("delete", "pods", "-n", self.namespace, "-l", self.selector, "--wait=false")

    def undo(self, lab: Context) -> None:
        """Their successors are there already."""


@dataclass(frozen=True)
class Event(Change):
    """Nothing is changed: wait until the cluster has told this of a pod. says: words of what it has told last."""

    pod: str
    reason: str
    says: str = ""

    def make(self, lab: Context) -> None:
        """Await the event."""
        fields = f"involvedObject.name={self.pod},reason={self.reason}"
        what = f"an event {self.reason} of {self.pod}"
        lab.wait_until(lambda: self._told(lab, fields), what, 60)

    def undo(self, lab: Context) -> None:
        """Remove the pod's events, so that the next pod of that name has only its own."""
        lab.kubectl("delete", "events", "--field-selector", f"involvedObject.name={self.pod}", "--wait=false")

    def _told(self, lab: Context, fields: str) -> bool:
        items = lab.get("events", "--field-selector", fields)["items"]
        return any(self.says in str(item.get("message")) for item in items)


@dataclass(frozen=True)
class NodeReady(Change):
    """Nothing is changed: wait until a node's condition Ready is so, and at the end until it is True again."""

    node: str
    status: str = "True"

    def make(self, lab: Context) -> None:
        """Await the status."""
        self._await(lab, self.status)

    def undo(self, lab: Context) -> None:
        """Await True: only what stands first among the changes is undone last."""
        if self.status == "True":
            self._await(lab, "True")

    def _await(self, lab: Context, status: str) -> None:
        condition = f"--for=condition=Ready={status}"
        lab.kubectl("wait", condition, f"node/{self.node}", "--timeout=120s", timeout=130)


@dataclass(frozen=True)
class Phase(Change):
    """Nothing is changed: wait until a pod is in a phase."""

    pod: str
    phase: str

    def make(self, lab: Context) -> None:
        """Await it."""
        condition = f"--for=jsonpath={{.status.phase}}={self.phase}"
        lab.kubectl("wait", condition, f"pod/{self.pod}", "--timeout=60s", timeout=70)

    def undo(self, lab: Context) -> None:
        """There is nothing to take back."""


@dataclass(frozen=True)
class Leaving(Change):
    """A pod that is made, and then deleted with all the time that it may take to end."""

    objects: Objects
    pod: str

    def make(self, lab: Context) -> None:
        """Make it, and tell it to end."""
        self.objects.make(lab)
        lab.kubectl("delete", "pod", self.pod, "--wait=false")

    def undo(self, lab: Context) -> None:
        """Wait until it is gone: the kubelet lets nobody take back the time that it was given."""
        lab.kubectl("delete", "pod", self.pod, "--ignore-not-found", "--timeout=100s", timeout=110)


@dataclass(frozen=True)
class Ready(Change):
    """Nothing is changed: wait until a pod of a namespace is Ready."""

    pod: str
    namespace: str

    def make(self, lab: Context) -> None:
        """Await it."""
        lab.kubectl(
            "wait", "-n", self.namespace, "--for=condition=Ready", f"pod/{self.pod}", "--timeout=60s", timeout=70
        )

    def undo(self, lab: Context) -> None:
        """There is nothing to take back."""


@dataclass(frozen=True)
class PodOf(Change):
    """A DaemonSet's pod of a node, made anew: when the change is undone, or, not after it, when it is made."""

    node: str
    selector: str
    namespace: str
    after: bool = True

    def make(self, lab: Context) -> None:
        """Replace it now, unless it is to be replaced in the end."""
        if not self.after:
            lab.replace_pod(self.node, self.selector, self.namespace)

    def undo(self, lab: Context) -> None:
        """Replace it in the end."""
        if self.after:
            lab.replace_pod(self.node, self.selector, self.namespace)


@dataclass(frozen=True)
class Available(Change):
    """Nothing is changed: wait until a Deployment of a namespace is available."""

    deployment: str
    namespace: str

    def make(self, lab: Context) -> None:
        """Await it."""
        what = ("--for=condition=Available", f"deployment/{self.deployment}")
        lab.kubectl("wait", "-n", self.namespace, *what, "--timeout=60s", timeout=70)

    def undo(self, lab: Context) -> None:
        """There is nothing to take back."""
