# SPDX-License-Identifier: GPL-3.0-or-later
"""The plugin bandwidth limits what the client's pod sends by an ifb device, far above what it sends."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The plugin bandwidth limits what the client's pod sends by an ifb device, far above what it sends."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables", "host-gw")

    changes = (
        Run(
            "node-1",
            "ip link add bwp0 mtu 1450 type ifb\nip link set bwp0 up\n"
            "tc qdisc add dev bwp0 root tbf rate 400mbit burst 256kb latency 25ms\n"
            "tc qdisc add dev <client-1.veth> root tbf rate 400mbit burst 256kb latency 25ms\n"
            "tc qdisc add dev <client-1.veth> ingress\n"
            "tc filter add dev <client-1.veth> parent ffff: protocol all bpf bytecode '1,6 0 0 4294967295' "
            "action mirred egress redirect dev bwp0",
            "tc qdisc del dev <client-1.veth> ingress\ntc qdisc del dev <client-1.veth> root\nip link del bwp0",
        ),
    )
