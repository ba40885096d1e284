# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 drops datagrams without a checksum, and its tunnel's have one."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 drops datagrams without a checksum, and its tunnel's have one."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables",)
    changes = (nft_chain("node-2", "ip", "input", "udp checksum 0 counter drop", "-1"),)
