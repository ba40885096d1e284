# SPDX-License-Identifier: GPL-3.0-or-later
"""A classic BPF program of traffic control drops all TCP that comes into the client, which asks a host outside."""

from __future__ import annotations

from podnet_lab.changes import in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made

CODE = "6,40 0 0 12,21 0 3 2048,48 0 0 23,21 0 1 6,6 0 0 2,6 0 0 0"


class FaultClass(Made):
    """A classic BPF program of traffic control drops all TCP that comes into the client, which asks a host outside."""

    truth = Truth(
        id="bpf-program-drop", location={"node": "node-1", "pod": "client-1"}, destination="198.51.100.10", port=22
    )
    modes = ("iptables", "nftables")
    changes = (
        in_pod(
            "client-1",
            f"tc qdisc add dev eth0 clsact\ntc filter add dev eth0 ingress bpf da bytecode '{CODE}'",
            "tc qdisc del dev eth0 clsact",
        ),
    )
