# SPDX-License-Identifier: GPL-3.0-or-later
"""Cluster DNS answers the networks of its access list only, and that of the pods is not in it.

Public report: coredns/coredns#4697.
"""

from __future__ import annotations

from podnet_lab.cluster_changes import Corefile
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """Cluster DNS answers the networks of its access list only, and that of the pods is not in it."""

    truth = Truth(
        id="dns-server-down",
        also=("dns-config-wrong",),
        location={"namespace": "kube-system"},
        destination="web.default.svc.cluster.local",
        port=80,
    )
    modes = ("iptables", "nftables")
    changes_pods = True
    changes = (Corefile("errors", "errors\n    acl {\n       allow net 10.42.0.0/16 127.0.0.0/8\n       drop\n    }"),)
