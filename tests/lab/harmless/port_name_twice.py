# SPDX-License-Identifier: GPL-3.0-or-later
"""Two containers of a pod have a port of one name, and the first, which the Service means, is served."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.config import IMAGE_PYTHON
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service

BOTH = pod("named-1")
SECOND = {
    "name": "metrics",
    "image": IMAGE_PYTHON,
    "imagePullPolicy": "IfNotPresent",
    "command": ["sleep", "infinity"],
    "ports": [{"name": "http", "containerPort": 9090}],
}
BOTH["spec"]["containers"].append(SECOND)


class FaultClass(Made):
    """Two containers of a pod have a port of one name, and the first, which the Service means, is served."""

    truth = Truth(id="", destination="service:default/named-1", port=80)
    modes = ("nftables",)
    born_broken = True
    changes = (Objects((BOTH, service("named-1", target="http")), ready=("named-1",)),)
