# SPDX-License-Identifier: GPL-3.0-or-later
"""A slice written by hand names its port and gives it no number, of which kube-proxy makes nothing."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import endpoints, service


class FaultClass(Made):
    """A slice written by hand names its port and gives it no number, of which kube-proxy makes nothing."""

    truth = Truth(
        id="service-no-endpoints",
        also=("service-target-port-mismatch",),
        location={"namespace": "default", "service": "bare-2"},
        destination="service:default/bare-2",
        port=80,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (
        Objects(
            (
                service("bare-2", app=None),
                {**endpoints("bare-2", "<web-2>"), "ports": [{"name": "main", "protocol": "TCP"}]},
            )
        ),
    )
