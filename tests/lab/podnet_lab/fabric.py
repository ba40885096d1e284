# SPDX-License-Identifier: GPL-3.0-or-later
"""The cables: a bridge for the nodes, a link to the outside host, a router between.

Everything is inside the fabric's network namespace and those of the hosts;
nothing is made in the machine's own.
"""

from __future__ import annotations

from .config import (
    CONTROLLER,
    CONTROLLER_ADDRESS,
    DNS_UPSTREAM_ADDRESS,
    NODE_GATEWAY,
    OUTSIDE,
    OUTSIDE_ADDRESS,
    OUTSIDE_GATEWAY,
    node_address,
)
from .hosts import network_run
from .state import HostProcess

# A new network namespace takes these from the machine, where distributions differ; devices made later take the second.
KERNEL_DEFAULTS = ("net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.default.rp_filter=0")


def host_address(name: str) -> str:
    """The address of a host's eth0."""
    if name == CONTROLLER:
        return CONTROLLER_ADDRESS
    return OUTSIDE_ADDRESS if name == OUTSIDE else node_address(name)


def lay(fabric: HostProcess, hosts: dict[str, HostProcess]) -> None:
    """Connect every host: eth0 with its address and a default route through the fabric.

    The fabric's end of a host's cable is called like the host.
    """
    for process in (fabric, *hosts.values()):
        network_run(process.pid, ["sysctl", "-q", "-w", *KERNEL_DEFAULTS])
    batch = [
        "link set lo up",
        "link add nodes type bridge",
        f"address add {NODE_GATEWAY}/24 dev nodes",
        "link set nodes up",
    ]
    for name, process in hosts.items():
        batch.append(f"link add {name} type veth peer name eth0 netns {process.pid}")
        if name == OUTSIDE:
            batch.append(f"address add {OUTSIDE_GATEWAY}/24 dev {name}")
        else:
            batch.append(f"link set {name} master nodes")
        batch.append(f"link set {name} up")
    batch.append(f"route add {DNS_UPSTREAM_ADDRESS}/32 via {OUTSIDE_ADDRESS}")
    network_run(fabric.pid, ["ip", "-batch", "-"], "\n".join(batch) + "\n")
    network_run(fabric.pid, ["sysctl", "-q", "-w", "net.ipv4.ip_forward=1"])
    for name, process in hosts.items():
        _configure(name, process)


def _configure(name: str, process: HostProcess) -> None:
    gateway = OUTSIDE_GATEWAY if name == OUTSIDE else NODE_GATEWAY
    batch = [
        "link set lo up",
        f"address add {host_address(name)}/24 broadcast + dev eth0",
        "link set eth0 up",
        f"route add default via {gateway}",
    ]
    if name == OUTSIDE:
        batch.append(f"address add {DNS_UPSTREAM_ADDRESS}/32 dev lo")
    network_run(process.pid, ["ip", "-batch", "-"], "\n".join(batch) + "\n")
    if name.startswith("node-"):
        settings = ["net.ipv4.ip_forward=1", "net.bridge.bridge-nf-call-iptables=1"]
        network_run(process.pid, ["sysctl", "-q", "-e", "-w", *settings])
