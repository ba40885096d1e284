# SPDX-License-Identifier: GPL-3.0-or-later
"""Cluster DNS is told to give no addresses of endpoints, so that headless Services have no name.

Public report: coredns/coredns#6210.
"""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import Corefile
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """Cluster DNS is told to give no addresses of endpoints, so that headless Services have no name."""

    # As with one namespace: what denies the name is the configuration.
    truth = Truth(
        id="dns-name-missing",
        also=("dns-config-wrong",),
        location={"namespace": "kube-system"},
        destination="group-1.default.svc.cluster.local",
        port=8080,
    )
    modes = ("iptables", "host-gw")
    changes_pods = True
    scene = (Objects((pod("group-1"), service("group-1", clusterIP="None", port=8080)), ready=("group-1",)),)
    changes = (Corefile("pods insecure", "pods insecure\n       noendpoints"),)
