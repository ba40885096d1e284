# SPDX-License-Identifier: GPL-3.0-or-later
"""What a fault may use: commands inside hosts and pods, kubectl, names that are known only in the running lab."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from typing import Any

from . import hosts, operator
from .config import Lab
from .errors import LabError
from .names import Names
from .proc import wait_until as wait_for

SIGNAL = (
    "import os, pathlib, signal, sys\n"
    "for comm in pathlib.Path('/proc').glob('[0-9]*/comm'):\n"
    "    try:\n"
    "        if comm.read_text().strip() == sys.argv[1]:\n"
    "            os.kill(int(comm.parent.name), getattr(signal, 'SIG' + sys.argv[2]))\n"
    "    except (FileNotFoundError, ProcessLookupError):\n"
    "        pass\n"
)
# The process of a pod that is not its pause, by the cgroup that carries the pod's uid.
ENTER = (
    "import os, pathlib, sys\n"
    "uids = (sys.argv[1], sys.argv[1].replace('-', '_'))\n"
    "for path in pathlib.Path('/proc').glob('[0-9]*/cgroup'):\n"
    "    try:\n"
    "        inside = any(uid in path.read_text() for uid in uids)\n"
    "        if inside and (path.parent / 'comm').read_text().strip() != 'pause':\n"
    "            os.execvp('nsenter', ['nsenter', '--target', path.parent.name, '--net', '--mount', '--uts', '--',\n"
    "                *sys.argv[2:]])\n"
    "    except (FileNotFoundError, ProcessLookupError):\n"
    "        pass\n"
    "sys.exit('no process of this pod')\n"
)


class Context:
    """One lab as a fault sees it. Every command ends after a time of its own: nothing here waits for ever."""

    def __init__(self, lab: Lab, known: dict[str, str] | None = None) -> None:
        self.lab = lab
        self.names = Names(self, known)
        self._places: dict[tuple[str, str], tuple[str, str]] = {}

    def fill(self, text: str) -> str:
        """A text with its words such as <client-1> replaced (see names.py)."""
        return self.names.fill(text)

    def exec_in(
        self, host: str, argv: list[str], timeout: float = 30, check: bool = True, stdin: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a command as root inside a host (node-1, outside, …)."""
        done = hosts.exec_in(self.lab, host, argv, timeout, stdin)
        if check and done.returncode != 0:
            said = done.stderr.strip() or done.stdout.strip()
            raise LabError(f"Cannot run {argv} on {host}: exit status {done.returncode}: {said}")
        return done

    def kubectl(self, *arguments: str, stdin: str | None = None, timeout: float = 60) -> str:
        """Run kubectl as administrator and return what it printed."""
        return operator.kubectl(self.lab, *arguments, stdin=stdin, timeout=timeout)

    def get(self, *arguments: str) -> dict[str, Any]:
        """kubectl get … -o json, parsed."""
        found: dict[str, Any] = json.loads(self.kubectl("get", *arguments, "-o", "json"))
        return found

    def apply(self, *objects: dict[str, Any]) -> None:
        """Write objects as they are given."""
        self.kubectl("apply", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))

    def pod_exec(
        self, pod: str, argv: list[str], namespace: str = "default", timeout: float = 30
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in a pod, whatever its exit status."""
        command = ["kubectl", "exec", "-n", namespace, pod, "--", *argv]
        return operator.run_captured(self.lab, command, timeout)

    def inside_pod(
        self, pod: str, argv: list[str], namespace: str = "default", timeout: float = 30
    ) -> subprocess.CompletedProcess[str]:
        """As pod_exec, from the node and without the API: quicker, and also when the node is cut off from it."""
        if (namespace, pod) not in self._places:
            found = self.get("pod", pod, "-n", namespace)
            self._places[namespace, pod] = (str(found["spec"].get("nodeName")), str(found["metadata"]["uid"]))
        node, uid = self._places[namespace, pod]
        return self.exec_in(node, ["python3", "-c", ENTER, uid, *argv], timeout, check=False)

    def pods(self, selector: str, namespace: str = "default") -> list[dict[str, Any]]:
        """The pods a label selector chooses, sorted by name."""
        found: list[dict[str, Any]] = self.get("pods", "-n", namespace, "-l", selector)["items"]
        return found

    def pod_ip(self, pod: str, namespace: str = "default") -> str:
        """A pod's address."""
        return str(self.get("pod", pod, "-n", namespace)["status"]["podIP"])

    def pings(self, pod: str, address: str, count: int = 2) -> bool:
        """Whether at least one of count pings from a pod is answered (1 s each)."""
        argv = ["ping", "-n", "-c", str(count), "-i", "0.2", "-W", "1", address]
        return self.pod_exec(pod, argv).returncode == 0

    def connects(self, pod: str, address: str, port: int, timeout: float = 2) -> bool:
        """Whether a TCP connection from a pod is accepted within timeout seconds."""
        return self.pod_exec(pod, connect_argv(address, port, timeout)).returncode == 0

    def signal_daemon(self, host: str, name: str, signal: str) -> None:
        """Signal every process of exactly that name on a host, by its id in the host's own process namespace."""
        self.exec_in(host, ["python3", "-c", SIGNAL, name, signal])

    def restart_flannel(self, host: str, route: str) -> None:
        """Let a stopped flanneld be replaced, and wait until the fresh one has written a host's route again."""
        self.replace_pod(host, "app=flannel", "kube-flannel")
        self.wait_until(
            lambda: (
                bool(self.exec_in(host, ["ip", "route", "show", route]).stdout)
                and "-A FLANNEL-FWD" in self.exec_in(host, ["iptables-save", "-t", "filter"]).stdout
            ),
            f"flanneld on {host} has written its routes and rules again",
            60,
        )

    def replace_pod(self, host: str, selector: str, namespace: str) -> None:
        """Let a DaemonSet make its pod of a host anew; unlike a container, a new pod is not kept waiting."""

        def there() -> list[dict[str, Any]]:
            return [pod for pod in self.pods(selector, namespace) if pod["spec"].get("nodeName") == host]

        old = {pod["metadata"]["name"] for pod in there()}
        self.kubectl("delete", "pod", "-n", namespace, "--grace-period=1", "--wait=false", *old)
        self.wait_until(
            lambda: any(
                pod["metadata"]["name"] not in old and pod["status"].get("phase") == "Running" for pod in there()
            ),
            f"a fresh pod of {selector} runs on {host}",
            60,
        )

    def wait_until(self, condition: Callable[[], bool], what: str, timeout: float = 30) -> None:
        """Await a condition; LabError after timeout seconds."""
        wait_for(condition, what, timeout, 0.2)


def connect_argv(address: str, port: int, timeout: float) -> list[str]:
    """A command that ends with status 0 when a TCP connection is accepted."""
    program = "import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), float(sys.argv[3]))"
    return ["python3", "-c", program, address, str(port), str(timeout)]
