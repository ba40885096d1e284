# SPDX-License-Identifier: GPL-3.0-or-later
"""A server drops connections from half of the source ports in its own namespace."""

from __future__ import annotations

from podnet_lab.changes import nft_chain
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving


class FaultClass(Made):
    """A server drops connections from half of the source ports in its own namespace."""

    truth = Truth(
        id="netfilter-drop",
        location={"namespace": "default", "pod": "half-1"},
        destination="pod:default/half-1",
        port=8080,
    )
    modes = ("nftables", "host-gw")
    attempts = 30
    lost = (5, 25)
    scene = (serving("half-1"),)
    changes = (nft_chain("node-2", "inet", "input", "tcp sport & 2 == 2 drop", pod="half-1"),)
