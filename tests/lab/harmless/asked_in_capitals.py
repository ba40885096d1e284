# SPDX-License-Identifier: GPL-3.0-or-later
"""A Service is asked by its name in capitals."""

from __future__ import annotations

from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A Service is asked by its name in capitals."""

    truth = Truth(id="", destination="WEB.Default.svc.cluster.local", port=80)
    modes = ("nftables",)
