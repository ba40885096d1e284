# SPDX-License-Identifier: GPL-3.0-or-later
"""udev gave flannel.1 of node-2 another MAC address than the one it was made with and announced.

Public report: flannel-io/flannel#1155, flatcar-archive/coreos-overlay#279.
"""

from __future__ import annotations

from podnet_lab.changes import Frozen, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """udev gave flannel.1 of node-2 another MAC address than the one it was made with and announced."""

    truth = Truth(
        id="tunnel-mac-mismatch",
        location={"node": "node-2", "device": "flannel.1"},
        destination="service:default/web",
        port=80,
    )
    modes = ("iptables", "nftables")
    attempts = 12
    lost = (1, 12)
    changes = (
        Frozen("node-2", "flanneld", replaced=True),
        Run(
            "node-2",
            "true <node-2.vtep>\nip link set flannel.1 address 9a:5c:00:00:20:02",
            "ip link set flannel.1 address <node-2.vtep>",
        ),
    )
