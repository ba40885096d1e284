# SPDX-License-Identifier: GPL-3.0-or-later
"""firewalld of node-2 admits ssh and the kubelet, and rejects the tunnel."""

from __future__ import annotations

from podnet_lab.changes import Nft
from podnet_lab.faults import Truth
from podnet_lab.made import Made

BODY = """
chain filter_INPUT {
type filter hook input priority filter + 10; policy accept;
ct state established,related accept
ct status dnat accept
iifname { "lo", "cni0" } accept
meta l4proto { icmp, icmpv6 } accept
tcp dport { 22, 10250, 30080 } accept
reject with icmpx admin-prohibited
}
"""


class FaultClass(Made):
    """firewalld of node-2 admits ssh and the kubelet, and rejects the tunnel."""

    truth = Truth(
        id="netfilter-reject", location={"node": "node-2"}, destination="pod:default/client-2", protocol="icmp"
    )
    modes = ("nftables",)
    changes = (Nft("node-2", "inet", BODY, "firewalld"),)
