# SPDX-License-Identifier: GPL-3.0-or-later
"""The node of cluster DNS drops what the DNS pod asks of its own server."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The node of cluster DNS drops what the DNS pod asks of its own server."""

    truth = Truth(id="netfilter-drop", location={"node": "<dns.node>"}, destination="outside.lab.example", port=22)
    changes = (Rule("<dns.node>", "filter FORWARD -s <dns>/32 -p udp --dport 53 -j DROP"),)
