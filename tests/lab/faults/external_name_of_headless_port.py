# SPDX-License-Identifier: GPL-3.0-or-later
"""A Service of type ExternalName leads to a headless one, and is asked on the port that both of them say."""

from __future__ import annotations

from podnet_lab.changes import Objects
from podnet_lab.faults import Truth
from podnet_lab.made import Made
from podnet_lab.scene import pod, service
from podnet_lab.traffic import Traffic


class FaultClass(Made):
    """A Service of type ExternalName leads to a headless one, and is asked on the port that both of them say."""

    truth = Truth(
        id="service-target-port-mismatch",
        location={"namespace": "default"},
        destination="service:default/alias-9",
        port=80,
    )
    modes = ("nftables", "host-gw")
    born_broken = True
    traffic = Traffic("pod:default/client-1", "alias-9.default.svc.cluster.local", 80)
    changes = (
        Objects(
            (
                pod("heads-1"),
                service("heads-1", clusterIP="None"),
                service("alias-9", None, type="ExternalName", externalName="heads-1.default.svc.cluster.local"),
            ),
            ready=("heads-1",),
        ),
    )
