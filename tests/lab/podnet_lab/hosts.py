# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts: network, mount, UTS, IPC and process namespaces with a root of their own."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from . import cgroups, layers, machine
from .binaries import PROGRAMS_LAYER
from .config import DNS_UPSTREAM_ADDRESS, DNS_UPSTREAM_ZONE, LAB_SOURCE, Lab
from .errors import LabError
from .proc import run, start_time
from .state import HostProcess, host_process

BOOT_SCRIPT = LAB_SOURCE / "scripts" / "boot-host.sh"
HOST_PATH = machine.SYSTEM_PATH
RESOLV_CONF = f"nameserver {DNS_UPSTREAM_ADDRESS}\nsearch {DNS_UPSTREAM_ZONE}\noptions timeout:2 attempts:2\n"


@dataclass(frozen=True)
class Service:
    """A program that process 1 of a host keeps running."""

    name: str
    argv: tuple[str, ...]


@dataclass
class HostPlan:
    """A host before it is started: its services, and the files its root gets."""

    name: str
    services: list[Service] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)


@dataclass
class StartedHost:
    """A host whose namespaces are there; go() lets its services start."""

    name: str
    process: HostProcess
    gate: subprocess.Popen[str]

    def go(self) -> None:
        """Let process 1 start the services."""
        if self.gate.stdin is None:
            raise LabError(f"Cannot start the services of {self.name}: its gate is closed.")
        self.gate.stdin.write("go\n")
        self.gate.stdin.close()


def prepare(lab: Lab, plan: HostPlan, hosts_file: str) -> None:
    """Write a host's files into the upper directory of its overlay."""
    directory = lab.host(plan.name)
    for part in ("upper", "work", "root", "data"):
        (directory / part).mkdir(parents=True, exist_ok=True)
    services = [{"name": one.name, "argv": list(one.argv), "log": f"/var/log/{one.name}.log"} for one in plan.services]
    files = {
        "etc/hostname": f"{plan.name}\n",
        "etc/hosts": hosts_file,
        "etc/resolv.conf": RESOLV_CONF,
        "etc/podnet-lab/services.json": json.dumps(services, indent=1),
        **plan.files,
    }
    for name, text in files.items():
        path = directory / "upper" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600 if "PRIVATE KEY" in text else 0o644)
    if (directory / "upper/root").is_dir():
        (directory / "upper/root").chmod(0o700)


def start(lab: Lab, name: str) -> StartedHost:
    """Start a host's namespaces and its root; its services wait for go()."""
    directory = lab.host(name)
    groups = cgroups.create(lab, name)
    lower = ":".join(str(path) for path in (PROGRAMS_LAYER.path, *layers.NODE.stack()))
    with (directory / "boot.log").open("w", encoding="utf-8") as log:
        parent = subprocess.Popen(
            cgroups.argv_in(
                groups,
                [
                    "unshare",
                    "--mount",
                    "--uts",
                    "--ipc",
                    "--pid",
                    "--net",
                    "--fork",
                    "/bin/sh",
                    str(BOOT_SCRIPT),
                    name,
                    lower,
                    str(directory),
                ],
            ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
            cwd="/",
            env={"PATH": machine.path(), "HOME": "/root", "LC_ALL": "C"},
        )
    said = parent.stdout.readline() if parent.stdout else ""
    if said != "ready\n":
        reason = (directory / "boot.log").read_text(encoding="utf-8", errors="replace")
        raise LabError(f"Cannot start the host {name}: {reason.strip() or 'no reason given'}")
    return StartedHost(name, _first_child(parent.pid), parent)


def _children(pid: int) -> list[int]:
    path = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(word) for word in path.read_text(encoding="ascii").split()]


def _first_child(pid: int) -> HostProcess:
    child = _children(pid)[0]
    started = start_time(child)
    if started is None:
        raise LabError(f"Cannot start a host: its first process {child} ended at once.")
    return HostProcess(child, started)


def enter_argv(lab: Lab, name: str, argv: list[str]) -> list[str]:
    """The command that runs argv as root inside a host's namespaces."""
    process = host_process(lab, name)
    nsenter = machine.command("nsenter")
    return [nsenter, "--target", str(process.pid), "--net", "--mount", "--uts", "--ipc", "--pid", "--", *argv]


def host_environment() -> dict[str, str]:
    """The environment of a command inside a host."""
    environment = {"PATH": HOST_PATH, "HOME": "/root", "LC_ALL": "C.UTF-8"}
    if "TERM" in os.environ:
        environment["TERM"] = os.environ["TERM"]
    return environment


def host_groups(lab: Lab, name: str) -> list[Path]:
    """The cgroups of a host's daemons."""
    return cgroups.create(lab, name)


def exec_in(
    lab: Lab, name: str, argv: list[str], timeout: float = 30, stdin: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command inside a host and return its output, whatever its exit status."""
    inner = cgroups.argv_in(host_groups(lab, name), enter_argv(lab, name, argv))
    try:
        return subprocess.run(
            inner,
            input=stdin or "",
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
            check=False,
            cwd="/",
            env=host_environment(),
        )
    except subprocess.TimeoutExpired as error:
        raise LabError(f"No end of {argv} on {name} after {timeout:.0f} s.") from error


def network_run(pid: int, argv: list[str], stdin: str | None = None) -> None:
    """Run a host's own command in its network and its root, but with the process ids of the machine.

    `ip link … netns PID` names another host by its process, which has no id in the host's own process namespace.
    """
    nsenter = machine.command("nsenter")
    run([nsenter, "--target", str(pid), "--net", "--mount", "--", *argv], stdin=stdin, env={"PATH": HOST_PATH})
