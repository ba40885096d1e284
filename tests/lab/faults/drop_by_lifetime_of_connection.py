# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 drops answers of connections that tracking will forget within a minute."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 drops answers of connections that tracking will forget within a minute."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables",)
    changes = (
        nft_chain("node-2", "inet", "forward", "ip saddr <web-2> tcp sport 8080 ct expiration 1s-1m drop", "15"),
    )
