# SPDX-License-Identifier: GPL-3.0-or-later
"""A quota of the namespace allows no pod more: the workload behind a Service has none."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import deployment, service

WHERE = {"name": "tight-1", "namespace": "tight"}
QUOTA = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": WHERE, "spec": {"hard": {"pods": "0"}}}


class FaultClass(Made):
    """A quota of the namespace allows no pod more: the workload behind a Service has none."""

    truth = Truth(
        id="service-no-endpoints",
        also=("service-selector-mismatch",),
        location={"namespace": "tight", "service": "tight-1"},
        destination="service:tight/tight-1",
        port=80,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (
        Objects(({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "tight"}}, QUOTA)),
        Objects((deployment("tight-1", "tight"), service("tight-1", namespace="tight"))),
    )
