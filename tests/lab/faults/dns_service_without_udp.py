# SPDX-License-Identifier: GPL-3.0-or-later
"""The Service of cluster DNS has no port for UDP any more."""

from __future__ import annotations

from podnet_lab.dns_ports import DNS_TCP, of_cluster_dns
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The Service of cluster DNS has no port for UDP any more."""

    truth = Truth(
        id="service-port-missing",
        also=("dns-service-unreachable",),
        location={"namespace": "kube-system"},
        destination="web.default.svc.cluster.local",
        port=80,
    )
    modes = ("iptables", "nftables")
    changes = (of_cluster_dns(DNS_TCP),)
