# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2's bridge answers for its pods out of the node's own table, which holds another pod's hardware address."""

from __future__ import annotations

from podnet_lab.changes import Run, in_pod
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import serving


class FaultClass(Made):
    """node-2's bridge answers for its pods out of the node's own table, which holds another pod's hardware address."""

    truth = Truth(
        id="neighbour-failed",
        location={"node": "node-2"},
        source="pod:default/client-2",
        destination="pod:default/asked-9",
        port=8080,
    )
    modes = ("nftables", "host-gw")
    scene = (serving("asked-9"), serving("other-1"))
    changes = (
        Run(
            "node-2",
            """ping -c 1 -W 1 <other-1>
            ip neigh replace <asked-9> lladdr <other-1.mac> dev cni0 nud permanent
            bridge link set dev <asked-9.veth> neigh_suppress on
            bridge link set dev <other-1.veth> neigh_suppress on""",
            """bridge link set dev <asked-9.veth> neigh_suppress off
            bridge link set dev <other-1.veth> neigh_suppress off
            ip neigh del <asked-9> dev cni0""",
        ),
        in_pod("asked-9", "ip neigh flush dev eth0", "ip neigh flush dev eth0"),
        in_pod("client-2", "ip neigh flush dev eth0", "ip neigh flush dev eth0"),
    )
