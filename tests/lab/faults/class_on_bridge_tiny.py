# SPDX-License-Identifier: GPL-3.0-or-later
"""A class of a shaper on node-2's bridge holds two packets to a server and empties slowly."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic

SHAPER = """
tc qdisc add dev cni0 root handle 1: htb default 10
tc class add dev cni0 parent 1: classid 1:10 htb rate 1gbit
tc class add dev cni0 parent 1: classid 1:20 htb rate 24kbit burst 300 cburst 300
tc qdisc add dev cni0 parent 1:20 handle 20: pfifo limit 2
tc filter add dev cni0 parent 1: protocol ip u32 match ip dst <web-2>/32 match ip protocol 6 0xff flowid 1:20
"""


class FaultClass(Made):
    """A class of a shaper on node-2's bridge holds two packets to a server and empties slowly."""

    truth = Truth(
        id="nic-drops", location={"node": "node-2", "device": "cni0"}, destination="pod:default/<web-2.name>", port=8080
    )
    traffic = Traffic("pod:default/client-1", "<web-2>", 8080, seconds=0.9)
    attempts = 40
    lost = (2, 39)
    changes = (Run("node-2", SHAPER, "tc qdisc del dev cni0 root"),)
