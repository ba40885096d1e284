# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's namespace drops its SYN-ACKs where they leave its device."""

from __future__ import annotations

from podnet_lab.changes import Nft
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving


class FaultClass(Made):
    """The server's namespace drops its SYN-ACKs where they leave its device."""

    truth = Truth(
        id="netfilter-drop",
        location={"node": "node-2", "namespace": "default", "pod": "shut-1"},
        destination="pod:default/shut-1",
        port=8080,
    )
    modes = ("iptables", "host-gw")
    scene = (serving("shut-1"),)
    changes = (
        Nft(
            "node-2",
            "netdev",
            'chain first {\ntype filter hook egress device "eth0" priority 0; policy accept;\n'
            "tcp flags & (syn | ack) == syn | ack counter drop\n}",
            pod="shut-1",
        ),
    )
