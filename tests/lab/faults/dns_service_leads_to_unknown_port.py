# SPDX-License-Identifier: GPL-3.0-or-later
"""The Service of cluster DNS leads to a port name that the new version of its pods has not."""

from __future__ import annotations

from podnet_lab.dns_ports import DNS, DNS_TCP, METRICS, of_cluster_dns
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """The Service of cluster DNS leads to a port name that the new version of its pods has not."""

    truth = Truth(
        id="service-target-port-mismatch",
        location={"namespace": "kube-system", "service": "kube-dns"},
        destination="web.default.svc.cluster.local",
        port=80,
    )
    modes = ("nftables", "host-gw")
    changes = (of_cluster_dns({**DNS, "targetPort": "udp-53"}, {**DNS_TCP, "targetPort": "tcp-53"}, METRICS),)
