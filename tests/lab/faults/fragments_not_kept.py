# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 keeps no fragments (ipfrag_high_thresh is 0): large datagrams for a pod never arrive."""

from __future__ import annotations

from podnet_lab.changes import Sysctl
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.programs import Datagrams
from podnet_lab.scene import echo_server, serving


class FaultClass(Made):
    """node-2 keeps no fragments (ipfrag_high_thresh is 0): large datagrams for a pod never arrive."""

    truth = Truth(
        id="packet-loss", location={"node": "node-2"}, destination="pod:default/echo-3", port=9000, protocol="udp"
    )
    scene = (serving("echo-3", command=echo_server(9000), port=9000),)
    traffic = Datagrams("pod:default/client-1", "<echo-3>", 9000, "udp", size=3000)
    changes = (
        Sysctl("node-2", "net/ipv4/ipfrag_low_thresh", "0", "3145728"),
        Sysctl("node-2", "net/ipv4/ipfrag_high_thresh", "0", "4194304"),
    )
