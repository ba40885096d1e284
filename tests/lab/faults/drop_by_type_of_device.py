# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's namespace drops what comes in by any Ethernet device."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The server's namespace drops what comes in by any Ethernet device."""

    truth = Truth(
        id="netfilter-drop",
        location={"node": "node-2", "namespace": "default", "pod": "client-2"},
        destination="pod:default/client-2",
        protocol="icmp",
    )
    modes = ("iptables", "host-gw")
    changes = (nft_chain("node-2", "ip", "prerouting", "meta iiftype ether drop", "-310", pod="client-2"),)
