# SPDX-License-Identifier: GPL-3.0-or-later
"""The queue of the server's device on node-2 drops everything."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The queue of the server's device on node-2 drops everything."""

    truth = Truth(
        id="nic-drops",
        location={"node": "node-2", "device": "<web-2.veth>"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("iptables", "nftables")
    changes = (Run("node-2", "tc qdisc add dev <web-2.veth> root blackhole", "tc qdisc del dev <web-2.veth> root"),)
