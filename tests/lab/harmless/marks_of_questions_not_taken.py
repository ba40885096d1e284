# SPDX-License-Identifier: GPL-3.0-or-later
"""A mark in the server's namespace is thrown away, and what it answers does not take it."""

from __future__ import annotations

from podnet_lab.changes import in_pod, pod_rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving


class FaultClass(Made):
    """A mark in the server's namespace is thrown away, and what it answers does not take it."""

    truth = Truth(id="", destination="pod:default/marked-1", port=8080)
    modes = ("iptables", "host-gw")
    scene = (serving("marked-1"),)
    changes = (
        pod_rule("marked-1", "mangle PREROUTING -p tcp --syn -j MARK --set-mark 0x7"),
        in_pod("marked-1", "ip rule add pref 60 fwmark 0x7/0xf blackhole", "ip rule del pref 60"),
    )
