# SPDX-License-Identifier: GPL-3.0-or-later
"""A script for qualities of service writes its mark over kube-proxy's, and flannel's rule masquerades instead."""

from __future__ import annotations

from podnet_lab.changes import Objects, Rule
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """A script for qualities of service writes its mark over kube-proxy's, and flannel's rule masquerades instead."""

    truth = Truth(id="", source="host:outside", destination="node:node-1", port=30117)
    modes = ("nftables",)
    scene = (Objects((pod("qos-1"), service("qos-1", type="NodePort", nodePort=30117)), ready=("qos-1",)),)
    changes = (Rule("node-1", "mangle POSTROUTING -o flannel.1 -p tcp -j MARK --set-mark 0x10"),)
