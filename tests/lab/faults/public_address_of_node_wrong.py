# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 announces an address for its tunnel that it does not have."""

from __future__ import annotations

from podnet_lab.changes import Patched
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 announces an address for its tunnel that it does not have."""

    truth = Truth(
        id="tunnel-source-mismatch", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080
    )
    modes = ("iptables", "nftables")
    changes = (
        Patched(
            "node node-2",
            {"metadata": {"annotations": {"flannel.alpha.coreos.com/public-ip": "10.0.2.15"}}},
            {"metadata": {"annotations": {"flannel.alpha.coreos.com/public-ip": "192.0.2.12"}}},
        ),
    )
