# SPDX-License-Identifier: GPL-3.0-or-later
"""Two containers of a pod have a port of one name, and the Service means the first, which nobody serves."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.config import IMAGE_PYTHON
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service

DOUBLE = pod("double-1")
FIRST = {
    "name": "metrics",
    "image": IMAGE_PYTHON,
    "imagePullPolicy": "IfNotPresent",
    "command": ["sleep", "infinity"],
    "ports": [{"name": "http", "containerPort": 9090}],
}
DOUBLE["spec"]["containers"].insert(0, FIRST)


class FaultClass(Made):
    """Two containers of a pod have a port of one name, and the Service means the first, which nobody serves."""

    truth = Truth(
        id="port-not-listening",
        location={"namespace": "default", "pod": "double-1"},
        destination="service:default/double-1",
        port=80,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (Objects((DOUBLE, service("double-1", target="http")), ready=("double-1",)),)
