# SPDX-License-Identifier: GPL-3.0-or-later
"""Hints name zones, and the client's node is in none of them."""

from __future__ import annotations

from podnet_lab.changes import Objects, Patched
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import endpoints, service

ZONE = "topology.kubernetes.io/zone"
HINTED = endpoints("near-2", "<web-1>", "<web-2>")
for endpoint, zone in zip(HINTED["endpoints"], "ab"):
    endpoint["hints"] = {"forZones": [{"name": zone}]}


class FaultClass(Made):
    """Hints name zones, and the client's node is in none of them."""

    truth = Truth(id="", destination="service:default/near-2", port=80)
    scene = (Objects((service("near-2", app=None), HINTED)),)
    changes = (Patched("node node-1", {"metadata": {"labels": {ZONE: "c"}}}, {"metadata": {"labels": {ZONE: None}}}),)
