# SPDX-License-Identifier: GPL-3.0-or-later
"""The server was a program that ends, in a pod that is not started again."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.cluster_changes import Phase
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service


class FaultClass(Made):
    """The server was a program that ends, in a pod that is not started again."""

    truth = Truth(
        id="pod-not-ready",
        location={"namespace": "default", "pod": "done-1"},
        destination="service:default/done-1",
        port=80,
    )
    born_broken = True
    changes = (
        Objects((pod("done-1", command=["sleep", "1"], restartPolicy="Never"), service("done-1"))),
        Phase("done-1", "Succeeded"),
    )
