# SPDX-License-Identifier: GPL-3.0-or-later
"""flannel's file on node-2 is gone, and flannel, which runs, does not write it again: a new pod gets no network.

Public report: k3s-io/k3s#122, kubernetes/kubernetes#70202.
"""

from __future__ import annotations

from podnet_lab.changes import Objects, Run
from podnet_lab.cluster_changes import Event
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod

PATH = "/run/flannel/subnet.env"


class FaultClass(Made):
    """flannel's file on node-2 is gone, and flannel, which runs, does not write it again: a new pod gets no network."""

    truth = Truth(id="cni-config-missing", location={"node": "node-2"}, destination="pod:default/late-3", port=8080)
    modes = ("iptables", "host-gw")
    born_broken = True
    changes = (
        Run("node-2", f"mv {PATH} /run/subnet.kept", f"mv /run/subnet.kept {PATH}"),
        Objects((pod("late-3"),)),
        Event("late-3", "FailedCreatePodSandBox"),
    )
