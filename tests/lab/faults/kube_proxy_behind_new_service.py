# SPDX-License-Identifier: GPL-3.0-or-later
"""kube-proxy of node-1 is stopped, and knows nothing of a new Service."""

from __future__ import annotations

from podnet_lab.changes import Frozen, Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import service, serving


class FaultClass(Made):
    """kube-proxy of node-1 is stopped, and knows nothing of a new Service."""

    truth = Truth(
        id="kube-proxy-rules-stale", location={"node": "node-1"}, destination="service:default/fresh-1", port=80
    )
    modes = ("iptables", "nftables")
    born_broken = True
    scene = (serving("fresh-1"),)
    changes = (Frozen("node-1", "kube-proxy"), Objects((service("fresh-1"),)))
