# SPDX-License-Identifier: GPL-3.0-or-later
"""Two backends on a port for HTTP speak something else."""

from __future__ import annotations

from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pair
from podnet_lab.servers import hanging
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """Two backends on a port for HTTP speak something else."""

    truth = Truth(id="", destination="service:default/pair", port=80)
    modes = ("iptables", "nftables")
    born_broken = True
    traffic = Traffic("pod:default/client-1", "<service:pair>", 80)
    changes = (pair(hanging(), hanging()),)
