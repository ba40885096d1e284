# SPDX-License-Identifier: GPL-3.0-or-later
"""Cluster DNS keeps for an hour that there is no such Service, and it was made since."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import Corefile, Tried
from podnet_lab.context import Context
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import service
from podnet_lab.traffic import Traffic

NAME = "late-1.default.svc.cluster.local"


class FaultClass(Made):
    """Cluster DNS keeps for an hour that there is no such Service, and it was made since."""

    truth = Truth(id="dns-name-missing", location={"namespace": "kube-system"}, destination=NAME, port=80)
    modes = ("nftables",)
    changes_pods = True
    born_broken = True
    scene = (Corefile("    cache 30\n", "    cache 30 {\n       denial 9984 3600 3600\n    }\n"),)
    changes = (Objects((service("late-1", app="web"),)),)

    def prepare(self, lab: Context) -> None:
        """Ask the server that has read the new configuration, when the one before is gone."""
        super().prepare(lab)
        lab.wait_until(
            lambda: len(lab.pods("k8s-app=kube-dns", "kube-system")) == 1, "cluster DNS is one pod again", 40
        )
        Tried(Traffic("pod:default/client-1", NAME, 80, "name")).make(lab)
