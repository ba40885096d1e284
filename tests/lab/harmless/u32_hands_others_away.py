# SPDX-License-Identifier: GPL-3.0-or-later
"""u32 filters of node-2's bridge and of the server's device hand away what is for other ports."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """u32 filters of node-2's bridge and of the server's device hand away what is for other ports."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "host-gw")
    changes = tuple(
        Run(
            "node-2",
            f"tc qdisc add dev {device} clsact\n"
            f"tc filter add dev {device} {way} protocol ip u32 match ip protocol 6 0xff "
            f"match ip dport 9090 0xffff action mirred egress redirect dev lo",
            f"tc qdisc del dev {device} clsact",
        )
        for device, way in (("cni0", "egress"), ("<web-2.veth>", "ingress"))
    )
