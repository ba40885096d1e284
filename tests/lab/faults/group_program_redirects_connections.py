# SPDX-License-Identifier: GPL-3.0-or-later
"""A program on the control group of node-1's programs sends connections to an address of nobody."""

from __future__ import annotations

from podnet_lab.bpf import GroupBpf
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A program on the control group of node-1's programs sends connections to an address of nobody."""

    truth = Truth(
        id="bpf-program-redirect",
        location={"node": "node-1"},
        source="node:node-1",
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("nftables", "host-gw")
    changes = (GroupBpf("node-1", "<web-2>", 8080, "connect", instead="10.244.2.250"),)
