# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod asks its node's kubelet at the address of the bridge."""

from __future__ import annotations

from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A pod asks its node's kubelet at the address of the bridge."""

    truth = Truth(id="", destination="10.244.1.1", port=10250)
    modes = ("nftables",)
