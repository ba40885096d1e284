# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod asks a node by its bare name, which the search list of its node completes."""

from __future__ import annotations

from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A pod asks a node by its bare name, which the search list of its node completes."""

    truth = Truth(id="", destination="node-2", port=10250)
    modes = ("nftables",)
