# SPDX-License-Identifier: GPL-3.0-or-later
"""A Service stands for a full name with a final dot."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic

ALIAS = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "shop", "namespace": "default"},
    "spec": {"type": "ExternalName", "externalName": "web.default.svc.cluster.local."},
}


class FaultClass(Made):
    """A Service stands for a full name with a final dot."""

    truth = Truth(id="", destination="service:default/shop", port=80)
    modes = ("nftables",)
    born_broken = True
    traffic = Traffic("pod:default/client-1", "shop.default.svc.cluster.local", 80)
    changes = (Objects((ALIAS,)),)
