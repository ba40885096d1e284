# SPDX-License-Identifier: GPL-3.0-or-later
"""Cluster DNS forwards to itself, finds the loop and ends, again and again."""

from __future__ import annotations

from podnet_lab.changes import Patched
from podnet_lab.cluster_changes import Anew
from podnet_lab.faults import Truth
from podnet_lab.made import Made

TEXT = """.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
    forward . %s {
       max_concurrent 1000
    }
    cache 30
    loop
    reload
    loadbalance
}
"""


class FaultClass(Made):
    """Cluster DNS forwards to itself, finds the loop and ends, again and again."""

    truth = Truth(
        id="dns-server-down",
        also=("container-not-ready",),
        location={"namespace": "kube-system"},
        destination="web.default.svc.cluster.local",
        port=80,
    )
    modes = ("iptables", "nftables")
    changes_pods = True
    settle_seconds = 90
    stay_seconds = 8
    changes = (
        Anew("k8s-app=kube-dns", "kube-system"),
        Patched(
            "configmap coredns kube-system",
            {"data": {"Corefile": TEXT % "127.0.0.1"}},
            {"data": {"Corefile": TEXT % "/etc/resolv.conf"}},
        ),
        Anew("k8s-app=kube-dns", "kube-system"),
    )
