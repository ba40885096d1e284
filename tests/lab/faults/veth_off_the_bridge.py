# SPDX-License-Identifier: GPL-3.0-or-later
"""The device of a pod on node-2 is no port of cni0 any more."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The device of a pod on node-2 is no port of cni0 any more."""

    truth = Truth(
        id="bridge-port-detached", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080
    )
    modes = ("iptables", "nftables")
    changes = (
        Run(
            "node-2",
            "ip link set <web-2.veth> nomaster",
            "ip link set <web-2.veth> master cni0\nbridge link set dev <web-2.veth> hairpin on",
        ),
    )
