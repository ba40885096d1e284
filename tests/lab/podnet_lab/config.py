# SPDX-License-Identifier: GPL-3.0-or-later
"""Names, versions, addresses and paths: everything the other files agree on."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from .errors import LabError

KUBERNETES_VERSION = "v1.34.4"
COREDNS_VERSION = "v1.14.1"  # the last that is made for the k8s.io modules of this Kubernetes
FLANNEL_VERSION = "v0.28.4"
DEBIAN_SUITE = "bookworm"
DEBIAN_MIRROR = os.environ.get("PODNET_LAB_DEBIAN_MIRROR", "http://deb.debian.org/debian")

IMAGE_PYTHON = "podnet.lab/python:3"
IMAGE_AGENT = "podnet.lab/agent:1"
IMAGE_PAUSE = "podnet.lab/pause:1"
IMAGE_KUBE_PROXY = f"podnet.lab/kube-proxy:{KUBERNETES_VERSION}"
IMAGE_FLANNEL = f"podnet.lab/flannel:{FLANNEL_VERSION}"
IMAGE_COREDNS = f"podnet.lab/coredns:{COREDNS_VERSION}"

POD_CIDR = "10.244.0.0/16"
SERVICE_CIDR = "10.96.0.0/16"
KUBERNETES_SERVICE_ADDRESS = "10.96.0.1"
CLUSTER_DNS_ADDRESS = "10.96.0.10"
CLUSTER_DOMAIN = "cluster.local"

NODE_GATEWAY = "192.0.2.1"
CONTROLLER_ADDRESS = "192.0.2.2"
OUTSIDE_GATEWAY = "198.51.100.1"
OUTSIDE_ADDRESS = "198.51.100.10"
DNS_UPSTREAM_ADDRESS = "203.0.113.53"
DNS_UPSTREAM_ZONE = "lab.example"
API_PORT = 6443

CONTROLLER = "controller"
OUTSIDE = "outside"
FABRIC = "fabric"

MAX_NODES = 9
PROXY_MODES = ("iptables", "nftables")
CNI_MODES = ("flannel-vxlan", "flannel-host-gw")

LAB_SOURCE = Path(__file__).resolve().parent.parent
REPOSITORY = LAB_SOURCE.parent.parent


@dataclass(frozen=True)
class Options:
    """What a person may choose for `lab up`."""

    nodes: int = 2
    proxy_mode: str = "iptables"
    cni: str = "flannel-vxlan"


@dataclass(frozen=True)
class Lab:
    """One lab on this machine and where it keeps its state."""

    name: str

    @property
    def state(self) -> Path:
        """Everything of one lab that is on disk; gone after `lab down`."""
        return Path("/var/lib/podnet-lab") / self.name

    @property
    def lock(self) -> Path:
        """The file held locked while the lab is booted or taken down."""
        return Path("/run/lock") / f"podnet-lab-{self.name}.lock"

    @property
    def cgroup(self) -> str:
        """The lab's cgroup, relative to the mount point of each hierarchy."""
        return f"podnet-lab-{self.name}"

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig."""
        return self.state / "kubeconfig"

    @property
    def pki(self) -> Path:
        """Certificates and keys of the cluster."""
        return self.state / "pki"

    @property
    def ssh(self) -> Path:
        """SSH keys and the known hosts."""
        return self.state / "ssh"

    @property
    def inventory(self) -> Path:
        """The Ansible inventory that `lab run` points to."""
        return self.state / "inventory"

    @property
    def ansible(self) -> Path:
        """A link to the directory with ansible-playbook and its like."""
        return self.state / "ansible"

    def host(self, name: str) -> Path:
        """The directory of one host: its overlay and its data on real disk."""
        return self.state / "hosts" / name


def lab_from_environment() -> Lab:
    """The lab that PODNET_LAB_NAME chooses; `podnet` without it."""
    name = os.environ.get("PODNET_LAB_NAME", "podnet")
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,30}", name):
        raise LabError(f"PODNET_LAB_NAME is {name!r}: use 1 to 31 small letters, digits and hyphens.", 2)
    return Lab(name)


def cache_directory() -> Path:
    """Where binaries, layers and images are kept between runs."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "podnet-diagnostics"


def node_names(count: int) -> list[str]:
    """node-1, node-2, …"""
    return [f"node-{index}" for index in range(1, count + 1)]


def node_address(name: str) -> str:
    """The address of a node's eth0: node-1 has 192.0.2.11."""
    return f"192.0.2.{10 + int(name.rsplit('-', 1)[1])}"


def node_pod_cidr(name: str) -> str:
    """The pod CIDR a node is created with: node-1 has 10.244.1.0/24."""
    return f"10.244.{int(name.rsplit('-', 1)[1])}.0/24"
