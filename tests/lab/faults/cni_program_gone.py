# SPDX-License-Identifier: GPL-3.0-or-later
"""The CNI's program is gone from node-2, and its configuration still names it: a new pod gets no network."""

from __future__ import annotations

from podnet_lab.changes import Objects, Run
from podnet_lab.cluster_changes import Event
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod


class FaultClass(Made):
    """The CNI's program is gone from node-2, and its configuration still names it: a new pod gets no network."""

    truth = Truth(id="cni-config-missing", location={"node": "node-2"}, destination="pod:default/late-1", port=8080)
    modes = ("iptables", "host-gw")
    born_broken = True
    changes = (
        Run(
            "node-2",
            "mv /opt/cni/bin/flannel /opt/cni/bin/flannel.gone",
            "mv /opt/cni/bin/flannel.gone /opt/cni/bin/flannel",
        ),
        Objects((pod("late-1"),)),
        Event("late-1", "FailedCreatePodSandBox"),
    )
