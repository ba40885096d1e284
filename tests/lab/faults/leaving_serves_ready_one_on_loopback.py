# SPDX-License-Identifier: GPL-3.0-or-later
"""One endpoint leaves and still serves, so it is given nothing; the ready one listens on its loopback."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import endpoints, http_server, service, serving

SLICE = {
    **endpoints("leaving-2"),
    "endpoints": [
        {"addresses": ["<web-1>"], "conditions": {"ready": False, "serving": True, "terminating": True}},
        {"addresses": ["<shut-2>"], "conditions": {"ready": True, "serving": True, "terminating": False}},
    ],
}


class FaultClass(Made):
    """One endpoint leaves and still serves, so it is given nothing; the ready one listens on its loopback."""

    truth = Truth(
        id="port-listening-on-loopback",
        location={"namespace": "default", "pod": "shut-2"},
        destination="service:default/leaving-2",
        port=80,
    )
    modes = ("nftables",)
    born_broken = True
    scene = (serving("shut-2", command=http_server(8080, "127.0.0.1")),)
    changes = (Objects((service("leaving-2", app=None), SLICE)),)
