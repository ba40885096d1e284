# SPDX-License-Identifier: GPL-3.0-or-later
"""A namespace admits restricted pods only, and those of a workload are not: no pod is made."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import deployment, service

RESTRICTED = {"pod-security.kubernetes.io/enforce": "restricted"}


class FaultClass(Made):
    """A namespace admits restricted pods only, and those of a workload are not: no pod is made."""

    truth = Truth(
        id="service-no-endpoints",
        also=("service-selector-mismatch",),
        location={"namespace": "strict", "service": "strict-1"},
        destination="service:strict/strict-1",
        port=80,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (
        Objects(({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "strict", "labels": RESTRICTED}},)),
        Objects((deployment("strict-1", "strict"), service("strict-1", namespace="strict"))),
    )
