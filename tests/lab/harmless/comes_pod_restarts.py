# SPDX-License-Identifier: GPL-3.0-or-later
"""Another pod of the node is made anew meanwhile."""

from __future__ import annotations

from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving


class FaultClass(Made):
    """Another pod of the node is made anew meanwhile."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    changes = (serving("restarted-1"),)
