# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's programs, built with Go from published modules."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from . import machine
from .cache import Item, digest
from .config import COREDNS_VERSION, FLANNEL_VERSION, KUBERNETES_VERSION, LAB_SOURCE
from .proc import run
from .toolchain import ensure_go

# What the one binary of the cluster is called: it does the work of the program whose name it has.
HOST_PROGRAMS = (
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kubelet",
    "kube-proxy",
    "kubectl",
    "coredns",
)

# Most of the build's time is the compiler's, and what it compiles best is not what a small cluster needs. Without
# inlining and DWARF, most packages are compiled in half the time; the standard library, which everything else calls
# all the time, keeps its inlining. The heap of the compiler and the linker may grow further between two collections.
COMPILER_FLAGS = ("-gcflags=all=-l -dwarf=false", "-gcflags=std=-dwarf=false")
COLLECT_LATER = "400"


@dataclass(frozen=True)
class Program:
    """One go build: the module directory under tests/lab/go and what to build in it."""

    name: str
    package: str
    about: str
    seconds: float
    variables: tuple[str, ...] = ()

    def item(self) -> Item:
        """The cache item that holds the binary, under the program's name."""
        source = LAB_SOURCE / "go" / self.name
        key = digest(source, self.package, *COMPILER_FLAGS, *self.variables, os.uname().machine)
        return Item(self.name, key, self.about, self._build, self.seconds)

    def _build(self, directory: Path) -> None:
        go = ensure_go()
        flags = " ".join(["-s", "-w", *(f"-X {variable}" for variable in self.variables)])
        run(
            [
                str(go),
                "build",
                "-mod=readonly",
                "-trimpath",
                "-buildvcs=false",
                *COMPILER_FLAGS,
                "-ldflags",
                flags,
                "-o",
                str(directory / self.name),
                self.package,
            ],
            cwd=LAB_SOURCE / "go" / self.name,
            env={
                "PATH": machine.SYSTEM_PATH,
                "CGO_ENABLED": "0",
                "GOTOOLCHAIN": "local",
                "GOFLAGS": "",
                "GOGC": COLLECT_LATER,
            },
            timeout=3600,
        )


def _kubernetes_variables() -> tuple[str, ...]:
    major, minor, _patch = KUBERNETES_VERSION.lstrip("v").split(".")
    package = "k8s.io/component-base/version"
    return (
        f"{package}.gitVersion={KUBERNETES_VERSION}",
        f"{package}.gitMajor={major}",
        f"{package}.gitMinor={minor}",
        f"{package}.gitTreeState=clean",
        f"k8s.io/client-go/pkg/version.gitVersion={KUBERNETES_VERSION}",
    )


INIT = Program("init", ".", "process 1 of hosts and pods", 11).item()
CLUSTER = Program(
    "cluster",
    ".",
    f"Kubernetes {KUBERNETES_VERSION}, flanneld {FLANNEL_VERSION} and CoreDNS {COREDNS_VERSION}",
    370,
    _kubernetes_variables(),
).item()
CNI_FLANNEL = Program(
    "cniflannel", "github.com/containernetworking/plugins/plugins/meta/flannel", "flannel's CNI plugin", 4
).item()


def _gather(directory: Path) -> None:
    """Lay the programs out as they are to appear in a host's root."""
    programs = directory / "usr/local/bin"
    plugins = directory / "opt/cni/bin"
    programs.mkdir(parents=True)
    plugins.mkdir(parents=True)
    os.link(CLUSTER.path / "cluster", programs / "podnet-lab-cluster")
    for name in HOST_PROGRAMS:
        (programs / name).symlink_to("podnet-lab-cluster")
    os.link(INIT.path / "init", programs / "podnet-lab-init")
    os.link(CNI_FLANNEL.path / "cniflannel", plugins / "flannel")
    for name in ("bridge", "host-local", "loopback", "portmap"):
        (plugins / name).symlink_to(f"/usr/lib/cni/{name}")


PROGRAMS_LAYER = Item(
    "programs", digest(CLUSTER.key, INIT.key, CNI_FLANNEL.key, "layout 2"), "the programs of every host", _gather, 1
)


def kubectl_directory() -> Path:
    """The directory with kubectl, to be put on the operator's PATH."""
    return PROGRAMS_LAYER.path / "usr/local/bin"
