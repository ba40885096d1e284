# SPDX-License-Identifier: GPL-3.0-or-later
"""Node-local DNS cache was removed and left its address and its notrack rules on node-1."""

from __future__ import annotations

from podnet_lab.changes import Rule, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """Node-local DNS cache was removed and left its address and its notrack rules on node-1."""

    truth = Truth(
        id="service-rules-bypassed",
        also=("conntrack-bypassed", "service-claims-address", "duplicate-address", "port-not-listening"),
        location={"node": "node-1"},
        destination="service:default/web",
        port=80,
    )
    modes = ("iptables", "nftables")
    traffic = Traffic("pod:default/client-1", "web.default.svc.cluster.local", 80, "name", seconds=2)
    changes = (
        Run(
            "node-1",
            "ip link add nodelocaldns type dummy\nip addr add <service:kube-system/kube-dns>/32 dev nodelocaldns",
            "ip link del nodelocaldns",
        ),
        Rule("node-1", "raw PREROUTING -d <service:kube-system/kube-dns>/32 -p udp --dport 53 -j CT --notrack"),
    )
