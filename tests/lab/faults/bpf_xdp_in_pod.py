# SPDX-License-Identifier: GPL-3.0-or-later
"""A program on the server's own device drops what comes for its port."""

from __future__ import annotations

from podnet_lab.bpf import Bpf
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A program on the server's own device drops what comes for its port."""

    truth = Truth(
        id="bpf-program-drop",
        location={"node": "node-2", "pod": "<web-2.name>"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("iptables", "nftables")
    changes = (Bpf("node-2", "eth0", 8080, "xdp", "guard", pod="web-2"),)
