# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod asks for names with one dot as they are first, and finds the Service at last."""

from __future__ import annotations

from podnet_lab.changes import Objects, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod

DOTS = {"options": [{"name": "ndots", "value": "1"}]}


class FaultClass(Made):
    """A pod asks for names with one dot as they are first, and finds the Service at last."""

    truth = Truth(id="", source="pod:default/dots-1", destination="web.default", port=80)
    scene = (Objects((pod("dots-1", "node-1", dnsConfig=DOTS),), ready=("dots-1",)),)
    changes = (Run("node-1", "true"),)
