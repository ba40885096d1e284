# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 keeps no fragments (ipfrag_high_thresh is 0): large datagrams for a pod never arrive."""

from __future__ import annotations

from podnet_lab.changes import Objects, Sysctl
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import echo_server, pod
from podnet_lab.sometimes import Large


class FaultClass(Made):
    """node-2 keeps no fragments (ipfrag_high_thresh is 0): large datagrams for a pod never arrive."""

    about = "node-2 keeps no fragments (ipfrag_high_thresh is 0): large datagrams for a pod never arrive"
    truth = Truth(
        id="packet-loss",
        location={"node": "node-2"},
        source="pod:default/client-1",
        destination="pod:default/echo-3",
        port=9000,
        protocol="udp",
    )
    scene = (Objects((pod("echo-3", command=echo_server(9000), port=9000),), ready=("echo-3",)),)
    traffic = Large("pod:default/client-1", "<echo-3>", 9000)
    changes = (
        Sysctl("node-2", "net/ipv4/ipfrag_low_thresh", "0", "3145728"),
        Sysctl("node-2", "net/ipv4/ipfrag_high_thresh", "0", "4194304"),
    )
