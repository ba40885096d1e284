# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's namespace does not take its own address for its own."""

from __future__ import annotations

from podnet_lab.changes import in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The server's namespace does not take its own address for its own."""

    truth = Truth(
        id="address-missing",
        location={"node": "node-2", "namespace": "default", "pod": "<web-2.name>"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("iptables", "nftables")
    changes = (
        in_pod(
            "web-2",
            "ip route del local <web-2> dev eth0 table local",
            "ip route add local <web-2> dev eth0 proto kernel scope host src <web-2> table local",
        ),
    )
