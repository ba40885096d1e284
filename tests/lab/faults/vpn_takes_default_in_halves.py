# SPDX-License-Identifier: GPL-3.0-or-later
"""A VPN of node-1 is gone and its two routes are left, which together are narrower than the default route.

Public report: passteque/gluetun#188.
"""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.tunnels import VPN_IN_HALVES


class FaultClass(Made):
    """A VPN of node-1 is gone and its two routes are left, which together are narrower than the default route."""

    truth = Truth(id="route-wrong", location={"node": "node-1"}, destination="198.51.100.10", port=22)
    modes = ("nftables", "host-gw")
    changes = (Run("node-1", *VPN_IN_HALVES),)
