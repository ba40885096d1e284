# SPDX-License-Identifier: GPL-3.0-or-later
"""A Service says that its port speaks plain HTTP, and the server behind it speaks TLS."""

from __future__ import annotations

import typing as t

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service
from podnet_lab.servers import TLS_ALERT, server
from podnet_lab.traffic import Traffic


def _service() -> dict[str, t.Any]:
    """A Service whose port is said to be for HTTP."""
    item = service("wrapped", port=9000)
    item["spec"]["ports"][0]["appProtocol"] = "http"
    return item


class FaultClass(Made):
    """A Service says that its port speaks plain HTTP, and the server behind it speaks TLS."""

    truth = Truth(
        id="backend-unhealthy",
        location={"namespace": "default", "pod": "wrapped-1"},
        destination="service:default/wrapped",
        port=9000,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    traffic = Traffic("pod:default/client-1", "<service:wrapped>", 9000, size=10)
    changes = (
        Objects(
            (pod("wrapped-1", command=server(TLS_ALERT), labels={"app": "wrapped"}), _service()), ready=("wrapped-1",)
        ),
    )
