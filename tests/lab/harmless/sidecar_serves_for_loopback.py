# SPDX-License-Identifier: GPL-3.0-or-later
"""A sidecar takes a server's connections and asks its loopback address, the only one where the server listens.

Public report: istio/istio#14738.
"""

from __future__ import annotations

from podnet_lab.changes import Objects, Run
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import http_server, pod, service
from podnet_lab.sidecars import sidecar
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """A sidecar takes a server's connections and asks its loopback address, the only one where the server listens."""

    truth = Truth(id="", destination="service:default/meshed-2", port=80)
    modes = ("iptables", "nftables")
    traffic = Traffic("pod:default/client-1", "<service:meshed-2>", 80, size=10)
    scene = (
        Objects((pod("meshed-2", command=http_server(address="127.0.0.1")), service("meshed-2")), ready=("meshed-2",)),
        *sidecar("meshed-2", "127.0.0.1"),
    )
    changes = (Run("node-1", "true"),)
