# SPDX-License-Identifier: GPL-3.0-or-later
"""Pods of one node reach no Service whose pod is beside them: answers by-pass netfilter."""

from __future__ import annotations

from podnet_lab.changes import Objects, Sysctl
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """Pods of one node reach no Service whose pod is beside them: answers by-pass netfilter."""

    truth = Truth(id="bridge-netfilter-off", location={"node": "node-1"}, destination="service:default/near-1", port=80)
    modes = ("iptables", "nftables")
    scene = (Objects((pod("near-1", "node-1"), service("near-1")), ready=("near-1",)),)
    changes = (Sysctl("node-1", "net/bridge/bridge-nf-call-iptables", "0", "1"),)
