# SPDX-License-Identifier: GPL-3.0-or-later
"""node-1 has wrong fixed entries for the server on devices by which it does not send to it."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-1 has wrong fixed entries for the server on devices by which it does not send to it."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    modes = ("nftables", "host-gw")
    changes = (
        Run(
            "node-1",
            """ip neigh replace <web-2> lladdr 02:00:5e:00:53:73 dev eth0 nud permanent
            ip neigh replace <web-2> lladdr 02:00:5e:00:53:74 dev cni0 nud permanent
            ip neigh replace 192.0.2.12 lladdr 02:00:5e:00:53:75 dev cni0 nud permanent""",
            """ip neigh del <web-2> dev eth0
            ip neigh del <web-2> dev cni0
            ip neigh del 192.0.2.12 dev cni0""",
        ),
    )
