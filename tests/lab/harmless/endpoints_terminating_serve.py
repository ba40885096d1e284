# SPDX-License-Identifier: GPL-3.0-or-later
"""All endpoints of a Service are terminating, and still serve: kube-proxy uses them."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import endpoints, service

SLICE = {
    **endpoints("leaving", "<web-1>", "<web-2>"),
    "endpoints": [
        {"addresses": [address], "conditions": {"ready": False, "serving": True, "terminating": True}}
        for address in ("<web-1>", "<web-2>")
    ],
}


class FaultClass(Made):
    """All endpoints of a Service are terminating, and still serve: kube-proxy uses them."""

    truth = Truth(id="", destination="service:default/leaving", port=80)
    modes = ("nftables", "host-gw")
    born_broken = True
    changes = (Objects((service("leaving", app=None), SLICE)),)
