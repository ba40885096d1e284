# SPDX-License-Identifier: GPL-3.0-or-later
"""Podman has a network of its own on node-2, which harms nobody; the server listens on its loopback address."""

from __future__ import annotations

from podnet_lab.changes import File, Objects, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import http_server, pod

PODMAN = """{
  "cniVersion": "0.3.1",
  "name": "podman",
  "plugins": [
    {
      "type": "bridge",
      "bridge": "cni-podman0",
      "isGateway": true,
      "ipam": {"type": "host-local", "ranges": [[{"subnet": "10.88.0.0/16", "gateway": "10.88.0.1"}]]}
    }
  ]
}
"""


class FaultClass(Made):
    """Podman has a network of its own on node-2, which harms nobody; the server listens on its loopback address."""

    truth = Truth(
        id="port-listening-on-loopback",
        location={"node": "node-2", "namespace": "default", "pod": "shut-1"},
        destination="pod:default/shut-1",
        port=8080,
    )
    born_broken = True
    changes = (
        Run(
            "node-2",
            """ip link add cni-podman0 type bridge
            ip address add 10.88.0.1/16 dev cni-podman0
            ip link set cni-podman0 up""",
            "ip link del cni-podman0",
        ),
        File("node-2", "/etc/cni/net.d/87-podman.conflist", PODMAN),
        Objects((pod("shut-1", command=http_server(8080, "127.0.0.1")),), ready=("shut-1",)),
    )
