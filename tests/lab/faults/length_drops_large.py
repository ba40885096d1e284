# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 drops packets above 1000 bytes to the server."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """node-2 drops packets above 1000 bytes to the server."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    traffic = Traffic("pod:default/client-1", "<web-2>", 8080, size=6000)
    changes = (Rule("node-2", "filter FORWARD -d <web-2>/32 -m length --length 1000:65535 -j DROP"),)
