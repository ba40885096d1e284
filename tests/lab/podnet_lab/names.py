# SPDX-License-Identifier: GPL-3.0-or-later
"""Words that a fault uses for what is known only in the running lab: addresses, names and devices of pods.

<client-1>            a pod's address; <web-2> is the pod of Deployment web on node-2, <dns> the first CoreDNS pod
<client-1.name>       its name; .node its node; .netns the named network namespace; .mac the MAC address of its eth0;
                      .veth its device on the node; .namespace
<service:web>         the cluster address of Service web in namespace default; <service:kube-system/kube-dns>
<node-1>              a node's address; <node-1.vtep> the MAC address of its flannel.1
"""

from __future__ import annotations

import json
import re
import typing as t

from .config import node_address
from .errors import LabError

if t.TYPE_CHECKING:
    from .context import Context

WORD = re.compile(r"<([a-z][a-z0-9:/-]*)(?:\.([a-z]+))?>")


class Names:
    """What each word stands for. Once known it is kept: what is undone is what was done."""

    def __init__(self, lab: Context, known: dict[str, str] | None = None) -> None:
        self._lab = lab
        self.known: dict[str, str] = dict(known or {})

    def fill(self, text: str) -> str:
        """The text with every word replaced."""
        return WORD.sub(lambda match: self._value(match.group(1), match.group(2) or ""), text)

    def _value(self, name: str, what: str) -> str:
        word = f"{name}.{what}" if what else name
        if word not in self.known:
            self.known[word] = self._find(name, what)
        return self.known[word]

    def _find(self, name: str, what: str) -> str:
        if name.startswith("service:"):
            namespace, _unused, service = name.removeprefix("service:").rpartition("/")
            return str(self._lab.get("service", service, "-n", namespace or "default")["spec"]["clusterIP"])
        if name.startswith("node-"):
            return self._vtep(name) if what == "vtep" else node_address(name)
        return self._of_pod(name, what)

    def _vtep(self, node: str) -> str:
        return str(self._link(node, "flannel.1")["address"])

    def _link(self, node: str, device: str, *arguments: str) -> dict[str, t.Any]:
        done = self._lab.exec_in(node, ["ip", *arguments, "-j", "link", "show", device])
        found: dict[str, t.Any] = json.loads(done.stdout)[0]
        return found

    def _pod(self, name: str) -> dict[str, t.Any]:
        if name == "dns":
            return self._lab.pods("k8s-app=kube-dns", "kube-system")[0]
        if not re.fullmatch(r"web-[0-9]", name):
            return self._lab.get("pod", name)
        node = f"node-{name[-1]}"
        found = [
            pod
            for pod in self._lab.pods("app=web")
            if pod["spec"].get("nodeName") == node and not pod["metadata"].get("deletionTimestamp")
        ]
        if not found:
            raise LabError(f"No pod of web is on {node}.")
        return found[0]

    def _of_pod(self, name: str, what: str) -> str:
        pod = self._pod(name)
        address, node = str(pod["status"].get("podIP", "")), str(pod["spec"].get("nodeName", ""))
        if what in ("name", "namespace"):
            return str(pod["metadata"][what])
        if what == "node":
            return node
        if not what:
            return address
        netns = self._netns(node, address)
        eth0 = self._link(node, "eth0", "-n", netns)
        if what == "netns":
            return netns
        if what == "mac":
            return str(eth0["address"])
        if what == "veth":
            links = json.loads(self._lab.exec_in(node, ["ip", "-j", "link"]).stdout)
            return next(str(link["ifname"]) for link in links if link["ifindex"] == eth0["link_index"])
        raise LabError(f"Nothing of a pod is called {what!r}.")

    def _netns(self, node: str, address: str) -> str:
        script = (
            "for n in $(ip netns list | cut -d' ' -f1); do "
            'ip -n "$n" -4 -o address 2>/dev/null | grep -qF " $1/" && { echo "$n"; exit 0; }; done; exit 1'
        )
        done = self._lab.exec_in(node, ["sh", "-c", script, "sh", address], check=False)
        if done.returncode != 0:
            raise LabError(f"No network namespace of {node} has {address}.")
        return done.stdout.strip()
