# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 rejects what one pod sends to the API server, which it asks by its Service."""

from __future__ import annotations

from podnet_lab.changes import Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """node-1 rejects what one pod sends to the API server, which it asks by its Service."""

    truth = Truth(id="netfilter-reject", location={"node": "node-1"}, destination="kubernetes.default.svc", port=443)
    modes = ("nftables",)
    traffic = Traffic("pod:default/client-1", "<service:kubernetes>", 443)
    changes = (Rule("node-1", "filter FORWARD -s <client-1>/32 -d 192.0.2.2/32 -p tcp --dport 6443 -j REJECT"),)
