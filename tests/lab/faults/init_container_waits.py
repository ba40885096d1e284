# SPDX-License-Identifier: GPL-3.0-or-later
"""An init container of the pod never ends."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """An init container of the pod never ends."""

    truth = Truth(
        id="pod-not-ready",
        location={"namespace": "default", "pod": "slow-1"},
        destination="service:default/slow-1",
        port=80,
    )
    modes = ("iptables", "nftables")
    born_broken = True
    changes = (
        Objects(
            (
                pod(
                    "slow-1",
                    initContainers=[
                        {
                            "name": "wait",
                            "image": "podnet.lab/python:3",
                            "imagePullPolicy": "IfNotPresent",
                            "command": ["sleep", "9999"],
                        }
                    ],
                ),
                service("slow-1"),
            )
        ),
    )
