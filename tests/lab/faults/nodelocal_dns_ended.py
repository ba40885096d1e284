# SPDX-License-Identifier: GPL-3.0-or-later
"""The cache of DNS on node-1 has ended, and its address and the pods that ask it are left.

Public report: kubernetes/kubernetes#111888.
"""

from __future__ import annotations

from podnet_lab.changes import Objects, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod

ADDRESS = Run("node-1", "ip address add 169.254.20.10/32 dev lo", "ip address del 169.254.20.10/32 dev lo")
ASKING = pod(
    "asking-1",
    "node-1",
    dnsPolicy="None",
    dnsConfig={
        "nameservers": ["169.254.20.10"],
        "searches": ["default.svc.cluster.local", "svc.cluster.local", "cluster.local"],
        "options": [{"name": "ndots", "value": "5"}],
    },
)


class FaultClass(Made):
    """The cache of DNS on node-1 has ended, and its address and the pods that ask it are left."""

    truth = Truth(
        id="port-not-listening",
        also=("dns-server-down",),
        location={"node": "node-1"},
        source="pod:default/asking-1",
        destination="web.default.svc.cluster.local",
        port=80,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (ADDRESS, Objects((ASKING,), ready=("asking-1",)))
