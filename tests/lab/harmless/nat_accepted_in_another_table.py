# SPDX-License-Identifier: GPL-3.0-or-later
"""Another table for nft accepts what pods send outside, which is masqueraded all the same."""

from __future__ import annotations

from podnet_lab.changes import Nft
from podnet_lab.faults import Truth
from podnet_lab.made import Made

BODY = """
chain postrouting {
type nat hook postrouting priority 90; policy accept;
ip saddr <client-1> accept
}
"""


class FaultClass(Made):
    """Another table for nft accepts what pods send outside, which is masqueraded all the same."""

    truth = Truth(id="", destination="198.51.100.10", port=22)
    modes = ("nftables", "host-gw")
    changes = (Nft("node-1", "ip", BODY, "ip-masq-agent"),)
