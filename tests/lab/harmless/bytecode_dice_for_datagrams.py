# SPDX-License-Identifier: GPL-3.0-or-later
"""A filter of classic BPF on the client's device drops half of the datagrams to a port that nobody asks."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made

# Behind the Ethernet header: UDP, port 9999, and a random number whose last byte is below 128.
DICE = "9,48 0 0 23,21 0 6 17,40 0 0 36,21 0 4 9999,32 0 0 4294963256,84 0 0 255,53 1 0 128,6 0 0 2,6 0 0 0"


class FaultClass(Made):
    """A filter of classic BPF on the client's device drops half of the datagrams to a port that nobody asks."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    changes = (
        Run(
            "node-1",
            "tc qdisc add dev <client-1.veth> clsact\n"
            f"tc filter add dev <client-1.veth> ingress protocol ip bpf da bytecode '{DICE}'",
            "tc qdisc del dev <client-1.veth> clsact",
        ),
    )
