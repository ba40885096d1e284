# SPDX-License-Identifier: GPL-3.0-or-later
"""Of two programs of traffic control the second drops what is sent to one port, and the first leaves it to that."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made

PORT = "6,48 0 0 23,21 0 3 6,40 0 0 36,21 0 1 8080,6 0 0 2,6 0 0 4294967295"


class FaultClass(Made):
    """Of two programs of traffic control the second drops what is sent to one port, and the first leaves it to that."""

    truth = Truth(id="bpf-program-drop", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "host-gw")
    changes = (
        Run(
            "node-2",
            f"""tc qdisc add dev cni0 clsact
            tc filter add dev cni0 egress pref 10 bpf da bytecode '4,40 0 0 12,21 0 1 34525,6 0 0 2,6 0 0 4294967295'
            tc filter add dev cni0 egress pref 20 bpf da bytecode '{PORT}'""",
            "tc qdisc del dev cni0 clsact",
        ),
    )
