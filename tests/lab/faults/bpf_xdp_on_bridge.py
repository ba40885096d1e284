# SPDX-License-Identifier: GPL-3.0-or-later
"""A program at the bridge of node-1 drops what pods send beyond it to a port."""

from __future__ import annotations

from podnet_lab.bpf import Bpf
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A program at the bridge of node-1 drops what pods send beyond it to a port."""

    truth = Truth(
        id="bpf-program-drop",
        location={"node": "node-1", "device": "cni0"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("nftables", "host-gw")
    changes = (Bpf("node-1", "cni0", 8080, "xdp", "guard"),)
