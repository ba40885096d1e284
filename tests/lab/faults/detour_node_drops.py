# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 sends node-2's pods their packets by node-3, which forwards no tunnel into another."""

from __future__ import annotations

from podnet_lab.changes import Rule, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving


class FaultClass(Made):
    """node-1 sends node-2's pods their packets by node-3, which forwards no tunnel into another."""

    truth = Truth(id="netfilter-drop", location={"node": "node-3"}, destination="pod:default/echo-2", port=8080)
    modes = ("three",)
    scene = (
        serving("echo-2"),
        Run(
            "node-1",
            """ip route add 10.244.2.0/24 via 10.244.3.0 dev flannel.1 onlink table 130
            ip rule add pref 130 to 10.244.2.0/24 lookup 130""",
            "ip rule del pref 130\nip route flush table 130",
        ),
    )
    changes = (Rule("node-3", "filter FORWARD -i flannel.1 -o flannel.1 -j DROP"),)
