# SPDX-License-Identifier: GPL-3.0-or-later
"""The client's default route has nearly every setting that a route can have."""

from __future__ import annotations

from podnet_lab.changes import in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The client's default route has nearly every setting that a route can have."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    changes = (
        in_pod(
            "client-1",
            "ip route change default via 10.244.1.1 dev eth0 advmss 1300 hoplimit 63 initcwnd 20 initrwnd 20"
            " rto_min 250ms quickack 1 reordering 5 congctl cubic realms 7/9 window 60000 ssthresh 40",
            "ip route change default via 10.244.1.1 dev eth0",
        ),
    )
