# SPDX-License-Identifier: GPL-3.0-or-later
"""The kubelet's unit on node-2 lists the addresses it takes packets from, and pods are not in it.

Public report: cilium/cilium#27149.
"""

from __future__ import annotations

from podnet_lab.bpf import GroupBpf
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The kubelet's unit on node-2 lists the addresses it takes packets from, and pods are not in it."""

    truth = Truth(
        id="bpf-program-drop", location={"node": "node-2"}, destination="node:node-2", port=10250, access="ssh"
    )
    modes = ("iptables", "nftables")
    changes = (GroupBpf("node-2", "192.0.2.12", 10250, "ingress", "system"),)
