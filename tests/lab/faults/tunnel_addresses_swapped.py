# SPDX-License-Identifier: GPL-3.0-or-later
"""Two nodes have changed their addresses in node-1's tunnel: each one's packets come to the other."""

from __future__ import annotations

from podnet_lab.changes import Frozen, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving

SWAP = """bridge fdb replace <node-2.vtep> dev flannel.1 dst {} self permanent
bridge fdb replace <node-3.vtep> dev flannel.1 dst {} self permanent"""


class FaultClass(Made):
    """Two nodes have changed their addresses in node-1's tunnel: each one's packets come to the other."""

    truth = Truth(id="fdb-entry-wrong", location={"node": "node-1"}, destination="pod:default/echo-3", port=8080)
    modes = ("three",)
    scene = (serving("echo-3", "node-3"),)
    changes = (
        Frozen("node-1", "flanneld"),
        Run("node-1", SWAP.format("192.0.2.13", "192.0.2.12"), SWAP.format("192.0.2.12", "192.0.2.13")),
    )
