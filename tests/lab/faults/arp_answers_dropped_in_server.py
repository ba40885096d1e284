# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's own namespace drops what asks and answers for hardware addresses."""

from __future__ import annotations

from podnet_lab.changes import Run, nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving


class FaultClass(Made):
    """The server's own namespace drops what asks and answers for hardware addresses."""

    truth = Truth(
        id="netfilter-drop",
        location={"node": "node-2", "namespace": "default", "pod": "mute-1"},
        destination="pod:default/mute-1",
        port=8080,
    )
    modes = ("iptables", "host-gw")
    scene = (serving("mute-1"),)
    changes = (nft_chain("node-2", "arp", "output", "drop", pod="mute-1"), Run("node-2", "ip neigh flush dev cni0"))
