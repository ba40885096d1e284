# SPDX-License-Identifier: GPL-3.0-or-later
"""flannel's file on node-2 names a network that is another node's."""

from __future__ import annotations

from podnet_lab.changes import Objects, Run
from podnet_lab.cluster_changes import Event
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod

PATH = "/run/flannel/subnet.env"


class FaultClass(Made):
    """flannel's file on node-2 names a network that is another node's."""

    truth = Truth(id="cni-subnet-wrong", location={"node": "node-2"}, destination="pod:default/late-2", port=8080)
    born_broken = True
    changes = (
        Run(
            "node-2",
            f"cp {PATH} /run/subnet.saved\nsed -i s,^FLANNEL_SUBNET=.*,FLANNEL_SUBNET=10.244.9.1/24, {PATH}",
            f"cp /run/subnet.saved {PATH}",
        ),
        Objects((pod("late-2"),)),
        Event("late-2", "FailedCreatePodSandBox"),
    )
