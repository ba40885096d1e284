# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 would hand packets to an intrusion detection, and passes them as none runs."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 would hand packets to an intrusion detection, and passes them as none runs."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    changes = (Rule("node-2", "mangle FORWARD -d <web-2>/32 -j NFQUEUE --queue-num 7 --queue-bypass"),)
