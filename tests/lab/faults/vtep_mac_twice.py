# SPDX-License-Identifier: GPL-3.0-or-later
"""flannel.1 of node-2 and of node-3 have one MAC address: two nodes from one image.

node-1 keeps one forwarding entry for that address, and it leads to the other node.
"""

from __future__ import annotations

from podnet_lab.changes import Frozen, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """flannel.1 of node-2 and of node-3 have one MAC address: two nodes from one image."""

    truth = Truth(
        id="tunnel-mac-duplicate", location={"device": "flannel.1"}, destination="pod:default/client-2", protocol="icmp"
    )
    modes = ("three",)
    changes = (
        Run("node-3", "echo <node-3.vtep> <node-2.vtep>"),  # what they were, before anything changes
        Frozen("node-1", "flanneld", replaced=True),
        Frozen("node-3", "flanneld", replaced=True),
        Run(
            "node-3",
            "ip link set flannel.1 address <node-2.vtep>\n"
            "bridge fdb del <node-2.vtep> dev flannel.1 dst 192.0.2.12 self",
            "ip link set flannel.1 address <node-3.vtep>",
        ),
        Run(
            "node-1",
            "ip neigh replace 10.244.3.0 lladdr <node-2.vtep> dev flannel.1 nud permanent\n"
            "bridge fdb replace <node-2.vtep> dev flannel.1 dst 192.0.2.13 self permanent",
            "bridge fdb replace <node-2.vtep> dev flannel.1 dst 192.0.2.12 self permanent",
        ),
    )
