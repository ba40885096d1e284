# SPDX-License-Identifier: GPL-3.0-or-later
"""A u32 filter at node-2's bridge hands what is for one port to the loopback device."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A u32 filter at node-2's bridge hands what is for one port to the loopback device."""

    truth = Truth(id="tc-filter-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "host-gw")
    changes = (
        Run(
            "node-2",
            "tc qdisc add dev cni0 clsact\n"
            "tc filter add dev cni0 egress protocol ip u32 match ip dst <web-2>/32 match ip protocol 6 0xff "
            "match ip dport 8080 0xffff action mirred egress redirect dev lo",
            "tc qdisc del dev cni0 clsact",
        ),
    )
