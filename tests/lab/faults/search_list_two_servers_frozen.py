# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod has a second server that nobody reaches, and its search list leads to an upstream that does not answer."""

from __future__ import annotations

from podnet_lab.changes import Frozen, Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.programs import NamesSoon
from podnet_lab.scene import pod


class FaultClass(Made):
    """A pod has a second server that nobody reaches, and its search list leads to an upstream that does not answer."""

    about = (
        "A pod has a second server that nobody reaches, and its search list leads to an upstream that does not answer"
    )
    truth = Truth(
        id="dns-upstream-failing",
        also=("dns-search-ndots",),
        source="pod:default/two-1",
        destination="web.default.svc.cluster.local",
        port=80,
    )
    traffic = NamesSoon("pod:default/two-1", "web.default.svc.cluster.local", 80, seconds=3.0)
    scene = (Objects((pod("two-1", "node-1", dnsConfig={"nameservers": ["203.0.113.99"]}),), ready=("two-1",)),)
    changes = (Frozen("outside", "coredns"),)
