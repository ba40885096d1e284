# SPDX-License-Identifier: GPL-3.0-or-later
"""flannel.1 of both nodes has one hardware address, so each takes the other's packets for its own echo."""

from __future__ import annotations

from podnet_lab.changes import Frozen, Patched, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.tunnels import announced


class FaultClass(Made):
    """flannel.1 of both nodes has one hardware address, so each takes the other's packets for its own echo."""

    truth = Truth(
        id="tunnel-mac-duplicate", location={"device": "flannel.1"}, destination="pod:default/<web-2.name>", port=8080
    )
    modes = ("nftables",)
    changes = (
        Run("node-1", "echo <node-1.vtep> <node-2.vtep>"),  # what they were, before anything changes
        Frozen("node-1", "flanneld", replaced=True),
        Frozen("node-2", "flanneld", replaced=True),
        Run(
            "node-2",
            """ip link set flannel.1 address <node-1.vtep>
            ip neigh replace 10.244.1.0 lladdr <node-1.vtep> dev flannel.1 nud permanent""",
            "ip link set flannel.1 address <node-2.vtep>",
        ),
        Patched("node node-2", announced("<node-1.vtep>"), announced("<node-2.vtep>"), kind="merge"),
        Run(
            "node-1",
            """ip neigh replace 10.244.2.0 lladdr <node-1.vtep> dev flannel.1 nud permanent
            bridge fdb replace <node-1.vtep> dev flannel.1 dst 192.0.2.12 self permanent""",
            """bridge fdb del <node-1.vtep> dev flannel.1 dst 192.0.2.12 self
            ip neigh replace 10.244.2.0 lladdr <node-2.vtep> dev flannel.1 nud permanent""",
        ),
    )
