# SPDX-License-Identifier: GPL-3.0-or-later
"""node-2 forwards only what a policy of IPsec takes, and there is one for somebody else."""

from __future__ import annotations

from podnet_lab.changes import Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """node-2 forwards only what a policy of IPsec takes, and there is one for somebody else."""

    truth = Truth(
        id="xfrm-policy-block", location={"node": "node-2"}, destination="pod:default/<web-2.name>", port=8080
    )
    modes = ("iptables",)
    changes = (
        Run(
            "node-2",
            "ip xfrm policy add dir fwd src 203.0.113.0/24 dst 10.244.2.0/24\nip xfrm policy setdefault fwd block",
            "ip xfrm policy setdefault fwd accept\nip xfrm policy flush",
        ),
    )
