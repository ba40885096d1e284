# SPDX-License-Identifier: GPL-3.0-or-later
"""A macvlan in mode passthru takes all frames that come to node-2's NIC."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A macvlan in mode passthru takes all frames that come to node-2's NIC."""

    truth = Truth(
        id="device-taken-over",
        location={"node": "node-2", "device": "mv0"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("nftables", "host-gw")
    changes = (Run("node-2", "ip link add link eth0 name mv0 type macvlan mode passthru", "ip link del mv0"),)
