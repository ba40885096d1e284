# SPDX-License-Identifier: GPL-3.0-or-later
"""The router lets node-1 ask a server outside, and not node-2."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The router lets node-1 ask a server outside, and not node-2."""

    truth = Truth(id="network-blocked", location={}, source="pod:default/client-2", destination="host:outside", port=22)
    modes = ("iptables", "host-gw")
    changes = (nft_chain("fabric", "ip", "forward", "ip saddr <node-2> ip daddr 198.51.100.10 tcp dport 22 drop"),)
