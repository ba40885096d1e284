# SPDX-License-Identifier: GPL-3.0-or-later
"""A rule of node-1 drops datagrams by what connection tracking expects answers to come from."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import echo_server, serving


class FaultClass(Made):
    """A rule of node-1 drops datagrams by what connection tracking expects answers to come from."""

    truth = Truth(
        id="netfilter-drop", location={"node": "node-1"}, destination="pod:default/said-1", port=9000, protocol="udp"
    )
    modes = ("nftables", "host-gw")
    scene = (serving("said-1", command=echo_server(9000), port=9000),)
    changes = (
        Rule(
            "node-1",
            "mangle FORWARD -p udp -m conntrack --ctreplsrc <said-1>/32 --ctreplsrcport 9000 --ctdir REPLY -j DROP",
        ),
    )
