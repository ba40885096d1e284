# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs on devices drop only other traffic."""

from __future__ import annotations

from podnet_lab.bpf import Bpf
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """Programs on devices drop only other traffic."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    changes = (
        Bpf("node-2", "eth0", 9, "xdp"),
        Bpf("node-1", "<client-1.veth>", 9, "tc"),
        Bpf("node-2", "flannel.1", 9, "tc"),
    )
