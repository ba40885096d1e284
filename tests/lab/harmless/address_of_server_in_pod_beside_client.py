# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod beside the client has the server's address on its loopback; nobody asks there who has it."""

from __future__ import annotations

from podnet_lab.changes import in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving


class FaultClass(Made):
    """A pod beside the client has the server's address on its loopback; nobody asks there who has it."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables", "host-gw")
    scene = (serving("mimic-1", "node-1"),)
    changes = (in_pod("mimic-1", "ip address add <web-2>/32 dev lo", "ip address del <web-2>/32 dev lo"),)
