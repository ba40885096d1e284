# SPDX-License-Identifier: GPL-3.0-or-later
"""kube-proxy of node-1 is told to write its rules once an hour, and knows nothing of a new Service."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import KubeProxyConfig
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import service, serving

# At least an hour from one look at the rules to the next.
SELDOM = """iptables:
  minSyncPeriod: 1h0m0s
  syncPeriod: 2h0m0s
nftables:
  minSyncPeriod: 1h0m0s
  syncPeriod: 2h0m0s
conntrack:"""


class FaultClass(Made):
    """kube-proxy of node-1 is told to write its rules once an hour, and knows nothing of a new Service."""

    truth = Truth(
        id="kube-proxy-rules-stale", location={"node": "node-1"}, destination="service:default/fresh-2", port=80
    )
    modes = ("iptables", "nftables")
    born_broken = True
    scene = (serving("fresh-2"), Objects((service("spare-2", app="fresh-2"),)))
    changes = (
        KubeProxyConfig("conntrack:", SELDOM, nodes=("node-1",)),
        Objects((service("spare-3", app="fresh-2"),)),
        Objects((service("fresh-2"),)),
    )
