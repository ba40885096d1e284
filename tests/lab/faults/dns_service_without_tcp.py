# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod asks DNS over TCP, as a workaround tells, and the Service of cluster DNS has no port for TCP.

Public report: kubernetes/kubernetes#56903.
"""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.dns_ports import DNS, of_cluster_dns
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod


class FaultClass(Made):
    """A pod asks DNS over TCP, as a workaround tells, and the Service of cluster DNS has no port for TCP."""

    truth = Truth(
        id="service-port-missing",
        also=("dns-service-unreachable",),
        location={"namespace": "kube-system"},
        source="pod:default/tcp-1",
        destination="web.default.svc.cluster.local",
        port=80,
    )
    modes = ("iptables", "nftables")
    scene = (Objects((pod("tcp-1", "node-1", dnsConfig={"options": [{"name": "use-vc"}]}),), ready=("tcp-1",)),)
    changes = (of_cluster_dns(DNS),)
