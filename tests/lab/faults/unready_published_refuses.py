# SPDX-License-Identifier: GPL-3.0-or-later
"""A Service publishes its pods before they are ready, and this one does not serve yet."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, readiness, service


class FaultClass(Made):
    """A Service publishes its pods before they are ready, and this one does not serve yet."""

    truth = Truth(
        id="port-not-listening",
        location={"namespace": "default", "pod": "early-1"},
        destination="service:default/early-1",
        port=80,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (
        Objects(
            (
                pod("early-1", command=["sleep", "infinity"], container=readiness(8080)),
                service("early-1", publishNotReadyAddresses=True),
            ),
            running=("early-1",),
        ),
    )
