# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 drops SYN-ACKs that announce segments of the usual size."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 drops SYN-ACKs that announce segments of the usual size."""

    truth = Truth(id="netfilter-drop", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "host-gw")
    changes = (
        Rule(
            "node-1", "mangle FORWARD -p tcp --sport 8080 --tcp-flags SYN,ACK SYN,ACK -m tcpmss --mss 1000:1460 -j DROP"
        ),
    )
