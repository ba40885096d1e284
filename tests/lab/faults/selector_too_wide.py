# SPDX-License-Identifier: GPL-3.0-or-later
"""A Service also selects a pod that does not serve its port."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """A Service also selects a pod that does not serve its port."""

    truth = Truth(
        id="port-not-listening",
        location={"namespace": "default", "pod": "wide-2"},
        destination="service:default/wide",
        port=80,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    attempts = 24
    lost = (3, 22)
    changes = (
        Objects(
            (pod("wide-1", labels={"app": "wide"}), pod("wide-2", port=9090, labels={"app": "wide"}), service("wide")),
            ready=("wide-1", "wide-2"),
        ),
    )
