# SPDX-License-Identifier: GPL-3.0-or-later
"""client-1 may send 1500 bytes, more than the tunnel takes, and is told so."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """client-1 may send 1500 bytes, more than the tunnel takes, and is told so."""

    truth = Truth(id="", destination="pod:default/client-2", protocol="icmp")
    changes = (
        Run(
            "node-1",
            "ip link set <client-1.veth> mtu 1500\n"
            "nsenter --net=/run/netns/<client-1.netns> -- ip link set eth0 mtu 1500\nip link set cni0 mtu 1500",
            "ip link set <client-1.veth> mtu 1450\n"
            "nsenter --net=/run/netns/<client-1.netns> -- ip link set eth0 mtu 1450\nip link set cni0 mtu 1450",
        ),
    )
