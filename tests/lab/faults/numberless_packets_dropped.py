# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 drops TCP packets whose identification is zero, as scrubbing rules do: every SYN-ACK of Linux is one."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 drops TCP packets whose identification is zero, as scrubbing rules do: every SYN-ACK of Linux is one."""

    truth = Truth(id="netfilter-drop", location={"node": "node-1"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables", "host-gw")
    changes = (nft_chain("node-1", "inet", "forward", "ip id 0 ip saddr 10.244.0.0/16 meta l4proto tcp drop", "-160"),)
