# SPDX-License-Identifier: GPL-3.0-or-later
"""Cluster DNS forwards a zone to a port on which nobody listens."""

from __future__ import annotations

from podnet_lab.dns_responder import forwarded
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """Cluster DNS forwards a zone to a port on which nobody listens."""

    truth = Truth(
        id="dns-upstream-failing", location={"namespace": "kube-system"}, destination="outside.lab.example", port=22
    )
    changes_pods = True
    traffic = Traffic("pod:default/client-1", "outside.lab.example", 22, "name")
    changes = (forwarded("lab.example", "203.0.113.53:5399"),)
