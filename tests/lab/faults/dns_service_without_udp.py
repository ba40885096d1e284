# SPDX-License-Identifier: GPL-3.0-or-later
"""The Service of cluster DNS has no port for UDP any more."""

from __future__ import annotations

from podnet_lab.changes import Patched
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
    changes = (
        Patched(
            "service kube-dns kube-system",
            [
                {
                    "op": "replace",
                    "path": "/spec/ports",
                    "value": [{"name": "dns-tcp", "port": 53, "protocol": "TCP", "targetPort": 53}],
                }
            ],
            [
                {
                    "op": "replace",
                    "path": "/spec/ports",
                    "value": [
                        {"name": "dns", "port": 53, "protocol": "UDP", "targetPort": 53},
                        {"name": "dns-tcp", "port": 53, "protocol": "TCP", "targetPort": 53},
                        {"name": "metrics", "port": 9153, "protocol": "TCP", "targetPort": 9153},
                    ],
                }
            ],
            kind="json",
        ),
    )
