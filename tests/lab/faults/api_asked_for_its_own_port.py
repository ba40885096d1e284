# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod asks the API server's Service for the port that the server itself listens on."""

from __future__ import annotations

from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A pod asks the API server's Service for the port that the server itself listens on."""

    truth = Truth(
        id="service-port-missing",
        location={"namespace": "default", "service": "kubernetes"},
        destination="kubernetes.default.svc.cluster.local",
        port=6443,
    )
    modes = ("nftables", "host-gw")
    born_broken = True
