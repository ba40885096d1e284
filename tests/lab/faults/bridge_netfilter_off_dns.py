# SPDX-License-Identifier: GPL-3.0-or-later
"""Cluster DNS does not answer the pods beside it: bridged answers are not translated back."""

from __future__ import annotations

from podnet_lab.changes import Objects, Sysctl
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod


class FaultClass(Made):
    """Cluster DNS does not answer the pods beside it: bridged answers are not translated back."""

    truth = Truth(
        id="bridge-netfilter-off",
        location={"node": "<dns.node>"},
        source="pod:default/beside-1",
        destination="web.default.svc.cluster.local",
        port=80,
    )
    scene = (Objects((pod("beside-1", "<dns.node>"),), ready=("beside-1",)),)
    changes = (Sysctl("<dns.node>", "net/bridge/bridge-nf-call-iptables", "0", "1"),)
