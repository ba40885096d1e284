# SPDX-License-Identifier: GPL-3.0-or-later
"""A program left on the client's device of node-1 drops what it sends to a port."""

from __future__ import annotations

from podnet_lab.bpf import Bpf
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A program left on the client's device of node-1 drops what it sends to a port."""

    truth = Truth(
        id="bpf-program-drop",
        location={"node": "node-1", "device": "<client-1.veth>"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("iptables", "nftables")
    changes = (Bpf("node-1", "<client-1.veth>", 8080, "tc", "cil_from_container"),)
