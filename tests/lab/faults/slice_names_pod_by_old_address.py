# SPDX-License-Identifier: GPL-3.0-or-later
"""A registrar's slice points to a pod that serves, by its name, and to the address that it had before."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import endpoints, pod, service

SLICE = endpoints("registered", "10.244.2.249")
SLICE["endpoints"][0].update(nodeName="node-2", targetRef={"kind": "Pod", "namespace": "default", "name": "listed-1"})


class FaultClass(Made):
    """A registrar's slice points to a pod that serves, by its name, and to the address that it had before."""

    truth = Truth(
        id="endpoint-address-unknown",
        location={"namespace": "default", "service": "registered"},
        destination="service:default/registered",
        port=80,
    )
    modes = ("nftables", "host-gw")
    born_broken = True
    changes = (Objects((pod("listed-1"), service("registered", None), SLICE), ready=("listed-1",)),)
