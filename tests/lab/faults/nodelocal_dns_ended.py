# SPDX-License-Identifier: GPL-3.0-or-later
"""The cache of DNS on node-1 has ended, and its address and the pods that ask it are left.

Public report: kubernetes/kubernetes#111888.
"""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.node_cache import ADDRESS, ASKING


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
