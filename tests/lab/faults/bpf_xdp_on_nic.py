# SPDX-License-Identifier: GPL-3.0-or-later
"""A program at the NIC of node-2 drops the tunnel's packets."""

from __future__ import annotations

from podnet_lab.bpf import Bpf
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A program at the NIC of node-2 drops the tunnel's packets."""

    truth = Truth(
        id="bpf-program-drop",
        location={"node": "node-2", "device": "eth0"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("iptables", "nftables")
    changes = (Bpf("node-2", "eth0", 8472, "xdp", "edge_filter"),)
