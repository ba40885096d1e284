# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's namespace gives its echo answers the mark of the question, and the mark is thrown away."""

from __future__ import annotations

from podnet_lab.changes import Sysctl, in_pod, pod_rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving


class FaultClass(Made):
    """The server's namespace gives its echo answers the mark of the question, and the mark is thrown away."""

    truth = Truth(
        id="policy-route-diverts",
        location={"node": "node-2", "namespace": "default", "pod": "marked-1"},
        destination="pod:default/marked-1",
        protocol="icmp",
    )
    modes = ("iptables", "host-gw")
    scene = (serving("marked-1"),)
    changes = (
        Sysctl("node-2", "net/ipv4/fwmark_reflect", "1", "0", "marked-1"),
        pod_rule("marked-1", "mangle PREROUTING -p icmp -j MARK --set-mark 0x7"),
        in_pod("marked-1", "ip rule add pref 60 fwmark 0x7/0xf blackhole", "ip rule del pref 60"),
    )
