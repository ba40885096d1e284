# SPDX-License-Identifier: GPL-3.0-or-later
"""A VPN's table is left on node-1 with a policy that accepts, and rejects questions only in its own tunnel.

Public report: mullvad/mullvadvpn-app#9647.
"""

from __future__ import annotations

from podnet_lab.changes import Nft
from podnet_lab.faults import Truth
from podnet_lab.made import Made

BODY = """
chain forward {
type filter hook forward priority filter; policy accept;
ct mark 0x00000f41 accept
oifname "wg0-mullvad" udp dport 53 reject
oifname "wg0-mullvad" tcp dport 53 reject with tcp reset
}
"""


class FaultClass(Made):
    """A VPN's table is left on node-1 with a policy that accepts, and rejects questions only in its own tunnel."""

    truth = Truth(id="", destination="web.default.svc.cluster.local", port=80)
    modes = ("iptables", "nftables")
    changes = (Nft("node-1", "inet", BODY, "mullvad"),)
