# SPDX-License-Identifier: GPL-3.0-or-later
"""A slice that a person wrote calls its only endpoint not ready."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import endpoints, service

MADE = endpoints("manual-1", "<web-2>")
SLICE = {**MADE, "endpoints": [{"addresses": ["<web-2>"], "conditions": {"ready": False}}]}


class FaultClass(Made):
    """A slice that a person wrote calls its only endpoint not ready."""

    truth = Truth(
        id="service-no-ready-pods",
        location={"namespace": "default", "service": "manual-1"},
        also=("service-no-endpoints",),
        destination="service:default/manual-1",
        port=80,
    )
    modes = ("host-gw", "nftables")
    born_broken = True
    changes = (Objects((service("manual-1", app=None), SLICE)),)
