# SPDX-License-Identifier: GPL-3.0-or-later
"""What a pod sends out of the cluster leaves by node-3, which drops it and is examined, too."""

from __future__ import annotations

from podnet_lab.changes import Rule, Run, Sysctl
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """What a pod sends out of the cluster leaves by node-3, which drops it and is examined, too."""

    truth = Truth(
        id="netfilter-drop", location={"node": "node-3"}, also_nodes=("node-3",), destination="host:outside", port=22
    )
    modes = ("three",)
    scene = (
        Sysctl("node-3", "net/ipv4/conf/all/send_redirects", "0", "1"),
        Sysctl("node-3", "net/ipv4/conf/eth0/send_redirects", "0", "1"),
        Run(
            "node-1",
            """ip route add default via 192.0.2.13 dev eth0 table 140
            ip rule add pref 140 from <client-1>/32 to 198.51.100.0/24 lookup 140""",
            "ip rule del pref 140\nip route flush table 140",
        ),
    )
    changes = (Rule("node-3", "filter FORWARD -i eth0 -o eth0 -j DROP"),)
