# SPDX-License-Identifier: GPL-3.0-or-later
"""Cluster DNS keeps the address of a Service that was made anew with another one."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import Corefile, Gone, Tried
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import service
from podnet_lab.traffic import Traffic

NAME = "moved-1.default.svc.cluster.local"
BLOCK = """ttl %d
    }
    prometheus :9153
    forward . /etc/resolv.conf {
       max_concurrent 1000
    }
    cache %d"""
OLD = Objects((service("moved-1", app="web", clusterIP="10.96.77.1"),))


class FaultClass(Made):
    """Cluster DNS keeps the address of a Service that was made anew with another one."""

    truth = Truth(id="dns-answer-wrong", location={"namespace": "kube-system"}, destination=NAME, port=80)
    modes = ("iptables", "nftables")
    changes_pods = True
    scene = (Corefile(BLOCK % (30, 30), BLOCK % (3600, 3600)), OLD, Tried(Traffic("pod:default/client-1", NAME, 80)))
    changes = (Gone(OLD), Objects((service("moved-1", app="web", clusterIP="10.96.77.2"),)))
