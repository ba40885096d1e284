# SPDX-License-Identifier: GPL-3.0-or-later
"""Podman's CNI configuration of node-2 sorts before flannel's: a new pod is in a network that nobody knows."""

from __future__ import annotations

from podnet_lab.changes import File, Objects, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod

PODMAN = """{
  "cniVersion": "0.3.1",
  "name": "podman",
  "plugins": [
    {
      "type": "bridge",
      "bridge": "cni-podman0",
      "isGateway": true,
      "hairpinMode": true,
      "ipam": {
        "type": "host-local",
        "routes": [{"dst": "0.0.0.0/0"}],
        "ranges": [[{"subnet": "10.88.0.0/16", "gateway": "10.88.0.1"}]]
      }
    }
  ]
}
"""


class FaultClass(Made):
    """Podman's CNI configuration of node-2 sorts before flannel's: a new pod is in a network that nobody knows."""

    truth = Truth(id="cni-subnet-wrong", location={"node": "node-2"}, destination="pod:default/stray-1", port=8080)
    born_broken = True
    settle_seconds = 60
    changes = (
        Run("node-2", "true", "ip link del cni-podman0\nrm -rf /var/lib/cni/networks/podman"),
        Run(
            "node-2",
            "mv /etc/cni/net.d/10-flannel.conflist /run/10-flannel.conflist",
            "cp /run/10-flannel.conflist /etc/cni/net.d/10-flannel.conflist",
        ),
        File("node-2", "/etc/cni/net.d/05-podman.conflist", PODMAN),
        Run("node-2", "cp /run/10-flannel.conflist /etc/cni/net.d/10-flannel.conflist"),
        Objects((pod("stray-1"),), ready=("stray-1",)),
    )
