# SPDX-License-Identifier: GPL-3.0-or-later
"""A server's pod was given some seconds to live (activeDeadlineSeconds), and they are over."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import Phase
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """A server's pod was given some seconds to live (activeDeadlineSeconds), and they are over."""

    truth = Truth(
        id="pod-not-ready",
        location={"namespace": "default", "pod": "brief-1"},
        destination="service:default/brief-1",
        port=80,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (Objects((pod("brief-1", activeDeadlineSeconds=4), service("brief-1"))), Phase("brief-1", "Failed"))
