# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 has no forwarding entry for node-2's VTEP."""

from __future__ import annotations

from podnet_lab.changes import Frozen, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 has no forwarding entry for node-2's VTEP."""

    truth = Truth(
        id="fdb-entry-missing",
        location={"node": "node-1", "device": "flannel.1"},
        destination="pod:default/client-2",
        protocol="icmp",
    )
    modes = ("iptables", "nftables")
    changes = (
        Frozen("node-1", "flanneld", replaced=True),
        Run(
            "node-1",
            "bridge fdb del <node-2.vtep> dev flannel.1 dst 192.0.2.12 self",
            "bridge fdb replace <node-2.vtep> dev flannel.1 dst 192.0.2.12 self permanent",
        ),
    )
