# SPDX-License-Identifier: GPL-3.0-or-later
"""A netdev chain drops echoes as they leave node-1 by flannel.1."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A netdev chain drops echoes as they leave node-1 by flannel.1."""

    truth = Truth(id="netfilter-drop", location={"node": "node-1"}, destination="pod:default/client-2", protocol="icmp")
    changes = (nft_chain("node-1", "netdev", "egress device flannel.1", "ip daddr <client-2> drop"),)
