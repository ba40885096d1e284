# SPDX-License-Identifier: GPL-3.0-or-later
"""A filter of classic BPF on the client's device of node-1 drops four of ten packets by chance."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic

# A random number; its last byte; below 100 it is dropped.
DICE = "5,32 0 0 4294963256,84 0 0 255,53 1 0 100,6 0 0 2,6 0 0 0"


class FaultClass(Made):
    """A filter of classic BPF on the client's device of node-1 drops four of ten packets by chance."""

    truth = Truth(
        id="bpf-program-drop",
        also=("tc-filter-drop",),  # a filter of traffic control, which is a program
        location={"node": "node-1", "device": "<client-1.veth>"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    traffic = Traffic("pod:default/client-1", "<web-2>", 8080, seconds=0.7)
    attempts = 40
    lost = (6, 38)
    changes = (
        Run(
            "node-1",
            "tc qdisc add dev <client-1.veth> clsact\n"
            f"tc filter add dev <client-1.veth> ingress protocol ip bpf da bytecode '{DICE}'",
            "tc qdisc del dev <client-1.veth> clsact",
        ),
    )
