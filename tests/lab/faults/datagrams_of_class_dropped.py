# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod marks its datagrams as expedited, and node-2 drops that class: TCP and pings pass."""

from __future__ import annotations

from podnet_lab.changes import Rule, pod_rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import echo_server, serving


class FaultClass(Made):
    """A pod marks its datagrams as expedited, and node-2 drops that class: TCP and pings pass."""

    truth = Truth(
        id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/echo-1", port=5353, protocol="udp"
    )
    scene = (serving("echo-1", command=echo_server(5353), port=5353),)
    changes = (
        pod_rule("client-1", "mangle OUTPUT -p udp --dport 5353 -j DSCP --set-dscp 46"),
        Rule("node-2", "mangle FORWARD -m dscp --dscp 46 -j DROP"),
    )
