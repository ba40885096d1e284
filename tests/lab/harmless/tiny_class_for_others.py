# SPDX-License-Identifier: GPL-3.0-or-later
"""A class of a shaper on node-2's bridge holds two packets to an address that nobody asks."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made

SHAPER = """
tc qdisc add dev cni0 root handle 1: htb default 10
tc class add dev cni0 parent 1: classid 1:10 htb rate 1gbit
tc class add dev cni0 parent 1: classid 1:20 htb rate 24kbit burst 300 cburst 300
tc qdisc add dev cni0 parent 1:20 handle 20: pfifo limit 2
tc filter add dev cni0 parent 1: protocol ip u32 match ip dst 10.244.2.250/32 match ip protocol 6 0xff flowid 1:20
"""


class FaultClass(Made):
    """A class of a shaper on node-2's bridge holds two packets to an address that nobody asks."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    changes = (Run("node-2", SHAPER, "tc qdisc del dev cni0 root"),)
