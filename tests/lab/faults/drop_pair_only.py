# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 drops what one pod sends to one other; the same ends reach everybody else."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 drops what one pod sends to one other; the same ends reach everybody else."""

    truth = Truth(id="netfilter-drop", location={"node": "node-1"}, destination="pod:default/client-2", protocol="icmp")
    modes = ("iptables", "host-gw")
    changes = (Rule("node-1", "filter FORWARD -s <client-1>/32 -d <client-2>/32 -j DROP"),)
