# SPDX-License-Identifier: GPL-3.0-or-later
"""A filter of classic BPF in the client's namespace drops a third of what it sends by chance."""

from __future__ import annotations

from podnet_lab.changes import in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic

# A random number; its last byte; below 85 it is dropped.
DICE = "5,32 0 0 4294963256,84 0 0 255,53 1 0 85,6 0 0 2,6 0 0 0"


class FaultClass(Made):
    """A filter of classic BPF in the client's namespace drops a third of what it sends by chance."""

    truth = Truth(
        id="bpf-program-drop",
        also=("tc-filter-drop",),  # a filter of traffic control, which is a program
        location={"node": "node-1", "namespace": "default", "pod": "client-1"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("nftables",)
    traffic = Traffic("pod:default/client-1", "<web-2>", 8080, seconds=0.7)
    attempts = 40
    lost = (5, 38)
    changes = (
        in_pod(
            "client-1",
            f"tc qdisc add dev eth0 clsact\ntc filter add dev eth0 egress protocol ip bpf da bytecode '{DICE}'",
            "tc qdisc del dev eth0 clsact",
        ),
    )
