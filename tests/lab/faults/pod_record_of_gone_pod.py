# SPDX-License-Identifier: GPL-3.0-or-later
"""Cluster DNS answers for the address in a pod's name, whether or not there is such a pod."""

from __future__ import annotations

from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """Cluster DNS answers for the address in a pod's name, whether or not there is such a pod."""

    truth = Truth(
        id="endpoint-address-unknown",
        also=("neighbour-failed",),
        destination="10-244-2-200.default.pod.cluster.local",
        port=8080,
    )
    modes = ("nftables",)
    born_broken = True
