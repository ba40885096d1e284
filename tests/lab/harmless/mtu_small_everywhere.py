# SPDX-License-Identifier: GPL-3.0-or-later
"""The network takes 1400 bytes, and nodes and pods all keep to that."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


def sizes(pod: str, taken: int) -> str:
    """The commands that take so many bytes off the sizes of a node's devices, and of one of its pods."""
    tunnel = "t=/sys/class/net/flannel.1; s=1500; test -e $t && s=1450 && ip link set flannel.1 mtu $((s - TAKEN))"
    rest = (
        "ip link set eth0 mtu $((1500 - TAKEN)); ip -n <POD.netns> link set eth0 mtu $((s - TAKEN)); "
        "ip link set <POD.veth> mtu $((s - TAKEN)); ip link set cni0 mtu $((s - TAKEN))"
    )
    return f"sh -c '{tunnel}; {rest}'".replace("TAKEN", str(taken)).replace("POD", pod)


class FaultClass(Made):
    """The network takes 1400 bytes, and nodes and pods all keep to that."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables", "host-gw")

    changes = tuple(
        Run(node, sizes(pod, 100), sizes(pod, 0)) for node, pod in (("node-1", "client-1"), ("node-2", "web-2"))
    )
