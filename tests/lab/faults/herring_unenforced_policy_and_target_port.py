# SPDX-License-Identifier: GPL-3.0-or-later
"""A policy that nobody enforces denies all, and the Service leads to a port that its pod does not have."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, policy, service
from podnet_lab.traffic import Traffic

POLICY = policy("plain-2", policyTypes=["Ingress", "Egress"])


class FaultClass(Made):
    """A policy that nobody enforces denies all, and the Service leads to a port that its pod does not have."""

    truth = Truth(
        id="service-target-port-mismatch",
        location={"namespace": "default", "service": "plain-2"},
        destination="plain-2.default",
        port=80,
    )
    modes = ("nftables",)
    traffic = Traffic("pod:default/client-1", "<service:plain-2>", 80)
    born_broken = True
    changes = (Objects((POLICY, pod("plain-2"), service("plain-2", target=8099)), ready=("plain-2",)),)
