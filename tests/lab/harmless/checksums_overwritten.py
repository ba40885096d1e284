# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 writes over the checksums of requests, which nobody looks at on cables inside a machine."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """node-2 writes over the checksums of requests, which nobody looks at on cables inside a machine."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables",)
    traffic = Traffic("pod:default/client-1", "<web-2>", 8080, size=1000)
    changes = (nft_chain("node-2", "ip", "forward", "ip daddr <web-2> tcp dport 8080 tcp checksum set 0x1234", "10"),)
