# SPDX-License-Identifier: GPL-3.0-or-later
"""The client's namespace makes no segment smaller than 1460 bytes, which is more than its way takes."""

from __future__ import annotations

from podnet_lab.changes import Sysctl
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """The client's namespace makes no segment smaller than 1460 bytes, which is more than its way takes."""

    truth = Truth(
        id="path-mtu-blackhole",
        location={"node": "node-1", "namespace": "default", "pod": "client-1"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("iptables", "nftables")
    traffic = Traffic("pod:default/client-1", "<web-2>", 8080, size=20000)
    changes = (Sysctl("<client-1.node>", "net/ipv4/tcp_min_snd_mss", "1460", "48", pod="client-1"),)
