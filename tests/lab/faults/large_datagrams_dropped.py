# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 drops datagrams of more than 600 bytes, which are not in pieces yet."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.programs import Datagrams
from podnet_lab.scene import echo_server, serving


class FaultClass(Made):
    """node-2 drops datagrams of more than 600 bytes, which are not in pieces yet."""

    truth = Truth(
        id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/echo-6", port=9000, protocol="udp"
    )
    scene = (serving("echo-6", command=echo_server(9000), port=9000),)
    traffic = Datagrams("pod:default/client-1", "<echo-6>", 9000, "udp", size=1000)
    changes = (Rule("node-2", "filter FORWARD -d <echo-6>/32 -p udp -m length --length 600: -j DROP"),)
