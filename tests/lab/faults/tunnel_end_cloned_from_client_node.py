# SPDX-License-Identifier: GPL-3.0-or-later
"""flannel.1 of node-3 has node-1's hardware address, and node-2 sends what is for both to node-3."""

from __future__ import annotations

from podnet_lab.changes import Frozen, Patched, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving
from podnet_lab.tunnels import announced


class FaultClass(Made):
    """flannel.1 of node-3 has node-1's hardware address, and node-2 sends what is for both to node-3."""

    truth = Truth(
        id="tunnel-mac-duplicate", location={"device": "flannel.1"}, destination="pod:default/moved-9", port=8080
    )
    modes = ("three",)
    scene = (serving("moved-9"),)
    changes = (
        Run("node-3", "echo <node-3.vtep> <node-1.vtep>"),  # what they were, before anything changes
        Frozen("node-1", "flanneld", replaced=True),
        Frozen("node-2", "flanneld", replaced=True),
        Frozen("node-3", "flanneld", replaced=True),
        Run("node-3", "ip link set flannel.1 address <node-1.vtep>", "ip link set flannel.1 address <node-3.vtep>"),
        Patched("node node-3", announced("<node-1.vtep>"), announced("<node-3.vtep>"), kind="merge"),
        Run(
            "node-2",
            """ip neigh replace 10.244.3.0 lladdr <node-1.vtep> dev flannel.1 nud permanent
            bridge fdb replace <node-1.vtep> dev flannel.1 dst 192.0.2.13 self permanent""",
            """bridge fdb replace <node-1.vtep> dev flannel.1 dst 192.0.2.11 self permanent
            ip neigh replace 10.244.3.0 lladdr <node-3.vtep> dev flannel.1 nud permanent""",
        ),
    )
