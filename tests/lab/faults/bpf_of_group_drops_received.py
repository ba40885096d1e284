# SPDX-License-Identifier: GPL-3.0-or-later
"""A program on the control group of node-2's pods drops what they receive on a port."""

from __future__ import annotations

from podnet_lab.bpf import GroupBpf
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A program on the control group of node-2's pods drops what they receive on a port."""

    truth = Truth(id="bpf-program-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    changes = (GroupBpf("node-2", "<web-2>", 8080, "ingress", "kubepods"),)
