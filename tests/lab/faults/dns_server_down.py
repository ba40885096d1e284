# SPDX-License-Identifier: GPL-3.0-or-later
"""Cluster DNS does not run."""

from __future__ import annotations

from podnet_lab.config import CLUSTER_DNS_ADDRESS
from podnet_lab.faults import Context, Fault, Truth

NAME = "web.default.svc.cluster.local"


class FaultClass(Fault):
    """Scale CoreDNS to nothing."""

    about = "no CoreDNS pod runs"
    changes_pods = True
    truth = Truth(id="dns-server-down", location={"namespace": "kube-system"}, destination=NAME, port=80)

    def inject(self, lab: Context) -> None:
        _scale(lab, 0)

    def bites(self, lab: Context) -> bool:
        program = "import socket, sys; socket.gethostbyname(sys.argv[1])"
        resolved = lab.pod_exec("client-1", ["timeout", "3", "python3", "-c", program, NAME])
        return resolved.returncode != 0 and not lab.pods("k8s-app=kube-dns", "kube-system")

    def heal(self, lab: Context) -> None:
        _scale(lab, 1)

    def healed(self, lab: Context) -> bool:
        return not self.bites(lab) and lab.connects("client-1", CLUSTER_DNS_ADDRESS, 53)


def _scale(lab: Context, replicas: int) -> None:
    lab.kubectl("scale", "deployment", "coredns", "-n", "kube-system", f"--replicas={replicas}")
