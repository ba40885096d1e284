# SPDX-License-Identifier: GPL-3.0-or-later
"""Cluster DNS serves Services with a label only, and this one does not have it.

Public report: coredns/coredns#1809.
"""

from __future__ import annotations

from podnet_lab.cluster_changes import Corefile
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """Cluster DNS serves Services with a label only, and this one does not have it."""

    # As with one namespace: what denies the name is the configuration.
    truth = Truth(
        id="dns-name-missing",
        also=("dns-config-wrong",),
        location={"namespace": "kube-system"},
        destination="web.default.svc.cluster.local",
        port=80,
    )
    modes = ("nftables", "host-gw")
    changes_pods = True
    changes = (Corefile("pods insecure", "pods insecure\n       labels exposed=yes"),)
