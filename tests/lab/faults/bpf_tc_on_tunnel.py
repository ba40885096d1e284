# SPDX-License-Identifier: GPL-3.0-or-later
"""A program on the tunnel device of node-2 drops what it brings for a port."""

from __future__ import annotations

from podnet_lab.bpf import Bpf
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A program on the tunnel device of node-2 drops what it brings for a port."""

    truth = Truth(
        id="bpf-program-drop",
        location={"node": "node-2", "device": "flannel.1"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("iptables", "nftables")
    changes = (Bpf("node-2", "flannel.1", 8080, "tc", "guard"),)
