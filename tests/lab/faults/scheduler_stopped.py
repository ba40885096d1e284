# SPDX-License-Identifier: GPL-3.0-or-later
"""The scheduler does not run: a new pod is never placed."""

from __future__ import annotations

from podnet_lab.changes import Frozen, Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """The scheduler does not run: a new pod is never placed."""

    truth = Truth(
        id="pod-not-ready",
        location={"namespace": "default", "pod": "placed-1"},
        destination="service:default/placed-1",
        port=80,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (Frozen("controller", "kube-scheduler"), Objects((pod("placed-1", node=None), service("placed-1"))))
