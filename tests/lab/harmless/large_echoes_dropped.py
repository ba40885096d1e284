# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 drops echoes that are large, and nothing else."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.programs import Datagrams
from podnet_lab.scene import echo_server, serving


class FaultClass(Made):
    """node-2 drops echoes that are large, and nothing else."""

    truth = Truth(id="", destination="pod:default/echo-7", port=9000, protocol="udp")
    scene = (serving("echo-7", command=echo_server(9000), port=9000),)
    traffic = Datagrams("pod:default/client-1", "<echo-7>", 9000, "udp", size=3000)
    changes = (Rule("node-2", "raw PREROUTING -p icmp --icmp-type echo-request -m length --length 1000: -j DROP"),)
