# SPDX-License-Identifier: GPL-3.0-or-later
"""An ipset of addresses and ports on node-1 holds who may not answer, and is asked for the source of both."""

from __future__ import annotations

from podnet_lab.changes import Rule, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import echo_server, serving


class FaultClass(Made):
    """An ipset of addresses and ports on node-1 holds who may not answer, and is asked for the source of both."""

    truth = Truth(
        id="netfilter-drop", location={"node": "node-1"}, destination="pod:default/quiet-1", port=9000, protocol="udp"
    )
    modes = ("nftables", "host-gw")
    scene = (serving("quiet-1", command=echo_server(9000), port=9000),)
    changes = (
        Run(
            "node-1",
            "ipset create -exist quiet hash:ip,port\nipset add -exist quiet <quiet-1>,udp:9000",
            "ipset destroy quiet",
        ),
        Rule("node-1", "filter FORWARD -m set --match-set quiet src,src -j DROP"),
    )
