# SPDX-License-Identifier: GPL-3.0-or-later
"""A plugin of node-1 moves the routes of new pods to a table that only packets with their address ask.

Public report: containernetworking/plugins#893.
"""

from __future__ import annotations

from podnet_lab.changes import Objects, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod

FILE = "/etc/cni/net.d/10-flannel.conflist"
CHAINED = Run(
    "node-1",
    f"""cp {FILE} /run/10-flannel.conflist
    cp /usr/lib/cni/sbr /opt/cni/bin/sbr
    sed -i 's/"type": "portmap",/"type": "sbr" }}, {{ "type": "portmap",/' {FILE}
    sleep 1""",
    f"""cp /run/10-flannel.conflist {FILE}
    rm -f /opt/cni/bin/sbr""",
)


class FaultClass(Made):
    """A plugin of node-1 moves the routes of new pods to a table that only packets with their address ask."""

    truth = Truth(
        id="route-missing",
        location={"node": "node-1", "namespace": "default", "pod": "asker-4"},
        source="pod:default/asker-4",
        destination="pod:default/<web-2.name>",
        port=8080,
    )
    modes = ("iptables", "host-gw")
    born_broken = True
    changes = (CHAINED, Objects((pod("asker-4", "node-1"),), ready=("asker-4",)))
