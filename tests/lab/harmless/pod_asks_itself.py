# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod asks itself by its own address, with a policy beside that nobody enforces."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import policy, serving

POLICY = policy("narcissus-1", policyTypes=["Ingress", "Egress"])


class FaultClass(Made):
    """A pod asks itself by its own address, with a policy beside that nobody enforces."""

    truth = Truth(id="", source="pod:default/narcissus-1", destination="pod:default/narcissus-1", port=8080)
    modes = ("nftables",)
    scene = (serving("narcissus-1"),)
    changes = (Objects((POLICY,)),)
