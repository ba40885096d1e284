# SPDX-License-Identifier: GPL-3.0-or-later
"""A filter of traffic control hands what the server sends to a device that is down, as a shaper leaves it."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made

SHAPER = """
ip link add ifb9 type ifb
tc qdisc add dev <web-2.veth> clsact
tc filter add dev <web-2.veth> ingress bpf bytecode '1,6 0 0 4294967295,' action mirred egress redirect dev ifb9
"""


class FaultClass(Made):
    """A filter of traffic control hands what the server sends to a device that is down, as a shaper leaves it."""

    truth = Truth(
        id="tc-filter-drop",
        location={"node": "node-2"},
        also=("device-down",),
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("nftables", "host-gw")
    changes = (Run("node-2", SHAPER, "tc qdisc del dev <web-2.veth> clsact\nip link del ifb9"),)
