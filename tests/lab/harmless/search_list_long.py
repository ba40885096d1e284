# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod searches eight domains, and the name is found at last."""

from __future__ import annotations

from podnet_lab.changes import Objects, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod
from podnet_lab.traffic import Traffic

DOMAINS = [f"team-{number}.example.com" for number in range(1, 6)]


class FaultClass(Made):
    """A pod searches eight domains, and the name is found at last."""

    truth = Truth(id="", source="pod:default/search-1", destination="outside.lab.example", port=22)
    scene = (Objects((pod("search-1", "node-1", dnsConfig={"searches": DOMAINS}),), ready=("search-1",)),)
    traffic = Traffic("pod:default/search-1", "outside.lab.example", protocol="name")
    changes = (Run("node-1", "true"),)
