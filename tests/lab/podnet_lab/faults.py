# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults: data with their ground truth, and how each is made, verified and healed."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from . import hosts, operator
from .config import LAB_SOURCE, Lab
from .errors import LabError
from .proc import wait_until as wait_for

DIRECTORY = LAB_SOURCE / "faults"


@dataclass(frozen=True)
class Truth:
    """What a diagnosis has to say, and what to ask it.

    id and explains are finding ids; location names the broken thing (node,
    namespace, pod, device, service as known); source, destination, port and
    protocol are the arguments of the diagnose playbook.
    """

    id: str
    location: dict[str, str]
    explains: tuple[str, ...] = ()
    source: str = ""
    destination: str = ""
    port: int | None = None
    protocol: str = "tcp"


class Context:
    """What a fault may use: commands inside hosts and pods, kubectl, waiting."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab

    def exec_in(
        self, host: str, argv: list[str], timeout: float = 30, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Run a command as root inside a host (node-1, outside, …)."""
        done = hosts.exec_in(self.lab, host, argv, timeout)
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

    def pod_exec(
        self, pod: str, argv: list[str], namespace: str = "default", timeout: float = 30
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in a pod, whatever its exit status."""
        command = ["kubectl", "exec", "-n", namespace, pod, "--", *argv]
        return operator.run_captured(self.lab, command, timeout)

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

    def host_connects(self, host: str, address: str, port: int, timeout: float = 2) -> bool:
        """Whether a TCP connection from a host is accepted within timeout seconds."""
        argv = connect_argv(address, port, timeout)
        return self.exec_in(host, argv, check=False).returncode == 0

    def signal_daemon(self, host: str, name: str, signal: str) -> None:
        """Signal every process of exactly that name on a host, by its id in the host's own process namespace."""
        script = (
            "import os, pathlib, signal, sys\n"
            "for comm in pathlib.Path('/proc').glob('[0-9]*/comm'):\n"
            "    try:\n"
            "        if comm.read_text().strip() == sys.argv[1]:\n"
            "            os.kill(int(comm.parent.name), getattr(signal, 'SIG' + sys.argv[2]))\n"
            "    except (FileNotFoundError, ProcessLookupError):\n"
            "        pass\n"
        )
        self.exec_in(host, ["python3", "-c", script, name, signal])

    def restart_flannel(self, host: str, route: str) -> None:
        """Let a stopped flanneld be replaced, and wait until the fresh one has written a host's route again."""
        self.signal_daemon(host, "flanneld", "KILL")
        self.wait_until(
            lambda: (
                bool(self.exec_in(host, ["ip", "route", "show", route]).stdout)
                and "-A FLANNEL-FWD" in self.exec_in(host, ["iptables-save", "-t", "filter"]).stdout
            ),
            f"flanneld on {host} has written its routes and rules again",
            60,
        )

    def wait_until(self, condition: Callable[[], bool], what: str, timeout: float = 30) -> None:
        """Await a condition; LabError after timeout seconds."""
        wait_for(condition, what, timeout, 0.2)


def connect_argv(address: str, port: int, timeout: float) -> list[str]:
    """A command that ends with status 0 when a TCP connection is accepted."""
    program = "import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), float(sys.argv[3]))"
    return ["python3", "-c", program, address, str(port), str(timeout)]


class Fault:
    """The base of all faults. A fault file defines one subclass called FaultClass.

    inject breaks it, bites says with real traffic whether it is broken, heal
    mends it. All of them may be called again at any time.
    """

    about = ""
    truth: Truth
    settle_seconds = 40.0  # how long inject and heal may take to show
    stay_seconds = 3.0  # how long an injected fault is watched before it counts

    def inject(self, lab: Context) -> None:
        """Break it."""
        raise NotImplementedError

    def bites(self, lab: Context) -> bool:
        """Whether real traffic suffers now."""
        raise NotImplementedError

    def heal(self, lab: Context) -> None:
        """Mend it, also when it was only half injected."""
        raise NotImplementedError

    def healed(self, lab: Context) -> bool:
        """Whether real traffic flows again."""
        return not self.bites(lab)


def _load(path: Path) -> Fault:
    spec = importlib.util.spec_from_file_location(f"podnet_lab_fault_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise LabError(f"Cannot load the fault {path}.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    fault: Fault = module.FaultClass()
    return fault


def known() -> dict[str, Path]:
    """Every fault by its name: the file name without its ending, with hyphens."""
    files = sorted(DIRECTORY.glob("[a-z]*.py"))
    return {path.stem.replace("_", "-"): path for path in files}


def find(name: str) -> Fault:
    """The fault of that name; LabError lists the known ones."""
    paths = known()
    if name not in paths:
        raise LabError(f"No fault is called {name!r}; there are {', '.join(paths)}.", 2)
    return _load(paths[name])


def listing(lab: Lab) -> list[dict[str, Any]]:
    """Every fault with its ground truth, and whether it is injected now."""
    active = injected(lab)
    found = []
    for name in known():
        fault = find(name)
        found.append({"name": name, "about": fault.about, "injected": name in active, "truth": asdict(fault.truth)})
    return found


def injected(lab: Lab) -> list[str]:
    """The names of the faults that are injected now."""
    directory = lab.state / "faults"
    return sorted(path.name for path in directory.iterdir()) if directory.is_dir() else []


def inject(lab: Lab, name: str) -> None:
    """Break something, and return only when real traffic suffers, and goes on suffering."""
    fault, context = find(name), Context(lab)
    if fault.bites(context):
        raise LabError(f"Cannot inject {name}: its traffic does not pass even now.")
    mark = lab.state / "faults" / name
    mark.parent.mkdir(exist_ok=True)
    mark.touch()
    fault.inject(context)
    context.wait_until(lambda: fault.bites(context), f"{name} bites", fault.settle_seconds)
    deadline = time.monotonic() + fault.stay_seconds
    while time.monotonic() < deadline:
        if not fault.bites(context):
            raise LabError(f"Cannot keep {name} injected: it mended itself.")
        time.sleep(0.2)


def heal(lab: Lab, name: str) -> None:
    """Mend a fault, and return only when real traffic flows again."""
    fault, context = find(name), Context(lab)
    fault.heal(context)
    context.wait_until(lambda: fault.healed(context), f"{name} is healed", fault.settle_seconds)
    (lab.state / "faults" / name).unlink(missing_ok=True)


def heal_all(lab: Lab) -> list[str]:
    """Mend every injected fault; the names of those that were."""
    names = injected(lab)
    for name in names:
        heal(lab, name)
    return names
