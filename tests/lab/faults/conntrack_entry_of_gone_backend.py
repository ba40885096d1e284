# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 sends a client's datagrams to a backend that is gone, as long as the client keeps its port."""

from __future__ import annotations

from podnet_lab.faults import Truth
from podnet_lab.kept_flows import PORT, KeptFlow, OldEntry, Scene
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 sends a client's datagrams to a backend that is gone, as long as the client keeps its port."""

    truth = Truth(
        id="conntrack-stale", location={"node": "node-1"}, destination="service:default/sink", port=PORT, protocol="udp"
    )
    modes = ("iptables", "nftables")
    scene = (Scene(),)
    traffic = KeptFlow("pod:default/client-1", "<service:sink>", PORT, "udp")
    changes = (OldEntry(),)
