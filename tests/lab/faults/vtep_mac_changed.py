# SPDX-License-Identifier: GPL-3.0-or-later
"""flannel.1 of node-2 got a new MAC address that nobody was told."""

from __future__ import annotations

from podnet_lab.changes import Frozen, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """flannel.1 of node-2 got a new MAC address that nobody was told."""

    about = "flannel.1 of node-2 got a new MAC address that nobody was told"
    truth = Truth(
        id="tunnel-mac-mismatch",
        location={"node": "node-2", "device": "flannel.1"},
        source="pod:default/client-1",
        destination="pod:default/client-2",
        protocol="icmp",
    )
    changes = (
        Run("node-2", "echo <node-2.vtep>"),  # what it was, before anything changes
        Frozen("node-2", "flanneld", replaced=True),
        Run("node-2", "ip link set flannel.1 address 02:00:5e:00:53:95"),
        Run("node-2", "echo <node-2.vtep>", "ip link set flannel.1 address <node-2.vtep>"),
    )
