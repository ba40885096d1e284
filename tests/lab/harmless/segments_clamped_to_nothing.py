# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 announces that segments of a hundred bytes are all it takes."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 announces that segments of a hundred bytes are all it takes."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    changes = (
        Rule("node-1", "mangle FORWARD -s <client-1>/32 -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --set-mss 100"),
    )
