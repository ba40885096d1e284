# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 answers node-1's pods without the tunnel, and filters strictly by the way back."""

from __future__ import annotations

from podnet_lab.changes import Run, Sysctl
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 answers node-1's pods without the tunnel, and filters strictly by the way back."""

    truth = Truth(
        id="rp-filter-drop",
        location={"node": "node-2", "device": "flannel.1"},
        destination="pod:default/client-2",
        protocol="icmp",
    )
    changes = (
        Run(
            "node-2",
            "ip route add 10.244.1.0/24 via 192.0.2.11 dev eth0 table 110\n"
            "ip rule add pref 110 to 10.244.1.0/24 lookup 110",
            "ip rule del pref 110\nip route flush table 110",
        ),
        Sysctl("node-2", "net/ipv4/conf/flannel.1/rp_filter", "1", "0"),
    )
