# SPDX-License-Identifier: GPL-3.0-or-later
"""The bridge of node-1 drops four of ten answers of a server of UDP."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import echo_server, serving


class FaultClass(Made):
    """The bridge of node-1 drops four of ten answers of a server of UDP."""

    truth = Truth(
        id="netfilter-drop", location={"node": "node-1"}, destination="pod:default/echo-1", port=5353, protocol="udp"
    )
    attempts = 40
    lost = (6, 32)
    scene = (serving("echo-1", command=echo_server(5353), port=5353),)
    changes = (
        nft_chain("node-1", "bridge", "output", "ip saddr <echo-1> udp sport 5353 numgen random mod 10 < 4 drop"),
    )
