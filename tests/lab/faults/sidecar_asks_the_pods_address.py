# SPDX-License-Identifier: GPL-3.0-or-later
"""A sidecar takes a server's connections and asks the pod's own address, and the server listens on its loopback.

Public report: istio/istio#14738, #13906.
"""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import http_server, pod, service
from podnet_lab.sidecars import sidecar
from podnet_lab.traffic import Traffic

SERVICE = service("meshed-1")
SERVICE["spec"]["ports"][0]["appProtocol"] = "http"


class FaultClass(Made):
    """A sidecar takes a server's connections and asks the pod's own address, and the server listens on its loopback."""

    # What is seen is the sidecar's answer, of an application that listens where the sidecar does not ask.
    truth = Truth(
        id="port-listening-on-loopback",
        also=("backend-unhealthy",),
        location={"namespace": "default", "pod": "meshed-1"},
        destination="service:default/meshed-1",
        port=80,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    traffic = Traffic("pod:default/client-1", "<service:meshed-1>", 80, size=10)
    changes = (
        Objects((pod("meshed-1", command=http_server(address="127.0.0.1")), SERVICE), ready=("meshed-1",)),
        *sidecar("meshed-1", "<meshed-1>"),
    )
