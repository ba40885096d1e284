# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 drops the datagrams that one pod answers with."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import echo_server, serving


class FaultClass(Made):
    """node-2 drops the datagrams that one pod answers with."""

    truth = Truth(
        id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/echo-1", port=5353, protocol="udp"
    )
    scene = (serving("echo-1", command=echo_server(5353), port=5353),)
    changes = (nft_chain("node-2", "ip", "postrouting", "ip saddr <echo-1> udp sport 5353 drop", "-10"),)
