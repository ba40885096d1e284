# SPDX-License-Identifier: GPL-3.0-or-later
"""A Service was made in another namespace than its pods, where its selector finds nobody."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import service


class FaultClass(Made):
    """A Service was made in another namespace than its pods, where its selector finds nobody."""

    truth = Truth(
        id="service-selector-mismatch",
        location={"namespace": "shop", "service": "web"},
        destination="web.shop.svc.cluster.local",
        port=80,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (
        Objects(({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}},)),
        Objects((service("web", namespace="shop"),)),
    )
