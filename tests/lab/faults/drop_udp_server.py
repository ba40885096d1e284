# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 drops the datagrams for one pod's port; TCP and echoes pass."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import echo_server, serving


class FaultClass(Made):
    """node-2 drops the datagrams for one pod's port; TCP and echoes pass."""

    truth = Truth(
        id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/echo-1", port=5353, protocol="udp"
    )
    modes = ("iptables", "nftables")
    scene = (serving("echo-1", command=echo_server(5353), port=5353),)
    changes = (Rule("node-2", "mangle FORWARD -d <echo-1>/32 -p udp --dport 5353 -j DROP"),)
