# SPDX-License-Identifier: GPL-3.0-or-later
"""Copies and another program's CNI configuration are in node-2's folder, and sort after flannel's."""

from __future__ import annotations

from podnet_lab.changes import File, Objects, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod

PODMAN = """{
  "cniVersion": "0.4.0",
  "name": "podman",
  "plugins": [{"type": "bridge", "bridge": "cni-podman0", "ipam": {"type": "host-local", "subnet": "10.244.2.0/25"}}]
}
"""


class FaultClass(Made):
    """Copies and another program's CNI configuration are in node-2's folder, and sort after flannel's."""

    truth = Truth(id="", destination="pod:default/later-1", port=8080)
    modes = ("nftables", "host-gw")
    scene = (
        File("node-2", "/etc/cni/net.d/87-podman-bridge.conflist", PODMAN),
        File("node-2", "/etc/cni/net.d/10-flannel.conflist.bak", '{"name": "cbr0", "cniVersion": "9.9.9", '),
        File("node-2", "/etc/cni/net.d/00-calico.conflist.cilium_bak", '{"name": "k8s-pod-network"}'),
        Objects((pod("later-1"),), ready=("later-1",)),
    )
    changes = (Run("node-2", "true"),)
