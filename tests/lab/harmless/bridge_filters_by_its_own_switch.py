# SPDX-License-Identifier: GPL-3.0-or-later
"""Bridged packets are to pass netfilter by the switch of node-2's bridge itself, and not by the node's."""

from __future__ import annotations

from podnet_lab.changes import Kept, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """Bridged packets are to pass netfilter by the switch of node-2's bridge itself, and not by the node's."""

    truth = Truth(id="", source="pod:default/client-2", destination="service:default/web", port=80)
    modes = ("iptables", "nftables")
    attempts = 12
    changes = (
        Run(
            "node-2",
            "ip link set cni0 type bridge nf_call_iptables 1",
            "ip link set cni0 type bridge nf_call_iptables 0",
        ),
        Kept("node-2", "net/bridge/bridge-nf-call-iptables", "0"),
    )
