# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs on control groups drop only other traffic."""

from __future__ import annotations

from podnet_lab.bpf import GroupBpf
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """Programs on control groups drop only other traffic."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    changes = (GroupBpf("node-1", "<web-2>", 9, "egress"), GroupBpf("node-2", "<web-2>", 9, "ingress", "kubepods"))
