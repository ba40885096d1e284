# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 drops a third of the connections to a server on its own network."""

from __future__ import annotations

from podnet_lab.changes import Objects, Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import http_server, pod
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """node-2 drops a third of the connections to a server on its own network."""

    truth = Truth(id="netfilter-drop", location={"node": "node-2"}, destination="pod:default/own-1", port=8093)
    modes = ("nftables",)
    traffic = Traffic("pod:default/client-1", "<own-1>", 8093, seconds=0.7)
    attempts = 40
    lost = (5, 32)
    scene = (Objects((pod("own-1", command=http_server(8093), port=8093, hostNetwork=True),), ready=("own-1",)),)
    changes = (
        Rule("node-2", "filter INPUT -p tcp --dport 8093 --syn -m statistic --mode random --probability 0.35 -j DROP"),
    )
