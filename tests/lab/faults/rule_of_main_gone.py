# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's namespace has lost the rule that looks into its main table."""

from __future__ import annotations

from podnet_lab.changes import in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The server's namespace has lost the rule that looks into its main table."""

    truth = Truth(
        id="route-missing",
        location={"node": "node-2", "namespace": "default", "pod": "<web-2.name>"},
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("iptables", "nftables")
    changes = (in_pod("web-2", "ip rule del pref 32766", "ip rule add pref 32766 lookup main"),)
