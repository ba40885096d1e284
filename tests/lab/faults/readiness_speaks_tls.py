# SPDX-License-Identifier: GPL-3.0-or-later
"""A readiness probe speaks TLS to a server of plain HTTP."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service

PROBE = {"httpGet": {"port": 8080, "path": "/", "scheme": "HTTPS"}, "periodSeconds": 1, "failureThreshold": 2}


class FaultClass(Made):
    """A readiness probe speaks TLS to a server of plain HTTP."""

    truth = Truth(
        id="readiness-probe-failing",
        location={"namespace": "default", "pod": "shy-1"},
        destination="service:default/shy-1",
        port=80,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (Objects((pod("shy-1", container={"readinessProbe": PROBE}), service("shy-1")), running=("shy-1",)),)
