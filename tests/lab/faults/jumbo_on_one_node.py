# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 and its pods take frames of 9000 bytes, and the network between the nodes takes 1500.

Public report: esnet/iperf#955.
"""

from __future__ import annotations

from podnet_lab.changes import Run, in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """node-1 and its pods take frames of 9000 bytes, and the network between the nodes takes 1500."""

    truth = Truth(
        id="path-mtu-blackhole",
        also=("mtu-mismatch",),
        location={"node": "node-1"},
        destination="pod:default/client-2",
        protocol="icmp",
    )
    modes = ("iptables", "host-gw")
    traffic = Traffic("pod:default/client-1", "<client-2>", protocol="icmp", size=1460, whole=False)
    changes = (
        Run("node-1", "ip link set eth0 mtu 9000", "ip link set eth0 mtu 1500"),
        Run("node-1", "ip link set flannel.1 mtu 8950", "ip link set flannel.1 mtu 1450"),
        Run("node-1", "ip link set <client-1.veth> mtu 8950", "ip link set <client-1.veth> mtu 1450"),
        in_pod("client-1", "ip link set eth0 mtu 8950", "ip link set eth0 mtu 1450"),
    )
