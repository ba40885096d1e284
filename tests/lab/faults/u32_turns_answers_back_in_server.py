# SPDX-License-Identifier: GPL-3.0-or-later
"""A u32 filter in the server's own namespace turns its answers of one port back to its loopback device."""

from __future__ import annotations

from podnet_lab.changes import in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving


class FaultClass(Made):
    """A u32 filter in the server's own namespace turns its answers of one port back to its loopback device."""

    truth = Truth(
        id="tc-filter-drop",
        location={"node": "node-2", "namespace": "default", "pod": "turned-1"},
        destination="pod:default/turned-1",
        port=8080,
    )
    modes = ("iptables", "host-gw")
    scene = (serving("turned-1"),)
    changes = (
        in_pod(
            "turned-1",
            "tc qdisc add dev eth0 clsact\n"
            "tc filter add dev eth0 egress protocol ip u32 match ip sport 8080 0xffff "
            "action mirred egress redirect dev lo",
            "tc qdisc del dev eth0 clsact",
        ),
    )
