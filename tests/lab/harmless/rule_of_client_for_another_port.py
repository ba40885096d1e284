# SPDX-License-Identifier: GPL-3.0-or-later
"""The client's pod has a rule that prohibits another port of the same server."""

from __future__ import annotations

from podnet_lab.changes import in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The client's pod has a rule that prohibits another port of the same server."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables", "host-gw")
    changes = (
        in_pod("client-1", "ip rule add pref 60 to <web-2>/32 ipproto tcp dport 8081 prohibit", "ip rule del pref 60"),
    )
