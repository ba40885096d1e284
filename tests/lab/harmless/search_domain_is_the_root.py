# SPDX-License-Identifier: GPL-3.0-or-later
"""systemd tells a pod to search the root, and its name is found.

Public report: kubernetes/kubernetes#112135, k3s-io/k3s#6132.
"""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod


class FaultClass(Made):
    """systemd tells a pod to search the root, and its name is found."""

    truth = Truth(id="", source="pod:default/root-1", destination="web.default.svc.cluster.local", port=80)
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (Objects((pod("root-1", "node-1", dnsConfig={"searches": ["."]}),), ready=("root-1",)),)
