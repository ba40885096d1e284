# SPDX-License-Identifier: GPL-3.0-or-later
"""A container needs more memory than its limit, and the kernel ends it again and again."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import Event
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service

HUNGRY = "kept = [bytes(range(256)) * 4096 for _ in range(200)]; import time; time.sleep(10**9)"
LIMITS = {"resources": {"requests": {"memory": "40Mi"}, "limits": {"memory": "40Mi"}}}


class FaultClass(Made):
    """A container needs more memory than its limit, and the kernel ends it again and again."""

    truth = Truth(
        id="container-not-ready",
        location={"namespace": "default", "pod": "hungry-1"},
        destination="service:default/hungry-1",
        port=80,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (
        Objects((pod("hungry-1", command=["python3", "-c", HUNGRY], container=LIMITS), service("hungry-1"))),
        Event("hungry-1", "BackOff"),
    )
