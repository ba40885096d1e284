# SPDX-License-Identifier: GPL-3.0-or-later
"""The firewall in the client pod drops one of twelve packets that it sends."""

from __future__ import annotations

from podnet_lab.changes import pod_rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """The firewall in the client pod drops one of twelve packets that it sends."""

    truth = Truth(
        id="netfilter-drop",
        location={"node": "node-1", "namespace": "default", "pod": "client-1"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    traffic = Traffic("pod:default/client-1", "<web-2>", protocol="icmp")
    attempts = 400
    lost = (3, 200)
    changes = (pod_rule("client-1", "filter OUTPUT -m statistic --mode random --probability 0.08 -j DROP"),)
