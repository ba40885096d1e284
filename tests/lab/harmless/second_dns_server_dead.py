# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod has cluster DNS first, and a second server that nobody reaches."""

from __future__ import annotations

from podnet_lab.changes import Objects, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod


class FaultClass(Made):
    """A pod has cluster DNS first, and a second server that nobody reaches."""

    truth = Truth(id="", source="pod:default/two-servers", destination="web.default.svc.cluster.local", port=80)
    scene = (
        Objects((pod("two-servers", "node-1", dnsConfig={"nameservers": ["203.0.113.99"]}),), ready=("two-servers",)),
    )
    changes = (Run("node-1", "true"),)
