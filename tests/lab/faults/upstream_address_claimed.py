# SPDX-License-Identifier: GPL-3.0-or-later
"""A Service without pods claims the address of the server that cluster DNS forwards to."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import Anew
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import service
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """A Service without pods claims the address of the server that cluster DNS forwards to."""

    truth = Truth(
        id="service-claims-address",
        location={"namespace": "default", "service": "resolver"},
        destination="outside.lab.example",
        port=22,
    )
    modes = ("iptables", "nftables")
    settle_seconds = 70
    traffic = Traffic("pod:default/client-1", "outside.lab.example", 22, "name")
    changes_pods = True
    # Flows that cluster DNS has open pass by the rules for new ones, so its pods are made anew.
    changes = (
        Objects((service("resolver", port=53, protocol="UDP", externalIPs=["203.0.113.53"]),)),
        Anew("k8s-app=kube-dns", "kube-system"),
    )
