# SPDX-License-Identifier: GPL-3.0-or-later
"""The client's namespace drops what another user sends."""

from __future__ import annotations

from podnet_lab.changes import pod_rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The client's namespace drops what another user sends."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("iptables", "nftables")
    changes = (pod_rule("client-1", "filter OUTPUT -m owner --uid-owner 4242 -j DROP"),)
