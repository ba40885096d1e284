# SPDX-License-Identifier: GPL-3.0-or-later
"""kube-proxy of node-1 is told to write its rules once an hour, and nothing has changed since."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import KubeProxyConfig
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service

# At least an hour from one look at the rules to the next.
SELDOM = """iptables:
  minSyncPeriod: 1h0m0s
  syncPeriod: 2h0m0s
nftables:
  minSyncPeriod: 1h0m0s
  syncPeriod: 2h0m0s
conntrack:"""


class FaultClass(Made):
    """kube-proxy of node-1 is told to write its rules once an hour, and nothing has changed since."""

    truth = Truth(id="", destination="service:default/known-2", port=80)
    modes = ("iptables", "nftables")
    scene = (Objects((pod("known-2"), service("known-2")), ready=("known-2",)),)
    changes = (KubeProxyConfig("conntrack:", SELDOM, nodes=("node-1",)),)
