# SPDX-License-Identifier: GPL-3.0-or-later
"""A guide told to close node ports on INPUT, where they never come: they are translated before."""

from __future__ import annotations

from podnet_lab.changes import Objects, Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """A guide told to close node ports on INPUT, where they never come: they are translated before."""

    truth = Truth(id="", source="host:outside", destination="node:node-1", port=30199)
    modes = ("nftables", "host-gw")
    scene = (Objects((pod("open-1"), service("open-1", type="NodePort", nodePort=30199)), ready=("open-1",)),)
    changes = (
        Rule("node-1", "filter INPUT -p tcp --dport 30199 -j REJECT --reject-with tcp-reset"),
        Rule("node-1", "filter INPUT -p tcp --dport 30000:32767 -j DROP"),
    )
