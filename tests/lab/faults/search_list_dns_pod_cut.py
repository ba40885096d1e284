# SPDX-License-Identifier: GPL-3.0-or-later
"""The search list leads outside, and the node of cluster DNS drops what that asks its own server."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.programs import NamesSoon


class FaultClass(Made):
    """The search list leads outside, and the node of cluster DNS drops what that asks its own server."""

    truth = Truth(
        id="netfilter-drop", location={"node": "<dns.node>"}, destination="web.default.svc.cluster.local", port=80
    )
    modes = ("iptables", "nftables")
    traffic = NamesSoon("pod:default/client-1", "web.default.svc.cluster.local", 80, seconds=3.0)
    changes = (Rule("<dns.node>", "filter FORWARD -s <dns>/32 -p udp --dport 53 -j DROP"),)
