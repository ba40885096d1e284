# SPDX-License-Identifier: GPL-3.0-or-later
"""The loopback device of a pod is down: it does not reach its own address."""

from __future__ import annotations

from podnet_lab.changes import in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The loopback device of a pod is down: it does not reach its own address."""

    truth = Truth(
        id="device-down",
        location={"node": "node-2", "namespace": "default", "pod": "<web-2.name>", "device": "lo"},
        source="pod:default/<web-2.name>",
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("iptables", "nftables")
    changes = (in_pod("web-2", "ip link set lo down", "ip link set lo up"),)
