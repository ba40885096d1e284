# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod's bandwidth limit has a bucket that no large packet fits into."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """A pod's bandwidth limit has a bucket that no large packet fits into."""

    truth = Truth(id="nic-drops", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    traffic = Traffic("pod:default/client-1", "<web-2>", 8080, size=20000)
    changes = (
        Run(
            "node-2",
            "tc qdisc add dev <web-2.veth> root tbf rate 10mbit burst 1000 latency 50ms",
            "tc qdisc del dev <web-2.veth> root",
        ),
    )
