# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 drops TCP whose header is as long as that of a first packet."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 drops TCP whose header is as long as that of a first packet."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "host-gw")
    changes = (nft_chain("node-2", "ip", "forward", "ip hdrlength 5 ip daddr <web-2> tcp doff > 7 drop"),)
