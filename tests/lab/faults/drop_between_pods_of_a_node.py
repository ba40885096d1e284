# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 drops what its own pods send to one another."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 drops what its own pods send to one another."""

    truth = Truth(
        id="netfilter-drop",
        location={"node": "node-2"},
        source="pod:default/client-2",
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("iptables", "nftables", "host-gw")
    changes = (Rule("node-2", "filter FORWARD -i cni0 -o cni0 -j DROP"),)
