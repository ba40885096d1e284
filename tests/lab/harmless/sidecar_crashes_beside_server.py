# SPDX-License-Identifier: GPL-3.0-or-later
"""A second container of a pod ends again and again, and the first one, which is asked, serves."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import Event
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod

BOTH = pod("beside-1")
BOTH["spec"]["containers"].append(
    {
        "name": "shipper",
        "image": "podnet.lab/python:3",
        "imagePullPolicy": "IfNotPresent",
        "command": ["sh", "-c", "echo no account; exit 3"],
    }
)


class FaultClass(Made):
    """A second container of a pod ends again and again, and the first one, which is asked, serves."""

    truth = Truth(id="", destination="pod:default/beside-1", port=8080)
    modes = ("nftables",)
    born_broken = True
    changes = (Objects((BOTH,), running=("beside-1",)), Event("beside-1", "BackOff"))
