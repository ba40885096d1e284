# SPDX-License-Identifier: GPL-3.0-or-later
"""A VPN of node-1 lets nobody ask DNS but through itself, the pods of the cluster included.

Public report: mullvad/mullvadvpn-app#3733.
"""

from __future__ import annotations

from podnet_lab.changes import Nft
from podnet_lab.faults import Truth
from podnet_lab.made import Made

BODY = """
chain output {
type filter hook output priority filter; policy accept;
oifname "lo" accept
ct mark 0x00000f41 accept
oifname "wg0-mullvad" udp dport 53 ip daddr 10.64.0.1 accept
}
chain forward {
type filter hook forward priority filter; policy accept;
ct mark 0x00000f41 accept
oifname "wg0-mullvad" udp dport 53 ip daddr 10.64.0.1 accept
udp dport 53 reject
tcp dport 53 reject with tcp reset
oifname "wg0-mullvad" accept
iifname "wg0-mullvad" ct state established accept
}
"""


class FaultClass(Made):
    """A VPN of node-1 lets nobody ask DNS but through itself, the pods of the cluster included."""

    truth = Truth(
        id="netfilter-reject", location={"node": "node-1"}, destination="web.default.svc.cluster.local", port=80
    )
    modes = ("iptables", "nftables", "host-gw")
    changes = (Nft("node-1", "inet", BODY, "mullvad"),)
