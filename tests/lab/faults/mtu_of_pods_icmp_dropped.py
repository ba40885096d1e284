# SPDX-License-Identifier: GPL-3.0-or-later
"""Two pods send 1500 bytes, more than the tunnel takes, and node-1 drops the message that would tell them."""

from __future__ import annotations

from podnet_lab.changes import Rule, Run, in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic


def sizes(number: str, name: str, size: int) -> str:
    """The commands that set the size at a pod, at its device and at the bridge."""
    pod = f"nsenter --net=/run/netns/<{name}.netns> -- ip link set eth0 mtu {size}"
    return f"ip link set <{name}.veth> mtu {size}\n{pod}\nip link set cni0 mtu {size}"


class FaultClass(Made):
    """Two pods send 1500 bytes, more than the tunnel takes, and node-1 drops the message that would tell them."""

    truth = Truth(
        id="path-mtu-blackhole", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080
    )
    traffic = Traffic("pod:default/client-1", "<web-2>", 8080, size=20000)
    scene = (
        Run("node-1", sizes("1", "client-1", 1500), sizes("1", "client-1", 1450)),
        Run("node-2", sizes("2", "web-2", 1500), sizes("2", "web-2", 1450)),
    )
    changes = (
        Rule("node-1", "filter OUTPUT -d <client-1>/32 -p icmp --icmp-type fragmentation-needed -j DROP"),
        in_pod("client-1", "ip route flush cache"),
    )
