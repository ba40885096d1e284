# SPDX-License-Identifier: GPL-3.0-or-later
"""The client still uses the address of a pod that is gone."""

from __future__ import annotations

from podnet_lab.cluster_changes import Gone
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving


class FaultClass(Made):
    """The client still uses the address of a pod that is gone."""

    truth = Truth(
        id="endpoint-address-unknown",
        # What is left of the pod's address: its node asks in vain who has it.
        also=("neighbour-failed",),
        destination="<old-1>",
        port=8080,
    )
    modes = ("iptables", "host-gw")
    born_broken = True
    scene = (serving("old-1"),)
    changes = (Gone(serving("old-1")),)
