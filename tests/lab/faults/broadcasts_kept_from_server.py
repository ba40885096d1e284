# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2's bridge floods no broadcasts to the ports of two pods: neither can ask who the other is."""

from __future__ import annotations

from podnet_lab.changes import Run, in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2's bridge floods no broadcasts to the ports of two pods: neither can ask who the other is."""

    truth = Truth(
        id="bridge-port-detached",
        location={"node": "node-2"},
        source="pod:default/client-2",
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("iptables", "host-gw")
    changes = (
        Run(
            "node-2",
            "bridge link set dev <web-2.veth> bcast_flood off\nbridge link set dev <client-2.veth> bcast_flood off",
            "bridge link set dev <web-2.veth> bcast_flood on\nbridge link set dev <client-2.veth> bcast_flood on",
        ),
        in_pod("web-2", "ip neigh flush dev eth0"),
        in_pod("client-2", "ip neigh flush dev eth0"),
    )
